"""How Japanese is told from another language's writing."""

from __future__ import annotations

import re

JAPANESE = re.compile("[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff々〆]")
KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")


def letters_of(language: str) -> re.Pattern[str] | None:
    """Return what betrays Japanese in a text of a language, None for Japanese itself."""
    if language.startswith("ja"):
        return None
    # Chinese shares its characters with Japanese, but not kana.
    return KANA if language.startswith("zh") else JAPANESE
