"""Read message catalogs (``.po``) with the place of every character.

Libraries for gettext keep the line of an entry at best; a finding has to
point at the character that is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from .matching import Finding
from .memory import uncollected
from .terms import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .markup import Reading
    from .terms import Term


class CatalogError(Exception):
    """A catalog that cannot be read: what is wrong, and where."""

    def __init__(self, message: str, place: Place) -> None:
        """Keep the message and its place apart, for whoever reports them."""
        super().__init__(f"{place}: {message}")
        self.message = message
        self.place = place

    def finding(self) -> Finding:
        """Return the error as a finding of kind ``catalog``."""
        return Finding(self.place, "", "catalog", f"the catalog cannot be used: {self.message}")


@dataclass(frozen=True, slots=True)
class Message:
    """A decoded string of a catalog with the (line, column) of every character.

    ``line`` is that of its keyword (``msgid``, ``msgstr``).
    """

    text: str
    line: int
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Entry:
    """One message and its translation.

    ``markup`` is ``rst`` where the locations name a ``.rst`` or ``.txt``
    file, else ``myst``.  A plural form makes an entry of its own.
    """

    path: str
    source: Message
    translation: Message
    context: str | None = None
    flags: frozenset[str] = frozenset()
    locations: tuple[str, ...] = ()

    @property
    def msgid(self) -> str:
        """Return the source text."""
        return self.source.text

    @property
    def msgstr(self) -> str:
        """Return the translated text."""
        return self.translation.text

    @property
    def line(self) -> int:
        """Return the line of ``msgid``."""
        return self.source.line

    @property
    def is_used(self) -> bool:
        """Say whether a build takes this translation: it is there and not fuzzy."""
        return bool(self.msgstr.strip()) and "fuzzy" not in self.flags

    @property
    def markup(self) -> str:
        """Return the markup of the message, by the suffix of the file it came from."""
        names = [location.rpartition(":")[0] or location for location in self.locations]
        is_rst = any(name.endswith((".rst", ".txt")) for name in names)
        return "rst" if is_rst and not any(name.endswith(".md") for name in names) else "myst"

    def place(self, offset: int = 0) -> Place:
        """Return the place of a character of the translation."""
        places = self.translation.places
        if not places:
            return Place(self.path, self.translation.line)
        line, column = places[min(max(offset, 0), len(places) - 1)]
        return Place(self.path, line, column)

    @cached_property
    def readings(self) -> tuple[Reading, Reading]:
        """Return the source and the translation as the parser of the source reads them."""
        # Only here: to know what a term is called elsewhere takes no parser.
        from .markup import read

        return read(self.msgid, self.markup), read(self.msgstr, self.markup)


@dataclass(frozen=True)
class Catalog:
    """The entries of one ``.po`` file, without the header and what is obsolete."""

    path: str
    entries: tuple[Entry, ...]
    header: Mapping[str, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """Return the language that the header names, or nothing."""
        return self.header.get("Language", "")

    @property
    def used(self) -> Iterator[Entry]:
        """Iterate over the entries that a build uses."""
        return (entry for entry in self.entries if entry.is_used)


# gettext knows more escapes (\\a, \\x41 …), but Babel, which compiles the catalogs for
# Sphinx, reads those as they stand: what is checked must be what is used.
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}
_KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])?[ \t]*(?=\")")
_CHARSET = re.compile(rb'charset=([^\s\\"]+)', re.IGNORECASE)


def read_catalog(path: str | Path, name: str | None = None) -> Catalog:
    """Read a ``.po`` file.

    ``name`` is the path to show in findings, by default ``path`` itself.
    Raises :class:`CatalogError` for a file that is not a catalog: unreadable
    bytes, broken syntax, a message defined twice, an unterminated string.
    """
    shown = name if name is not None else str(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CatalogError(f"it cannot be read ({error.strerror})", Place(shown, 1)) from None
    return parse_catalog(_decode(data, shown), shown)


def _decode(data: bytes, name: str) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        message = "it starts with a byte order mark; save the file as UTF-8 without one"
        raise CatalogError(message, Place(name, 1))
    if found := _CHARSET.search(data[:4096]):
        charset = found[1].decode("ascii", "replace")
        if charset.lower() not in {"utf-8", "utf8", "us-ascii", "charset"}:
            line = data.count(b"\n", 0, found.start()) + 1
            message = f"it is declared to be {charset}; save it as UTF-8 and say charset=UTF-8"
            raise CatalogError(message, Place(name, line))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = f"it has a byte that is not UTF-8 (0x{data[error.start]:02x}); write it anew"
        raise CatalogError(message, Place(name, line, column)) from None


def parse_catalog(content: str, name: str) -> Catalog:
    """Parse the text of a ``.po`` file; ``name`` is the path to show in findings."""
    # Every character gets a place, and none of them is ever part of a cycle.
    with uncollected():
        return _Parser(content, name).catalog()


@dataclass
class _Draft:
    """An entry while it is read."""

    flags: set[str] = field(default_factory=set)
    locations: list[str] = field(default_factory=list)
    strings: dict[str, Message] = field(default_factory=dict)
    line: int = 0


class _Parser:
    """A reader of the gettext format, one physical line at a time."""

    def __init__(self, content: str, name: str) -> None:
        self.name = name
        self.lines = content.split("\n")
        self.entries: list[Entry] = []
        self.header: dict[str, str] = {}
        self.seen: dict[tuple[str | None, str], int] = {}
        self.draft = _Draft()
        self.open: str | None = None
        self.characters: list[str] = []
        self.places: list[tuple[int, int]] = []
        self.keyword_line = 0

    def fail(self, message: str, line: int, column: int = 1) -> CatalogError:
        return CatalogError(message, Place(self.name, line, column))

    def catalog(self) -> Catalog:
        for number, raw in enumerate(self.lines, 1):
            self._line(raw.removesuffix("\r"), number)
        self._close_string()
        self._close_entry(len(self.lines))
        return Catalog(self.name, tuple(self.entries), self.header)

    def _line(self, line: str, number: int) -> None:
        stripped = line.strip(" \t\f\v")
        if not stripped:
            self._close_string()
        elif stripped.startswith("#"):
            self._comment(stripped, number)
        elif stripped.startswith('"'):
            if self.open is None:
                raise self.fail("a string without msgid or msgstr before it", number)
            self._string(line, line.index('"'), number)
        elif found := _KEYWORD.match(stripped):
            self._keyword(found, line, number)
        else:
            raise self.fail(f"not the syntax of a catalog: {stripped[:40]!r}", number)

    def _comment(self, line: str, number: int) -> None:
        self._close_string()
        if line.startswith("#~"):
            return
        if any(key.startswith("msgstr") for key in self.draft.strings):
            self._close_entry(number)
        if line.startswith("#,"):
            self.draft.flags.update(flag.strip() for flag in line[2:].split(","))
        elif line.startswith("#:"):
            self.draft.locations += line[2:].split()

    def _keyword(self, found: re.Match[str], line: str, number: int) -> None:
        self._close_string()
        word, index = found[1], found[2]
        strings = self.draft.strings
        translated = any(key.startswith("msgstr") for key in strings)
        if translated and word in {"msgid", "msgctxt"}:
            self._close_entry(number)
            strings = self.draft.strings
        if word == "msgstr":
            key = f"msgstr[{index}]" if index is not None else word
            if "msgid" not in strings:
                raise self.fail("msgstr without a msgid before it", number)
        else:
            key = word
        if key in strings or (word == "msgctxt" and "msgid" in strings):
            raise self.fail(f"a second {key} in one entry; is a msgstr missing?", number)
        self.open, self.keyword_line = key, number
        self.draft.line = self.draft.line or number
        self._string(line, line.index('"', line.index(word)), number)

    def _string(self, line: str, start: int, number: int) -> None:
        """Take over the quoted string that starts at ``start`` of a physical line."""
        at = start + 1
        end = len(line) - 1
        if line[end] == '"' and at <= end and "\\" not in line and line.find('"', at) == end:
            # The ordinary line, which stands for itself.
            self.characters.append(line[at:end])
            self.places.extend(zip(repeat(number), range(at + 1, end + 1), strict=False))
            return
        while at < len(line):
            character = line[at]
            if character == '"':
                if line[at + 1 :].strip():
                    message = "text after the closing quote; is a quote not escaped?"
                    raise self.fail(message, number, at + 2)
                return
            where = (number, at + 1)
            if character == "\\":
                following = line[at + 1 : at + 2]
                if following not in _ESCAPES:
                    message = (
                        f"not all tools read the escape \\{following} alike; write the character"
                    )
                    raise self.fail(message, number, at + 1)
                character = _ESCAPES[following]
                at += 2
            else:
                at += 1
            self.characters.append(character)
            self.places.append(where)
        raise self.fail("a string that is not closed", number, start + 1)

    def _close_string(self) -> None:
        if self.open is not None:
            message = Message("".join(self.characters), self.keyword_line, tuple(self.places))
            self.draft.strings[self.open] = message
        self.open, self.characters, self.places = None, [], []

    def _close_entry(self, number: int) -> None:
        draft, self.draft = self.draft, _Draft()
        strings = draft.strings
        if not strings:
            return
        forms = sorted(key for key in strings if key.startswith("msgstr"))
        if "msgid" not in strings or not forms:
            missing = "msgstr" if "msgid" in strings else "msgid"
            raise self.fail(f"an entry without {missing}", draft.line or number)
        source = strings["msgid"]
        context = strings["msgctxt"].text if "msgctxt" in strings else None
        if (context, source.text) in self.seen:
            first = self.seen[context, source.text]
            message = f"the same msgid as in line {first}; keep one of the two"
            raise self.fail(message, source.line)
        self.seen[context, source.text] = source.line
        if not source.text and context is None:
            if len(self.seen) == 1:
                pairs = (line.partition(":") for line in strings[forms[0]].text.split("\n"))
                self.header = {key.strip(): value.strip() for key, _, value in pairs if key}
            return
        for form in forms:
            plural = form not in {"msgstr", "msgstr[0]"} and "msgid_plural" in strings
            self.entries.append(
                Entry(
                    self.name,
                    strings["msgid_plural"] if plural else source,
                    strings[form],
                    context,
                    frozenset(draft.flags),
                    tuple(draft.locations),
                )
            )


# --- what a term is called --------------------------------------------------------------------

#: Words without markup in any position: they read as they are written.
_PLAIN_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ -][A-Za-z0-9]+)*")


def equivalents_from(catalog: Catalog, terms: Iterable[Term | str]) -> dict[str, str]:
    """Return the equivalent of each term that the catalog of the glossary translates."""
    entries = {entry.msgid: entry for entry in catalog.used}
    found: dict[str, str] = {}
    for term in terms:
        surface = term if isinstance(term, str) else term.surface
        entry = entries.get(surface)
        if entry is not None and (text := _words(entry)):
            found[surface] = text
    return found


def _words(entry: Entry) -> str:
    """Return what a reader sees of a translation."""
    text = entry.msgstr.strip()
    return text if _PLAIN_WORDS.fullmatch(text) else entry.readings[1].visible.strip()
