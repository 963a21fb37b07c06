"""Which characters are Japanese: to the rules for emphasis and line breaks, and to editions."""

from __future__ import annotations

import re
import unicodedata

KANA_LETTERS = "\u3041-\u3096\u30a1-\u30fa\uff66-\uff6f\uff71-\uff9d"
"""Hiragana and katakana, of half width too, to stand within brackets of an expression."""

JAPANESE_LETTERS = (
    f"{KANA_LETTERS}々〆〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Kana and kanji, to stand within brackets of an expression.

Marks that say nothing by themselves (、・ー゛) are not letters: a label that is
nothing else needs no translation.  Chinese shares the kanji.
"""

KANA = re.compile(f"[{KANA_LETTERS}]")
JAPANESE = re.compile(f"[{JAPANESE_LETTERS}]")

# Wide characters that are pictures, not script: what follows an emoji is
# separated by the writer, so emoji keep CommonMark's stock behaviour.
_SCRIPT_SYMBOLS = ((0x2E80, 0x33FF), (0xA490, 0xA4CF), (0xFE30, 0xFE6F), (0xFF00, 0xFFEF))
_HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF))
_HANGUL_HALF_WIDTH = (0xFFA0, 0xFFDC)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def is_cjk(char: str) -> bool:
    """Say whether a character belongs to Chinese, Japanese or Korean script.

    The definition is that of the CommonMark CJK-friendly amendments (2.1):
    East Asian width W, F or H and no emoji, or Hangul.

    Args:
        char: one character, or the empty string (which is never CJK).
    """
    if not char:
        return False
    code = ord(char)
    if _within(code, _HANGUL):
        return True
    if unicodedata.east_asian_width(char) not in {"W", "F", "H"}:
        return False
    return not unicodedata.category(char).startswith("S") or _within(code, _SCRIPT_SYMBOLS)


def joins_lines(char: str) -> bool:
    """Say whether a line that ends or begins with this character needs no space.

    Hangul is CJK but separates words by spaces, so it does not join.
    """
    return is_cjk(char) and not _within(ord(char), (*_HANGUL, _HANGUL_HALF_WIDTH))


def is_full_width_punctuation(char: str) -> bool:
    """Say whether a character is Japanese punctuation, which carries its own space."""
    return is_cjk(char) and unicodedata.category(char).startswith("P")


def is_ideographic_variation_selector(char: str) -> bool:
    """Say whether a character selects a glyph of the ideograph before it."""
    return bool(char) and 0xE0100 <= ord(char) <= 0xE01EF  # noqa: PLR2004 - Unicode block


def is_standard_variation_selector(char: str) -> bool:
    """Say whether a character may follow a CJK character to vary its form."""
    return bool(char) and 0xFE00 <= ord(char) <= 0xFE0E  # noqa: PLR2004 - Unicode block
