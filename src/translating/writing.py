"""How Japanese is told from another language's writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typography.characters import JAPANESE, KANA

if TYPE_CHECKING:
    import re


def letters_of(language: str) -> re.Pattern[str] | None:
    """Return what betrays Japanese in a text of a language, None for Japanese itself."""
    if language.startswith("ja"):
        return None
    # Chinese shares its characters with Japanese, but not kana.
    return KANA if language.startswith("zh") else JAPANESE
