"""What can be said of a translation without knowing its language well.

``termbase`` says whether a translation is safe, leads where its source leads,
keeps its literals and uses the equivalents of the terms.  Here is the rest:
numbers, units and names, the end of the sentence, pairs of brackets and
emphasis, text left in Japanese, and what translate-toolkit's ``pofilter``
finds.  Each finding has its place in the catalog.

A finding that is wrong is allowed by a comment of the translator at its entry,
with a reason; one without effect is a finding itself::

    # po-check: allow number -- English counts the first floor as the ground floor
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polib
from translate.filters import checks
from translate.storage import pypo

from termbase.catalogs import CatalogError, read_catalog
from termbase.markup import MASK
from termbase.matching import Finding
from termbase.safety import is_unreadable
from termbase.terms import Place
from typography.characters import JAPANESE

from .amounts import differences, of_source, of_translation
from .writing import letters_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from termbase.markup import Reading
    from termbase.po import Entry

KINDS = {
    "number": "a number, a unit or a name with digits differs",
    "option": "an option, a path or an address differs",
    "ending": "the punctuation at the end differs",
    "balance": "a bracket, a quotation mark or emphasis lacks its other half",
    "emphasis": "the translation has more or less emphasis",
    "quotation": "English has a straight quotation mark or apostrophe outside code",
    "untranslated": "the translation is the source, or keeps Japanese",
    "doubled": "a word stands twice",
    "pofilter": "translate-toolkit found something",
    "allowance": "a comment that allows something is wrong or has no effect",
}

POFILTER = {
    "compendiumconflicts": "marks that msgcat leaves where two translations met",
    "credits": "a translator's name in the place of a translation",
    "doublespacing": "spaces doubled by hand",
    "emails": "addresses are not translated",
    "endwhitespace": "a space at the end shows in headings and cells",
    "functions": "name() stays as it is",
    "newlines": "a line break the source lacks",
    "printf": "placeholders in the style of C",
    "pythonbraceformat": "placeholders in the style of Python",
    "purepunc": "what is only punctuation stays",
    "startwhitespace": "a space at the beginning shifts a cell",
    "tabs": "tabs are kept",
    "validchars": "characters that the language does not have",
    "variables": "placeholders of other styles",
}
"""The tests of pofilter that are used, each with what it is good for.

Left out is what this book's markup or Japanese makes meaningless: `startcaps`,
`simplecaps`, `acronyms` (Japanese has no capitals), `endpunc`, `startpunc`,
`puncspacing`, `brackets`, `doublequoting`, `singlequoting`, `sentencecount`
(full-width punctuation; `ending` and `balance` here know it), `numbers`
(numbers in kanji and words; `number` here knows them), `doublewords` (counts
across sentences; `doubled` here does not), `unchanged` (names are),
`long`, `short` (one kanji is a word), `escapes` (a backslash keeps `1.` from
becoming a list), `xmltags` (targets of references look like tags), `urls`,
`filepaths`, `options` (Japanese punctuation sticks to them; `option` here and
termbase's references know where they end), `accelerators`, `kdecomments`,
`musttranslatewords`, `notranslatewords`, `simpleplurals`, `spellcheck` (need
settings that this project has no use for), `isfuzzy`, `isreview`,
`hassuggestion`, `blank`, `untranslated` (`make po-report` counts them),
`nplurals` (the book has no plural forms).
"""

_OPTION = re.compile(
    r"(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]"
    r"|(?<![\w./])/(?:[\w.-]+/)*[\w.-]*\w(?=[^\w/]|$)"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?",
    re.ASCII,
)
_ALLOW = re.compile(
    r"po-check: *allow +(?P<kinds>[\w, ]+?)(?: +-- *(?P<reason>.*))?$", re.MULTILINE
)
_DOUBLED = re.compile(r"(?<![\w-])([A-Za-z]{2,}|a) \1(?![\w-])")
_LIST_NUMBER = re.compile(r"\d+(?=\\?[.)] )")
_TWICE_IS_RIGHT = {"that", "had"}

_STOPS, _COLONS = "。.!?!?…", ":："
_CLOSING = "」』)）\"'”’»›*_"
_STRAIGHT = re.compile("[\"']")
_PAIRS = {")": "(", "]": "[", "}": "{", "”": "“", "）": "（", "」": "「", "』": "『"}


def check(path: Path, name: str, language: str) -> list[Finding]:
    """Return every finding in one catalog, in the order of its lines.

    Args:
        path: of the catalog.
        name: its path as the findings show it.
        language: its code.
    """
    try:
        catalog = read_catalog(path, name)
    except CatalogError as error:
        return [error.finding()]
    allowed = _allowances(path)
    checker = _checker(language)
    findings: list[Finding] = []
    for entry in catalog.used:
        if not entry.msgid or is_unreadable(entry.msgstr):
            continue  # termbase refuses what is too large or too nested to be read
        found = [*_entry(entry, language), *_pofilter(entry, checker)]
        allowance = allowed.pop(entry.msgid, None)
        findings += _without_allowed(entry, found, allowance)
    return sorted(findings, key=lambda finding: finding.place)


def _without_allowed(
    entry: Entry, found: list[Finding], allowance: tuple[set[str], str] | None
) -> Iterator[Finding]:
    if allowance is None:
        yield from found
        return
    kinds, reason = allowance
    place = Place(entry.path, entry.line)
    known = kinds & KINDS.keys()
    for kind in sorted(kinds - known):
        message = f"there is no kind {kind!r} to allow; there are {', '.join(KINDS)}"
        yield Finding(place, kind, "allowance", message)
    if not reason:
        message = "an allowance says why: `# po-check: allow number -- reason`"
        yield Finding(place, "", "allowance", message)
        known = set()
    for finding in found:
        if finding.kind not in known:
            yield finding
    for kind in sorted(known - {finding.kind for finding in found}):
        message = f"nothing of kind {kind!r} is found here; take the allowance out"
        yield Finding(place, kind, "allowance", message)


def _allowances(path: Path) -> dict[str, tuple[set[str], str]]:
    result = {}
    for entry in polib.pofile(str(path)):
        for match in _ALLOW.finditer(entry.tcomment):
            kinds = {kind for kind in re.split(r"[, ]+", match["kinds"]) if kind}
            result[entry.msgid] = kinds, (match["reason"] or "").strip()
    return result


def _entry(entry: Entry, language: str) -> Iterator[Finding]:
    source, reading = entry.readings
    yield from _amounts(entry, source, reading, language)
    yield from _options(entry, source, reading)
    yield from _ending(entry, source, reading)
    yield from _balance(entry, source, reading)
    yield from _quotation(entry, reading, language)
    yield from _untranslated(entry, reading, language)
    for match in _DOUBLED.finditer(reading.visible):
        if match[1].lower() not in _TWICE_IS_RIGHT:
            yield _finding(entry, reading, match.span(), "doubled", f"{match[1]} stands twice")


def _finding(
    entry: Entry, reading: Reading, span: tuple[int, int], kind: str, message: str
) -> Finding:
    at, end = reading.offsets[span[0]], reading.offsets[span[1] - 1] + 1
    return Finding(entry.place(at), entry.msgstr[at:end], kind, message)


def _whole(entry: Entry, surface: str, kind: str, message: str) -> Finding:
    return Finding(entry.place(), surface, kind, message)


def _amounts(entry: Entry, source: Reading, reading: Reading, language: str) -> Iterator[Finding]:
    amounts = of_source(source.visible), of_translation(reading.visible, language)
    for message, found in ((entry.msgid, amounts[0]), (entry.msgstr, amounts[1])):
        # `1.` at the beginning is a list to one parser and text to the other (`1\\.`).
        if number := _LIST_NUMBER.match(message):
            found.numbers.add(number[0])
    for surface, message in differences(*amounts, language):
        at = reading.visible.find(surface)
        if at < 0:
            yield _whole(entry, surface, "number", message)
        else:
            yield _finding(entry, reading, (at, at + len(surface)), "number", message)


def _options(entry: Entry, source: Reading, reading: Reading) -> Iterator[Finding]:
    """Compare what is literal but is not marked as code, as in alternative texts."""
    wanted, given = (set(_OPTION.findall(text.visible)) for text in (source, reading))
    for lost in sorted(wanted - given):
        message = f"{lost} of the source is missing; it stands unchanged in the translation"
        yield _whole(entry, lost, "option", message)
    for strange in sorted(given - wanted):
        at = reading.visible.find(strange)
        message = f"{strange} is not in the source; keep what the source has"
        yield _finding(entry, reading, (at, at + len(strange)), "option", message)


def _end_of(visible: str) -> str:
    text = visible.rstrip().rstrip(_CLOSING).rstrip()
    inner = visible.rstrip()[len(text) :]
    last = text[-1:] if text else ""
    # 「…です。」 and (…。) end a sentence inside; the closing mark may stand after it.
    if last in _STOPS and last:
        return "stop"
    if last in _COLONS and last:
        return "colon"
    return "stop" if any(mark in inner for mark in _STOPS) else "none"


def _ending(entry: Entry, source: Reading, reading: Reading) -> Iterator[Finding]:
    wanted, given = _end_of(source.visible), _end_of(reading.visible)
    if wanted == given or not reading.visible.strip():
        return
    if {wanted, given} == {"stop", "colon"} or (wanted == "none" and given == "colon"):
        return  # 「次のとおりです。」 is "as follows:"
    asks = source.visible.rstrip().endswith(("か", "は")) and reading.visible.rstrip().endswith(
        "?"
    )
    if asks or (given == "stop" and reading.visible.rstrip().endswith("etc.")):
        return
    names = {"stop": "a full stop", "colon": "a colon", "none": "no punctuation"}
    message = f"the source ends with {names[wanted]}, the translation with {names[given]}"
    last = len(reading.visible.rstrip()) - 1
    yield _finding(entry, reading, (last, last + 1), "ending", message)


def _balance(entry: Entry, source: Reading, reading: Reading) -> Iterator[Finding]:
    text = reading.visible
    for at, message in _unpaired(text):
        # What the author left alone (`1)`, half an interval) may stay so.
        if text.count(text[at]) > source.visible.count(text[at]):
            yield _finding(entry, reading, (at, at + 1), "balance", message)
    if text.count('"') % 2 and not source.visible.count('"') % 2:
        at = text.rindex('"')
        yield _finding(entry, reading, (at, at + 1), "balance", 'a " lacks its other half')
    for mark in ("**", "`"):
        at = text.find(mark)
        if at >= 0 and mark not in source.visible:
            message = f"{mark} opens nothing: the reader would see it"
            yield _finding(entry, reading, (at, at + len(mark)), "balance", message)
    bold = [_without_pieces(each).count("**") for each in (source, reading)]
    if bold[0] != bold[1]:
        message = f"the source has {bold[0] // 2} bold places, the translation {bold[1] // 2}"
        yield _whole(entry, "**", "emphasis", message)


def _quotation(entry: Entry, reading: Reading, language: str) -> Iterator[Finding]:
    """Find straight quotation marks where the book writes typographic ones.

    Other languages decide for themselves: an apostrophe may be a letter.
    """
    if not language.startswith("en"):
        return
    if match := _STRAIGHT.search(_without_pieces(reading)):
        message = f"{match[0]} is for code; write “…”, ‘…’ or ’"
        yield Finding(entry.place(match.start()), match[0], "quotation", message)


def _unpaired(text: str) -> Iterator[tuple[int, str]]:
    waiting: list[int] = []
    for at, character in enumerate(text):
        if character in _PAIRS.values():
            waiting.append(at)
        elif character in _PAIRS:
            if waiting and text[waiting[-1]] == _PAIRS[character]:
                waiting.pop()
            else:
                yield at, f"{character} closes what is not open"
    for at in waiting:
        yield at, f"{text[at]} is not closed"


def _without_pieces(reading: Reading) -> str:
    text = reading.message
    for piece in reading.pieces:
        if piece.kind in {"code", "role", "math"}:
            text = text[: piece.start] + MASK * (piece.end - piece.start) + text[piece.end :]
    return text


def _untranslated(entry: Entry, reading: Reading, language: str) -> Iterator[Finding]:
    letters = letters_of(language)
    if letters is None:
        return
    if entry.msgid == entry.msgstr and JAPANESE.search(entry.msgid):
        yield _whole(entry, entry.msgstr, "untranslated", "the translation is the source")
        return
    if found := letters.search(reading.visible):
        message = f"Japanese is left in the translation: {found[0]}…"
        yield _finding(entry, reading, found.span(), "untranslated", message)


def _checker(language: str) -> checks.StandardChecker:
    return checks.StandardChecker(
        checkerconfig=checks.CheckerConfig(targetlanguage=language),
        limitfilters=list(POFILTER),
    )


def _pofilter(entry: Entry, checker: checks.StandardChecker) -> Iterator[Finding]:
    unit = pypo.pounit(entry.msgid)
    unit.target = entry.msgstr
    for name, failure in checker.run_filters(unit).items():
        said = failure["message"] if isinstance(failure, dict) else failure
        yield _whole(entry, "", "pofilter", f"{said} ({name}: {POFILTER[name]})")
