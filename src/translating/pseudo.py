"""A translation that nobody has to write: the pseudo-locale ``qps``.

Every message gets a translation that is longer, marked with « and », and has
no Japanese in it, with all markup in place.  What is still Japanese in a book
built from it never reached the catalogs; what is missing was lost on the way
back.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

import polib

from termbase.markup import LITERAL_ROLES, TEXT_ROLES, Piece, read, split_role
from typography.characters import JAPANESE

from .updating import templates_in

if TYPE_CHECKING:
    from pathlib import Path

CODE = "qps"
"""The code of the language, from the block that is free for private use."""

OPEN, CLOSE = "«", "»"
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "àéîöûâêïôüāēīōū"
_PUNCTUATION = {
    "、": ", ", "。": ". ", "「": " “", "」": "” ", "『": " “", "』": "” ", "（": " (",
    "）": ") ", "：": ": ", "・": ", ", "〜": "–", "／": "/", "！": "! ", "？": "? ", "ー": "h",
    "［": " (", "］": ") ", "【": " (", "】": ") ", "…": "… ", "々": "lo", "〆": "shi",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"<[^<>\n]*[^\x00-\x7f][^<>\n]*>")
_STARS = re.compile(r"\*+")
_TERM = 20
"""The name of a term is shorter, in characters; what is explained is longer."""

_PARTICLES = frozenset("はをがにでともの")


def syllable(character: str) -> str:
    """Return what stands for a Japanese character; others stand for themselves."""
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    if not JAPANESE.match(character):
        plain = unicodedata.normalize("NFKC", character)
        return plain if plain.isascii() else character
    code = ord(character)
    return _CONSONANTS[code % len(_CONSONANTS)] + _VOWELS[code // 7 % len(_VOWELS)]


def _kind(character: str) -> str:
    if "ァ" <= character <= "ー":
        return "katakana"
    if "ぁ" <= character <= "ゖ":
        return "hiragana"
    if JAPANESE.match(character):
        return "kanji"
    return "other"


def words(text: str) -> str:
    """Return plain text with its Japanese replaced, in words of bearable length.

    A word ends where the kind of characters changes, and after a particle.  What
    stands for a term is so the same in every sentence, and is found there.
    """
    result: list[str] = []
    last = "other"
    for before, character in pairwise(f" {text}"):
        kind = _kind(character)
        ends = {kind, last} != {"other"} and (kind != last or before in _PARTICLES)
        if ends and before.isalnum() and character.isalnum():
            result.append(" ")
        result.append(syllable(character))
        last = kind
    return re.sub(" {2,}", " ", "".join(result))


_LEVEL = re.compile("★+ ")
"""Exercises begin with their level, which the shape of a chapter is told by."""


def translated(message: str) -> str:
    """Return the pseudo-translation of a MyST message."""
    reading = read(message, "myst")
    visible = {
        offset
        for offset, character in zip(reading.offsets, reading.visible, strict=True)
        if message[offset] == character
    }
    roles = {
        piece.start: piece for piece in reading.pieces if piece.kind in {"role", "code", "math"}
    }
    result: list[str] = []
    plain: list[str] = []
    opened = False
    at = 0

    def flush() -> None:
        text = words("".join(plain))
        # Emphasis does not begin before a space.
        begins = result and _STARS.fullmatch(result[-1].strip()) and opened
        result.append(text.lstrip() if begins else text)
        plain.clear()

    while at < len(message):
        if piece := roles.get(at):
            flush()
            result.append(_piece(message[piece.start : piece.end], piece))
            at = piece.end
            continue
        stars = _STARS.match(message, at)
        # Two of them are emphasis beside Japanese punctuation too, which plain MyST cannot see.
        if message[at - 1 : at] == "\\" or (stars and at in visible and stars[0] != "**"):
            stars = None
        if stars:
            flush()
            opened = not opened
            before = result[-1][-1:] if result else ""
            if not opened:
                result.append(result.pop().rstrip())  # nor does it end after one
            result.append(f" {stars[0]}" if opened and before.strip() else stars[0])
            at = stars.end()
            if not opened and message[at : at + 1].strip():
                result.append(" ")
            continue
        if at in visible:
            plain.append(message[at])
        else:
            flush()
            result.append(message[at])
        at += 1
    flush()
    text = "".join(result).strip()
    level = _LEVEL.match(text)
    start = level.end() if level else 0
    return f"{text[:start]}{OPEN}{text[start:]}{CLOSE}"


def _piece(raw: str, piece: Piece) -> str:
    """Return a code span or role: what is literal stays, what a reader reads is replaced."""
    if piece.kind == "math":
        return raw
    if piece.kind == "code" or piece.name in LITERAL_ROLES:
        return _PLACEHOLDER.sub(lambda found: f"<{words(found[0][1:-1])}>", raw)
    head, tick, rest = raw.partition("`")
    ticks = tick + rest[: len(rest) - len(rest.lstrip("`"))]
    content = raw[len(head) + len(ticks) : -len(ticks)]
    if piece.name in TEXT_ROLES:
        return f"{head}{ticks}{words(content).strip()}{ticks}"
    title, target = split_role(content)
    if title is None and piece.name.removeprefix("std:") != "term":
        return raw
    shown = words(title if title is not None else target).strip()
    return f"{head}{ticks}{shown} <{target}>{ticks}"


def write(templates: Path, locale: Path) -> int:
    """Write the catalogs of the pseudo-locale; return how many messages they have.

    Args:
        templates: folder of the ``.pot`` files.
        locale: folder of the languages; what it held of ``qps`` is replaced.
    """
    folder = locale / CODE / "LC_MESSAGES"
    pots = templates_in(templates)
    shutil.rmtree(folder, ignore_errors=True)
    count = 0
    for domain, pot in pots.items():
        catalog = polib.pofile(str(pot))
        catalog.metadata["Language"] = CODE
        catalog.metadata_is_fuzzy = False
        for entry in catalog:
            entry.msgstr = translated(entry.msgid)
            if domain == "glossary" and len(entry.msgid) < _TERM:
                # The name of a term is found in a sentence only without marks.
                entry.msgstr = entry.msgstr.strip(f"{OPEN}{CLOSE}")
            count += 1
        path = folder / f"{domain}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog.save(str(path))
    return count
