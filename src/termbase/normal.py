"""Spellings that a reader cannot tell apart, and where each character came from.

Half-width ``ｻｰﾊﾞｰ``, full-width ``ＶＭ`` and decomposed ``か`` + U+3099 are the
same words to a reader.  Comparison therefore happens on a normalised text, and
a map leads each normalised character back to the written one.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters without width: they may hide inside a word and change nothing.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")

#: Marks that belong to the kana before them, also in their half-width forms.
_MARKS = frozenset("\u3099\u309a\uff9e\uff9f")

_SCRIPTS = (
    ("hiragana", "\u3041", "\u309f"),
    ("katakana", "\u30a1", "\u30fa"),
    ("katakana", "\u30fc", "\u30ff"),
    ("han", "\u3400", "\u9fff"),
    ("han", "々", "〆"),
    ("katakana", "\u31f0", "\u31ff"),
    ("han", "\uf900", "\ufaff"),
    ("han", "\U00020000", "\U000323af"),
)

#: What is left in place of code, maths and the like: no word reaches across it.
MASK = "\ufffc"


def normalise(text: str) -> tuple[str, list[int] | None]:
    """Return *text* in NFKC and, unless nothing moved, the map back to it.

    The map holds, for every character of the result and for its end, the
    offset of the written character it came from; ``None`` stands for the
    identity, which is the ordinary case and costs nothing.
    """
    if text.isascii():
        return text, None
    if unicodedata.is_normalized("NFKC", text) and not _INVISIBLE.search(text):
        return text, None
    pieces: list[str] = []
    offsets: list[int] = []
    index, length = 0, len(text)
    while index < length:
        start = index
        index += 1
        if text[start] in INVISIBLE:
            continue
        while index < length and (text[index] in _MARKS or unicodedata.combining(text[index])):
            index += 1
        cluster = unicodedata.normalize("NFKC", text[start:index])
        pieces.append(cluster)
        offsets.extend([start] * len(cluster))
    offsets.append(length)
    return "".join(pieces), offsets


def fold(text: str) -> str:
    """Return the normalised form of *text* alone, for comparing declarations."""
    return normalise(text)[0]


def script(character: str) -> str:
    """Return the script that decides about word edges.

    ``katakana``, ``hiragana``, ``han``, ``latin`` (any other letter or digit),
    or ``""`` for what ends every word: space, punctuation, a mask.
    """
    if character.isascii():
        return "latin" if character.isalnum() or character == "_" else ""
    for name, first, last in _SCRIPTS:
        if first <= character <= last:
            return name
    return "latin" if character.isalnum() else ""


def joins(before: str, after: str) -> bool:
    """Tell whether a line break between two characters leaves no space.

    Between Japanese characters a soft break is an accident of the editor's
    window; beside a Latin word it stands for a space.
    """
    return (
        script(before) != "latin"
        and script(after) != "latin"
        and not (before.isascii() and after.isascii())
    )
