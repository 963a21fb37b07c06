"""Kana in Latin letters, for identifiers that people type into addresses."""

from __future__ import annotations

import re
import unicodedata

_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "g": "がぎぐげご",
    "s": "さしすせそ",
    "z": "ざじずぜぞ",
    "t": "たちつてと",
    "d": "だぢづでど",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
    "m": "まみむめも",
    "r": "らりるれろ",
}
_TABLE = {
    kana: consonant + vowel
    for consonant, row in _ROWS.items()
    for kana, vowel in zip(row, "aiueo", strict=True)
}
_TABLE |= {"し": "shi", "じ": "ji", "ち": "chi", "ぢ": "ji", "つ": "tsu", "づ": "zu", "ふ": "fu"}
_TABLE |= {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n", "ゔ": "vu"}
_SMALL = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"} | dict(zip("ぁぃぅぇぉ", "aiueo", strict=True))


def romanise(text: str) -> str:
    """Return the kana of *text* in Hepburn letters without macrons; the rest is dropped."""
    result = ""
    double = False
    for character in unicodedata.normalize("NFKC", text).lower():
        code = ord(character)
        kana = chr(code - 0x60) if 0x30A1 <= code <= 0x30F6 else character  # noqa: PLR2004
        if kana == "っ":
            double = True
            continue
        if kana in _SMALL:
            glide = _SMALL[kana]
            if len(glide) > 1 and result.endswith(("shi", "chi", "ji")):
                result = result[:-1] + glide[1:]
            elif len(glide) > 1 or result.endswith(
                ("fu", "vu", "tsu", "te", "de", "shi", "chi", "ji")
            ):
                result = result[:-1] + glide
            else:
                result += glide
            continue
        letters = _TABLE.get(kana, character if character.isascii() else "")
        if double and letters:
            letters = letters[0] + letters
        double = False
        result += letters
    return result


def slug(text: str) -> str:
    """Return *text* as an ASCII identifier, empty where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", romanise(text)).strip("-")
