"""Numbers, units and names with digits: what a translation must keep as it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9A-Za-z_]+(?:\.[0-9A-Za-z_]+)*")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_ORDINAL = re.compile(r"([0-9]+)(?:st|nd|rd|th|s)")
_MYRIADS = {"万": 10_000, "億": 100_000_000}
_COUNTED = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([万億])")
_TENTHS = re.compile(r"([0-9]+) ?割")
_SERIES = re.compile(r"([0-9]+) ?系")
_KANJI = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_KANJI_NUMBER = re.compile("[一二三四五六七八九十百]+")

_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen twenty"
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_MONTHS = "January February March April May June July August September October November December"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_OTHER_WORDS = {
    "0": "no none never",
    "1": "a an once single only alone sole same each every another individual it",
    "2": "binary both pair pairs twice double doubled dual half halves either other others couple"
    " another",
    "3": "thrice triple",
    "4": "quarter quarters",
    "8": "octal",
    "10": "tens decimal",
    "16": "hexadecimal",
    "100": "hundred hundreds",
    "1000": "thousand thousands",
    "10000": "thousand thousands",
    "1000000": "million millions",
}


def _english() -> dict[str, set[str]]:
    words = {value: set(names.split()) for value, names in _OTHER_WORDS.items()}
    for names in (_CARDINALS, _ORDINALS):
        for value, name in enumerate(names.split()):
            words.setdefault(str(value), set()).update({name, f"{name}s"})
    for value, name in enumerate(_MONTHS.split(), 1):
        words.setdefault(str(value), set()).add(name.lower())
    for value, name in enumerate(_TENS.split(), 2):
        words.setdefault(str(value * 10), set()).add(name)
    return words


WORDS = {"en": _english()}
"""By language: value → the words that may stand for it."""

UNIT = "[KMGTP]i?B(?:/s)?|kB(?:/s)?|B|[kMGT]?bps|[kMGT]?bit/s|[kMG]?Hz|[mnµ]s|s|%|°C|[kM]?W"
_AMOUNT = re.compile(rf"([0-9]+(?:[.,][0-9]+)*)[ \u00a0]?({UNIT})(?![A-Za-z])")
_TIME = {
    "秒": "second", "分": "minute", "時間": "hour", "日": "day", "週": "week",
    "か月": "month", "年": "year",
}  # fmt: skip
# The day of a date (10 月 1 日) is no length of time.
_SOURCE_TIME = re.compile(
    "(?<![0-9.])(?<!月)(?<!月 )([0-9]+(?:\\.[0-9]+)?) ?(秒|分(?!の)|時間|日|週|か月|年)"
)
_TARGET_TIME = {
    "en": re.compile(
        r"([0-9]+(?:\.[0-9]+)?|[a-z]+)[ \u00a0-](second|minute|hour|day|week|month|year)s?\b",
        re.IGNORECASE,
    )
}


@dataclass
class Amounts:
    """What a text counts and names.

    Attributes:
        numbers: plain numbers, without the commas of thousands.
        names: words with letters and digits (``pve1``, ``10GbE``).
        units: (number, unit).
        words: values that words of the text may stand for.
        series: first numbers of versions (9 系).
    """

    numbers: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    units: set[tuple[str, str]] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    series: set[str] = field(default_factory=set)


def of_text(text: str) -> Amounts:
    """Return the amounts of a text in any language."""
    text = unicodedata.normalize("NFKC", text)
    found = Amounts()
    for match in _TOKEN.finditer(text):
        token = match[0]
        if not any(character.isdigit() for character in token):
            continue
        if _PLAIN.fullmatch(token.replace(",", "")):
            found.numbers.add(token.replace(",", ""))
        elif ordinal := _ORDINAL.fullmatch(token):
            found.numbers.add(ordinal[1])
        elif amount := _AMOUNT.fullmatch(token):
            found.numbers.add(amount[1])
        else:
            found.names.add(token)
    found.units = {(match[1].replace(",", ""), match[2]) for match in _AMOUNT.finditer(text)}
    return found


def of_source(text: str) -> Amounts:
    """Return the amounts of Japanese text, numbers in kanji among the words."""
    text = unicodedata.normalize("NFKC", text)
    found = of_text(text)
    for match in _COUNTED.finditer(text):
        found.numbers.discard(match[1])
        found.numbers.add(f"{float(match[1]) * _MYRIADS[match[2]]:.0f}")
    for match in _TENTHS.finditer(text):
        found.numbers.discard(match[1])
        found.numbers.add(f"{float(match[1]) * 10:.0f}")
    for match in _SERIES.finditer(text):
        # 9 系 is "9.x" in English, and any other way to say it names the 9.
        found.numbers.discard(match[1])
        found.series.add(match[1])
    for match in _KANJI_NUMBER.finditer(text):
        found.words.add(str(_kanji(match[0])))
    found.units |= {(match[1], _TIME[match[2]]) for match in _SOURCE_TIME.finditer(text)}
    return found


def _kanji(number: str) -> int:
    total = value = 0
    for character in number:
        if character in _KANJI:
            value = _KANJI[character]
        else:
            total += (value or 1) * (10 if character == "十" else 100)
            value = 0
    return total + value


def of_translation(text: str, language: str) -> Amounts:
    """Return the amounts of a translation, with the values that its words may stand for."""
    found = of_text(text)
    table = WORDS.get(language.partition("_")[0], {})
    spoken = set(re.findall(r"[a-z]+", text.lower()))
    found.words = {value for value, words in table.items() if words & spoken}
    if pattern := _TARGET_TIME.get(language.partition("_")[0]):
        for match in pattern.finditer(text):
            value = match[1].lower()
            values = {value} if value[0].isdigit() else _values(value, table)
            found.units |= {(number, match[2].lower()) for number in values}
    return found


def _values(word: str, table: dict[str, set[str]]) -> set[str]:
    return {value for value, words in table.items() if word in words}


def differences(source: Amounts, translation: Amounts, language: str) -> Iterator[tuple[str, str]]:
    """Yield (what, message) for what a translation loses, adds or turns into another.

    The order is free, and so is how often: a language may say it again or use
    a pronoun.  A small number may be a word where the words of the language
    are known; where they are not, it is not asked for.
    """
    known = WORDS.get(language.partition("_")[0])
    there = translation.numbers | translation.words
    for number in sorted(source.numbers - there):
        small = len(number) == 1
        if number == "1" or (known is None and small):
            continue
        yield number, f"the number {number} of the source is missing; put it into the translation"
    for number in sorted(source.series):
        if number not in there and f"{number}.x" not in translation.names:
            yield number, f"the series {number}.x of the source is missing; name it"
    allowed = source.numbers | source.words | source.series
    for number in sorted(translation.numbers - allowed):
        if number == "1":
            continue
        yield number, f"the number {number} is not in the source; take it out or mend it"
    for name in sorted(source.names - translation.names):
        yield name, f"{name} of the source is missing; it stands unchanged in the translation"
    series = {f"{number}.x" for number in source.series}
    for name in sorted(translation.names - source.names - series):
        yield name, f"{name} is not in the source; keep the names of the source"
    yield from _units(source, translation)


def _units(source: Amounts, translation: Amounts) -> Iterator[tuple[str, str]]:
    times = set(_TIME.values())
    for number, unit in sorted(translation.units - source.units):
        wanted = sorted(
            other
            for value, other in source.units
            if value == number and (other in times) == (unit in times)
        )
        # "5 minutes" may be said once as such and once more within "five-minute intervals";
        # an amount of data has one unit.
        said = unit in times and wanted and (number, wanted[0]) in translation.units
        if wanted and not said:
            yield number, f"{number} {unit} stands where the source has {number} {wanted[0]}"
