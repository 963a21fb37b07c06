"""Check the message catalogs (``.po``) of a book before anything is rendered.

A catalog is text from strangers that ends up in the pages.  Three questions
are asked of every message that a build would use, each by a generator of
findings: is it :func:`unsafe`, do its :func:`references` lead where those of
the source lead, and does it use the :func:`equivalents` of the terms that the
source uses.  :func:`check` asks all of them of one catalog.

Findings point at the character of the ``.po`` file.  Libraries for gettext
keep the line of an entry at best, hence the reader below.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from . import markup as _markup
from .inflection import accepted_forms, inflected, inflections
from .markup import LITERAL_ROLES, MASK, TEXT_ROLES, Piece, Reading, is_reference_role
from .matching import Finding, Passage
from .terms import Place, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .matching import Matcher
    from .terms import Term, Termbase, Variant

# --- reading --------------------------------------------------------------------------


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
        return (
            _markup.read(self.msgid, self.markup),
            _markup.read(self.msgstr, self.markup),
        )


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


# --- what a translation may not bring -----------------------------------------------------

_TAG_LIKE = re.compile(r"<[a-zA-Z!/?][^\s<>]*")
_SCHEMES = (
    "https? ftps? sftp file wss? ssh git svn irc ircs telnet ldaps? gopher blob filesystem"
    " view-source chrome about intent jar ms-\\w+"
).replace(" ", "|")
# A URL ends where ASCII ends: Japanese text follows it without a space.
_COLON = r":[!#-&(-;=?-~]+"
_REST = r"[!#-&(-;=?-~]"
_URL = re.compile(
    rf"(?<![a-zA-Z])(?:(?:{_SCHEMES})://{_REST}*|[a-z][a-z0-9+.-]{{0,30}}://{_REST}+"
    r"|(?:javascript|vbscript|livescript|mocha)\s*:\s?[^\s]+"
    rf"|file:/{_REST}*|data:[\w.+-]*[/;,]{_REST}*"
    # Without slashes; reST makes links of these as well.
    r"|(?:mailto|tel|sms|callto|blob|about|news|nntp|snews|nfs|imap|pop|sips?|xmpp|magnet|urn"
    rf"|cid|mid|dav|dict|doi|fax|geo|h323|info|opaquelocktoken|pres|rtsp|tag|tip|wais){_COLON}"
    rf"|(?<![:/])//[\w-]+(?:\.[\w-]+)+{_REST}*|\\\\[\w.-]+\\{_REST}*"
    rf"|www\.[\w-]+\.{_REST}+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,}"
    r"|(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|edu|gov|io|dev|info|biz|ru|cn|xyz|top|app|jp|uk|de)"
    rf"(?:/{_REST}*)?(?![\w-]))",
    re.IGNORECASE | re.ASCII,
)
_URL_HINT = re.compile(r"[:@]|//|\\\\|[\w-]\.[\w-]")
_SCRIPT_PROSE = re.compile(r"^(?:javascript|vbscript|livescript|mocha)\s*:\s", re.IGNORECASE)
_CODE_LIKE = re.compile(r"[(;=%'\"`\[{]")
_DIRECTIVE_LIKE = re.compile(
    r"(?:`{3,}|~{3,}|:{3,})\s*\{|\{[a-zA-Z][\w:+-]*\}\s*`|\{eval-rst\}"
    r"|\{raw\}|\{include\}|\{literalinclude\}|\.\.\s+[\w-]+::"
)
_ATTRIBUTE_LIKE = re.compile(
    r"\{[^{}]*(?:style|\bon[a-z]+|href|src|class|id)\s*=[^{}]*\}"
    r"|\{\s*[.#][\w-]+[^{}]*\}",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"%(?:\([^)]*\))[-+#0-9.]*[a-zA-Z]"
    r"|(?<![\w%])%(?:\d+\$)?[-+#0]?\d*(?:\.\d+)?(?:hh?|ll?|L|z|j|t)?[sdiufFeEgGxXoncrapq](?![A-Za-z])"
    r"|\$\{[^}]*\}|%\{[^}]*\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
    r"|\{(?:[A-Za-z_]\w*|\d*)(?:\.\w+|\[[^\]]*\])*(?:![rsa])?(?::[^{}]*)?\}",
)
_NOQA = re.compile(r"(?<!\\)#\s*noqa\s*$")
_SMUGGLING_MATH = re.compile(
    r"\\(?:href|url|class|style|cssId|require|html\w*|includegraphics|input|include|write\d*"
    r"|def|edef|gdef|let|newcommand|renewcommand|catcode|csname|immediate|openout|read|special"
    r"|directlua|latelua|loop|unicode|data|bbox|enclose|text\w*\s*\{[^}]*\$)\b"
    r"|<[a-zA-Z/!]"
)

_BIDI_MARKS = "\u200e\u200f\u061c"
_JOINERS = "\u200c\u200d"
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_JOINED_SCRIPTS = re.compile(
    "[\u0600-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
_COMBINING_RUN = 4

# Where none of this is found, a parser with all extensions reads what one without them does.
_EXTENDED_SYNTAX = re.compile(r"[$~\n]|\{(?![\w:+-]+\}`)|^\s*:|\\begin")
# Most messages are this and nothing else; they need no parser to be called safe.
_PLAIN_PROSE = re.compile(
    r"(?=.{1,300}\Z)[A-Za-z][a-z]+[,;!?]?"
    r"(?: [A-Za-z\u00c0-\u024f0-9\u2013\u2014()\"'\u2018-\u201d]+[,;!?]?)*[.!?]?"
)

_SPARE_LENGTH = 300
_GROWTH = 10
_LONGEST = 50_000
_LONGEST_NESTING = 60
_NESTING = re.compile(rf"[\[({{<*_`!]{{{_LONGEST_NESTING},}}")

_HOW = "take it out of the translation, or put it into the source"


def unsafe(entry: Entry) -> Iterator[Finding]:
    """Yield what a translation brings into the pages that its source does not have.

    Bad: ``ノードです。`` → ``It is a <script src=…></script> node.``
    Bad: ``ノードです。`` → ``It is a [node](javascript:alert(1)).``
    Good: ``[窓口](https://example.org/)`` → ``[contact](https://example.org/)``

    What the source has in identical form is the author's decision.  The
    message is read twice, with all extensions of the syntax and with none,
    so that the verdict does not hang on the configuration of the parser.
    """
    if not entry.msgstr or _PLAIN_PROSE.fullmatch(entry.msgstr):
        return
    first: dict[int, Finding] = {}
    for offset, end, message in _unsafe_parts(entry):
        # One thing to mend is one finding, whichever rule saw it first.
        if not any(
            start <= offset < start + len(found.surface) or start == offset
            for start, found in first.items()
        ):
            surface = entry.msgstr[offset:end] or entry.msgstr[offset : offset + 1]
            first[offset] = Finding(entry.place(offset), surface, "unsafe", message)
    yield from (first[offset] for offset in sorted(first))


def _unsafe_parts(entry: Entry) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, message), the decisive ones first."""
    msgid, msgstr = entry.msgid, entry.msgstr
    limit = min(_GROWTH * len(msgid) + _SPARE_LENGTH, _LONGEST)
    if len(msgstr) > limit:
        yield (
            0,
            40,
            (
                f"the translation has {len(msgstr)} characters for {len(msgid)} of the"
                f" source (at most {limit} are taken); shorten it"
            ),
        )
        return
    if (found := _NESTING.search(msgstr)) and found[0] not in msgid:
        yield *found.span(), f"the translation piles up markup: {found[0][:20]!r}…; {_HOW}"
        return
    yield from _unsafe_characters(msgid, msgstr)
    if found := _NOQA.search(msgstr):
        yield (
            *found.span(),
            (
                "'# noqa' would switch the check of references off; take it out"
                " (write \\# for a number sign)"
            ),
        )
    readings = [entry.readings]
    if entry.markup == "myst" and _EXTENDED_SYNTAX.search(msgstr):
        readings.append((_markup.read_plainly(msgid), _markup.read_plainly(msgstr)))
    for source, translation in readings:
        yield from _unsafe_blocks(source, translation)
        yield from _unsafe_pieces(source, translation)
        yield from _unsafe_text(source, translation)


def _unsafe_characters(msgid: str, msgstr: str) -> Iterator[tuple[int, int, str]]:
    for found in _FORBIDDEN.finditer(msgstr):
        character, at = found[0], found.start()
        around = msgstr[max(at - 1, 0) : at] + msgstr[at + 1 : at + 2]
        if character in msgid:
            continue
        if character in _JOINERS and _JOINED_SCRIPTS.search(around):
            continue  # Persian, Indic scripts and emoji sequences need joiners
        if character in _BIDI_MARKS and _RIGHT_TO_LEFT.search(msgstr):
            continue
        name = unicodedata.name(character, "control or unassigned character")
        yield at, at + 1, f"an invisible character, U+{ord(character):04X} ({name}); delete it"
    run = 0
    for at, character in enumerate(msgstr):
        run = run + 1 if unicodedata.combining(character) else 0
        if run == _COMBINING_RUN:
            yield at - run + 1, at + 1, "a pile of combining characters; write the letter alone"


_BLOCK_NAMES = {
    "html_block": "a block of raw HTML",
    "fence": "a fenced block or directive",
    "colon_fence": "a directive",
    "directive": "a directive",
    "front_matter": "front matter",
    "reference": "a link definition",
    "target": "a target",
    "myst_target": "a target",
    "footnote_reference": "a footnote definition",
    "footnote_definition": "a footnote definition",
    "attrs_block": "an attribute block",
    "paragraph": "a second paragraph",
    "heading": "a heading",
    "bullet_list": "a list",
    "ordered_list": "a list",
    "list_item": "a list item",
    "blockquote": "a block quote",
    "table": "a table",
    "hr": "a thematic break",
    "code_block": "a code block",
    "math_block": "a formula",
    "amsmath": "a formula",
    "myst_line_comment": "a comment",
    "comment": "a comment",
    "myst_block_break": "a block break",
    "dl": "a definition list",
    "field_list": "a field list",
    "option_list": "an option list",
    "line_block": "a line block",
    "doctest": "a doctest block",
    "substitution_block": "a substitution",
}


def _unsafe_blocks(source: Reading, translation: Reading) -> Iterator[tuple[int, int, str]]:
    """Yield block structure; Sphinx takes one paragraph and loses or executes the rest."""
    allowed = Counter((block.kind, _block_value(block)) for block in source.blocks)
    for block in translation.blocks:
        key = (block.kind, _block_value(block))
        if allowed[key] > 0:
            allowed[key] -= 1
            continue
        what = _BLOCK_NAMES.get(block.kind, "a block")
        line_end = translation.message.find("\n", block.start)
        end = line_end if line_end > block.start else len(translation.message)
        yield (
            block.start,
            end,
            (
                f"the translation brings {what} where its source has running"
                f" text; {_HOW} (a backslash keeps a character literal)"
            ),
        )


def _block_value(block: _markup.Block) -> str:
    risky = {
        "html_block",
        "fence",
        "colon_fence",
        "reference",
        "front_matter",
        "directive",
        "target",
        "myst_target",
        "attrs_block",
        "substitution_block",
    }
    return block.value if block.kind in risky else ""


_PIECE_NAMES = {
    "html": "raw HTML",
    "image": "an image",
    "attrs": "attributes",
    "substitution": "a substitution",
    "target": "a target",
    "strikethrough": "strikethrough",
}


def _unsafe_pieces(source: Reading, translation: Reading) -> Iterator[tuple[int, int, str]]:
    have = {(piece.kind, piece.name, piece.value) for piece in source.pieces}
    urls = {_canonical(url) for url in _urls(source)}
    roles = {piece.name for piece in source.pieces if piece.kind == "role"}
    for piece in translation.pieces:
        if (piece.kind, piece.name, piece.value) in have:
            continue
        what = _PIECE_NAMES.get(piece.kind)
        if piece.kind == "math" and _SMUGGLING_MATH.search(piece.value):
            what = "a command in a formula"
        elif piece.kind == "link":
            if _canonical(piece.value) not in urls and not _is_inner(piece.value):
                what = "a URL"
        elif piece.kind == "role":
            what = _unsafe_role(piece, roles, urls)
        if what:
            written = translation.message[piece.start : piece.end]
            yield (
                piece.start,
                piece.end,
                f"the translation brings {what} that its source lacks: {_cut(written)}; {_HOW}",
            )


def _unsafe_role(piece: Piece, roles: set[str], urls: set[str]) -> str | None:
    """Return what is wrong with a role that its source does not have like this."""
    if piece.name not in roles:
        return f"a role ({piece.name})"
    if piece.name == "math":
        return "a command in a formula" if _SMUGGLING_MATH.search(piece.value) else None
    if piece.name in LITERAL_ROLES or piece.name in TEXT_ROLES:
        return None  # its content is escaped
    if not is_reference_role(piece.name):
        # It may be raw HTML, copy a file or make a URL of what it is given.
        return f"another content for the role {piece.name}"
    if _is_url(piece.value.lstrip("/")) and _canonical(piece.value) not in urls:
        return "a URL"  # a docname may start with a slash
    return None


def _unsafe_text(source: Reading, translation: Reading) -> Iterator[tuple[int, int, str]]:
    """Yield what is only text to this parser, but markup or a link to another."""
    checks: tuple[tuple[str, Callable[[str], Iterable[re.Match[str]]]], ...] = (
        ("something like a tag", _TAG_LIKE.finditer),
        ("a URL", _url_matches if source.markup == "myst" else _rst_url_matches),
        ("something like a directive or role", _DIRECTIVE_LIKE.finditer),
        ("something like attributes", _ATTRIBUTE_LIKE.finditer),
        ("a placeholder", _PLACEHOLDER.finditer),
    )
    titles = "\n".join(piece.title for piece in source.pieces if piece.title)
    before = f"{source.visible}\n{titles}"
    urls = {_canonical(url) for url in _urls(source)}
    texts: list[tuple[str, Sequence[int]]] = [(translation.visible, translation.offsets)]
    if source.markup == "rst":
        # A bare URL may hold what would be markup elsewhere (javascript:*x*).
        texts.append((_without_code(translation), range(len(translation.message))))
        before = f"{before}\n{_without_code(source)}"
    known = [
        {_canonical(match[0]) for text in (before, _plain(before)) for match in find(text)} | urls
        for _, find in checks
    ]
    texts += [
        (piece.title, (piece.start,) * len(piece.title))
        for piece in translation.pieces
        if piece.title and piece.kind != "role"
    ]
    for visible, offsets in texts:
        for (what, find), old in zip(checks, known, strict=True):
            for text, places in _disguises(visible, offsets):
                for match in find(text):
                    if _canonical(match[0]) in old:
                        continue
                    start = places[match.start()]
                    end = places[match.end() - 1] + 1
                    yield (
                        start,
                        end,
                        (
                            f"the translation brings {what} that its source lacks:"
                            f" {_cut(match[0])}; {_HOW}"
                        ),
                    )
                    break


def _without_code(reading: Reading) -> str:
    """Return a message with what is judged as a piece masked, all else at its place."""
    text = reading.message
    for piece in reading.pieces:
        if piece.kind in {"code", "role", "substitution", "link"}:
            text = text[: piece.start] + MASK * (piece.end - piece.start) + text[piece.end :]
    return text


def _disguises(visible: str, offsets: Sequence[int]) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield a text as it stands, and as it reads once every disguise is taken off."""
    yield visible, offsets
    undone = _plain(visible)
    if undone != visible:
        # Lengths differ, so places are those of the first character that changed.
        common = next(
            (i for i, (a, b) in enumerate(zip(visible, undone, strict=False)) if a != b),
            min(len(visible), len(undone)),
        )
        at = offsets[min(common, len(offsets) - 1)] if offsets else 0
        yield undone, [*offsets[:common], *[at] * (len(undone) - common)]


def _plain(string: str) -> str:
    """Return a string with entities, percent signs, widths and invisible characters undone."""
    for _ in range(3):
        string = unicodedata.normalize("NFKC", unquote(_markup.decoded(string)))
    return _FORBIDDEN.sub("", string)


def _url_matches(string: str) -> Iterator[re.Match[str]]:
    if not _URL_HINT.search(string):
        return
    for match in _URL.finditer(string):
        if _SCRIPT_PROSE.match(match[0]) and not _CODE_LIKE.search(match[0]):
            continue  # "JavaScript: the language"
        yield match


_RST_MAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]+")


def _rst_url_matches(string: str) -> Iterator[re.Match[str]]:
    yield from _url_matches(string)
    yield from _RST_MAIL.finditer(string)  # docutils links "ops@pve" as an address


def _urls(reading: Reading) -> Iterator[str]:
    for piece in reading.pieces:
        if piece.kind in {"link", "image"} or piece.kind == "role":
            yield piece.value
    for text in (reading.visible, _plain(reading.visible)):
        yield from (match[0] for match in _url_matches(text))


def _canonical(url: str) -> str:
    """Return a URL in the one form by which two are compared."""
    squeezed = re.sub(r"[\x00-\x20\x7f]+", "", _plain(url)).rstrip(".,;:!?)")
    for prefix in ("project:", "path:"):
        squeezed = squeezed.removeprefix(prefix)
    scheme, separator, rest = squeezed.partition("://")
    return f"{scheme.casefold()}{separator}{rest}" if separator else squeezed


def _is_url(target: str) -> bool:
    plain = re.sub(r"[\x00-\x20\x7f]+", "", _plain(target))
    return bool(re.match(r"[a-zA-Z][\w+.-]*:(?!:)|//|\\\\|[a-z]:", plain)) or plain.startswith("/")


def _is_inner(target: str) -> bool:
    """Say whether a link stays among the pages of the book, whatever it hits there."""
    plain = re.sub(r"[\x00-\x20\x7f]+", "", _plain(target))
    if plain.endswith("_") and not re.search(r"[:/\\.]", plain):
        return True  # a reST reference by name
    plain = plain.removeprefix("project:")
    if plain.startswith(("#", "inv:")):
        return True
    page = plain.partition("#")[0]
    return not _is_url(page) and page.endswith((".md", ".rst")) and ".." not in page


def _cut(string: str) -> str:
    return repr(string if len(string) <= 60 else f"{string[:57]}…")  # noqa: PLR2004


# --- references and literals -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reference:
    """A reference or literal, by what it points at; ``written`` is for messages."""

    kind: str
    target: str
    written: str
    start: int
    end: int

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.target


def references(
    entry: Entry,
    equivalents: Mapping[str, str] | None = None,
    language: str = "en",
    titles: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield the references and literals that a translation loses, adds or turns aside.

    ``equivalents`` maps terms to their form in ``language``, so that
    ``{term}`node``` is known to mean ``{term}`ノード```.

    Bad: ``{ref}`quorum``` → ``{ref}`quorums``` (wrong target)
    Bad: ``[公式](https://a/) と `qm list``` → ``The [official](https://a/) list`` (lost)
    Good: ``{ref}`こちら <quorum>``` → ``{ref}`over here <quorum>```
    Good: ``{term}`ノード``` → ``{term}`nodes``` where ノード is "node" in the glossary

    ``titles`` (see :func:`titles_of`) says what the sections of a reST document
    are called in the translation, because reST may refer to them by name.

    The order is free, the number is not.  Literals (inline code and roles
    such as ``file``) are compared by content and reported as kind ``code``.
    """
    source_reading, reading = entry.readings
    source = list(_references(source_reading))
    translated = _with_source_terms(
        list(_references(reading)), source, equivalents or {}, language
    )
    if titles:
        translated = [_with_source_title(reference, titles) for reference in translated]
    wanted = Counter(reference.key for reference in source)
    extra: list[_Reference] = []
    for reference in translated:
        if wanted[reference.key] > 0:
            wanted[reference.key] -= 1
        else:
            extra.append(reference)
    missing: list[_Reference] = []
    for reference in reversed(source):
        if wanted[reference.key] > 0:
            wanted[reference.key] -= 1
            missing.insert(0, reference)
    for reference in extra:
        instead = next((lost for lost in missing if lost.kind == reference.kind), None)
        if instead is not None:
            missing.remove(instead)
            message = f"{reference.written} stands where the source has {instead.written}"
            advice = "keep it unchanged" if reference.kind == "code" else "keep the target"
        else:
            message = f"{reference.written} is not in the source"
            advice = "take it out"
        yield Finding(
            entry.place(reference.start),
            entry.msgstr[reference.start : reference.end],
            "code" if reference.kind == "code" else "reference",
            f"{message}; {advice}",
        )
    for lost in missing:
        yield Finding(
            entry.place(),
            lost.written,
            "code" if lost.kind == "code" else "reference",
            f"{lost.written} of the source is missing; put it into the translation",
        )


def titles_of(catalog: Catalog) -> dict[str, str]:
    """Return translated title → title, as reST references to sections are compared."""
    return {
        _canonical(f"{entry.msgstr}_").casefold(): _canonical(f"{entry.msgid}_")
        for entry in catalog.used
        if entry.markup == "rst"
    }


def _with_source_title(reference: _Reference, titles: Mapping[str, str]) -> _Reference:
    if reference.kind != "link" or not reference.target.endswith("_"):
        return reference
    return replace(reference, target=titles.get(reference.target.casefold(), reference.target))


def _references(reading: Reading) -> Iterator[_Reference]:
    for piece in reading.pieces:
        key = _key(piece)
        if key is not None:
            written = reading.message[piece.start : piece.end]
            yield _Reference(*key, written, piece.start, piece.end)
    for match in _url_matches(reading.visible):
        if "@" in match[0] or "://" in match[0]:
            start = reading.offsets[match.start()]
            end = reading.offsets[match.end() - 1] + 1
            yield _Reference("link", _canonical(match[0]), match[0], start, end)


def _key(piece: Piece) -> tuple[str, str] | None:
    """Return what a piece is compared by, or None for what may be translated freely."""
    if piece.kind == "code":
        return "code", _squeezed(piece.value)
    if piece.kind == "link":
        return "link", _canonical(piece.value)
    if piece.kind in {"image", "footnote", "citation", "substitution", "target"}:
        return piece.kind, piece.value.strip()
    if piece.kind != "role" or piece.name in TEXT_ROLES or piece.name == "math":
        return None
    if piece.name in LITERAL_ROLES:
        return "code", f"{piece.name}:{_squeezed(piece.value)}"
    name = piece.name.removeprefix("std:")
    target = _squeezed(piece.value)
    return f"role {name}", target.lower() if name in {"ref", "numref", "term"} else target


def _squeezed(string: str) -> str:
    return " ".join(string.split())


def _with_source_terms(
    translated: list[_Reference],
    source: list[_Reference],
    equivalents: Mapping[str, str],
    language: str,
) -> list[_Reference]:
    """Give references to an equivalent (``node``) the target of the source (ノード)."""
    term = "role term"
    open_terms = Counter(reference.target for reference in source if reference.kind == term)
    open_terms.subtract(reference.target for reference in translated if reference.kind == term)
    known = {surface.lower(): equivalent for surface, equivalent in equivalents.items()}
    result: list[_Reference] = []
    for reference in translated:
        target = reference.target
        if reference.kind == term and target not in {r.target for r in source if r.kind == term}:
            surface = source_term(
                target, (s for s in open_terms if open_terms[s] > 0), known, language
            )
            if surface is not None:
                open_terms[surface] -= 1
                target = surface
        result.append(replace(reference, target=target))
    return result


def source_term(
    text: str, candidates: Iterable[str], equivalents: Mapping[str, str], language: str
) -> str | None:
    """Return the first of the candidate terms whose equivalent ``text`` is, inflected or not."""
    for candidate in candidates:
        equivalent = equivalents.get(candidate)
        if equivalent is not None and any(
            inflected(form, language).fullmatch(text) for form in accepted_forms(equivalent)
        ):
            return candidate
    return None


# --- equivalents of terms ---------------------------------------------------------------------


def equivalents_from(catalog: Catalog, terms: Iterable[Term | str]) -> dict[str, str]:
    """Return the equivalent of each term that the catalog of the glossary translates."""
    translations = {
        entry.msgid: _markup.read(entry.msgstr, entry.markup).visible.strip()
        for entry in catalog.used
    }
    surfaces = (term if isinstance(term, str) else term.surface for term in terms)
    return {surface: translations[surface] for surface in surfaces if translations.get(surface)}


def equivalents(
    entry: Entry, termbase: Termbase, language: str, matcher: Matcher
) -> Iterator[Finding]:
    """Yield the terms of the source that the translation calls by another name.

    ``matcher`` finds the terms in the source; their equivalents are read from
    ``termbase``.  One use in the translation is enough, in any inflection and
    case, however often the source names the term: English has pronouns.
    Forms declared with ``avoid-<lang>`` are reported as ``variant``.

    Bad: ``ノードを追加します。`` → ``Add a machine.``  (node)
    Bad: ``ノードを追加します。`` → ``Add a node to the host machines.``  (avoid-en)
    Good: ``ノードの名前です。`` → ``These are the Nodes' names.``
    """
    source, reading = entry.readings
    seen: set[str] = set()
    for use in matcher.uses(source_passage(entry, source)):
        term = termbase.get(use.term.surface) or use.term
        equivalent = term.equivalents.get(language)
        if equivalent is None or term.surface in seen:
            continue
        seen.add(term.surface)
        forms = accepted_forms(equivalent)
        if any(inflected(form, language).search(reading.visible) for form in forms):
            continue
        wanted = " or ".join(repr(form) for form in forms)
        yield Finding(
            entry.place(),
            term.surface,
            "equivalent",
            f"the translation of {term.surface!r} is {wanted}, which is not used here;"
            f" use it (declared at {term.place})",
            term=term,
            replacement=forms[0],
        )
    yield from _avoided(entry, reading, termbase, language)


def source_passage(entry: Entry, source: Reading) -> Passage:
    """Return the source text of an entry as a passage with its places in the catalog."""
    places = entry.source.places or ((entry.line, 1),)
    return Passage(
        entry.path,
        source.visible,
        tuple(places[min(o, len(places) - 1)] for o in source.offsets),
        surface="msgid",
    )


def passage(entry: Entry, language: str) -> Passage:
    """Return the translated text of an entry as a passage with its places."""
    reading = entry.readings[1]
    places = [entry.place(offset) for offset in reading.offsets]
    return Passage(
        entry.path,
        reading.visible,
        tuple((place.line, place.column) for place in places),
        language=language,
        surface="msgstr",
    )


def _avoided(
    entry: Entry, reading: Reading, termbase: Termbase, language: str
) -> Iterator[Finding]:
    """Yield the deprecated forms of a translation, the longest of several at one place."""
    vocabulary = _vocabulary(termbase, language)
    text = reading.visible
    protected = [span for _, _, span in vocabulary.matches(text, deprecated=False)]
    found = sorted(
        vocabulary.matches(text, deprecated=True), key=lambda match: (match[2][0], -match[2][1])
    )
    end = -1
    for term, variant, (start, stop) in found:
        # A longer right form protects; one of the same length differs in case or hyphen.
        inside = any(a <= start and stop <= b and (a, b) != (start, stop) for a, b in protected)
        if start < end or inside or variant is None:
            continue
        end = stop
        at, last = reading.offsets[start], reading.offsets[stop - 1] + 1
        preferred = accepted_forms(term.equivalents.get(language) or term.surface)[0]
        why = f" ({term.why})" if term.why else ""
        yield Finding(
            entry.place(at),
            entry.msgstr[at:last],
            "variant",
            f"use {preferred!r} instead of {text[start:stop]!r}{why}; declared at {variant.place}",
            term=term,
            variant=variant,
            replacement=preferred,
        )


class _Vocabulary:
    """The forms of a language, found by their first word.

    The cost of a text so does not grow with the number of terms.
    """

    def __init__(self, termbase: Termbase, language: str) -> None:
        self.termbase = termbase
        self.by_word: dict[
            str, dict[tuple[str, bool], tuple[Term, Variant | None, re.Pattern[str]]]
        ] = {}
        for term in termbase:
            own = accepted_forms(term.equivalents.get(language, ""))
            for variant in term.forms(Status.DEPRECATED, language):
                self._add(variant.surface, term, variant, language, own)
            for variant in term.forms(Status.ADMITTED, language):
                self._add(variant.surface, term, None, language, own)
            for form in own:
                self._add(form, term, None, language, own)

    def _add(
        self, form: str, term: Term, variant: Variant | None, language: str, own: tuple[str, ...]
    ) -> None:
        if not form:
            return
        # Where only the case is wrong, or the form is an abbreviation, case decides.
        exact = variant is not None and (
            form.isupper() or any(form.casefold() == other.casefold() for other in own)
        )
        lenient = variant is None
        pattern = inflected(form, language, exact=exact, lenient=lenient)
        for alternative in inflections(form, language, lenient=lenient):
            if word := _FIRST_WORD.match(alternative):
                bucket = self.by_word.setdefault(word[0].casefold(), {})
                bucket[form, variant is None] = (term, variant, pattern)

    def matches(
        self, text: str, *, deprecated: bool
    ) -> Iterator[tuple[Term, Variant | None, tuple[int, int]]]:
        for found in _FIRST_WORD.finditer(text):
            for term, variant, pattern in self.by_word.get(found[0].casefold(), {}).values():
                if (variant is not None) is deprecated and (
                    match := pattern.match(text, found.start())
                ):
                    yield term, variant, match.span()


_FIRST_WORD = re.compile(r"[A-Za-z0-9]+|[^\x00-\x7f]|[^\w\s]")
"""A word of ASCII letters, else one character: scripts without spaces have no words."""

_vocabularies: dict[str, _Vocabulary] = {}


def _vocabulary(termbase: Termbase, language: str) -> _Vocabulary:
    """Return the vocabulary of a termbase; that of the last one asked for is kept."""
    kept = _vocabularies.get(language)
    if kept is None or kept.termbase is not termbase:
        kept = _vocabularies[language] = _Vocabulary(termbase, language)
    return kept


# --- a whole catalog --------------------------------------------------------------------------


def check(  # noqa: PLR0913 - everything after the two mandatory ones is optional
    path: str | Path,
    termbase: Termbase | None = None,
    matcher: Matcher | None = None,
    language: str = "en",
    *,
    name: str | None = None,
    known: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return every finding in one catalog, in the order of its lines.

    Without ``termbase`` and ``matcher`` only what needs no terms is checked.
    ``known`` maps terms to equivalents beyond those of the termbase (see
    :func:`equivalents_from`); ``name`` is the path to show.  A catalog that
    cannot be read gives one finding of kind ``catalog``; this function does
    not raise.
    """
    try:
        catalog = read_catalog(path, name)
    except CatalogError as error:
        return [error.finding()]
    titles = titles_of(catalog)
    findings = [
        finding
        for entry in catalog.used
        for finding in check_entry(entry, termbase, matcher, language, known=known, titles=titles)
    ]
    return sorted(findings, key=lambda finding: finding.place)


def check_entry(  # noqa: PLR0913 - only the first is needed
    entry: Entry,
    termbase: Termbase | None = None,
    matcher: Matcher | None = None,
    language: str = "en",
    *,
    known: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield every finding in one entry; what is unsafe is not reported a second time."""
    names: dict[str, str] = dict(known or {})
    if termbase is not None:
        for term in termbase:
            if language in term.equivalents:
                names.setdefault(term.surface, term.equivalents[language])
    refused = list(unsafe(entry))
    yield from refused
    if any(len(entry.msgstr) > _LONGEST or _NESTING.search(entry.msgstr) for _ in refused[:1]):
        return  # not worth the time to look any further into it
    spans = [(f.place, f.surface) for f in refused]
    for finding in references(entry, names, language, titles):
        if not any(place == finding.place and surface for place, surface in spans):
            yield finding
    if termbase is not None and matcher is not None:
        yield from equivalents(entry, termbase, language, matcher)


def main(argv: Sequence[str] | None = None) -> int:
    """Check the catalogs named on the command line; return 1 where there are findings.

    Terms are checked by a build, which knows them; here the catalog of the
    glossary, if named, says what ``{term}`` references mean.
    """
    parser = argparse.ArgumentParser(prog="python -m termbase.catalogs", description=main.__doc__)
    parser.add_argument("catalogs", nargs="+", type=Path, help=".po files or folders of them")
    parser.add_argument("--glossary", type=Path, help="the catalog of the glossary")
    parser.add_argument("--language", default="en", help="the language of the translations")
    arguments = parser.parse_args(argv)
    known: dict[str, str] = {}
    if arguments.glossary is not None:
        try:
            glossary = read_catalog(arguments.glossary)
        except CatalogError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        known = equivalents_from(glossary, [entry.msgid for entry in glossary.used])
    paths = [
        path
        for given in arguments.catalogs
        for path in (sorted(given.rglob("*.po")) if given.is_dir() else [given])
    ]
    count = 0
    for path in paths:
        for finding in check(path, language=arguments.language, known=known):
            count += 1
            where = f"{finding.place}:{finding.place.column}"
            sys.stdout.write(f"{where}: {finding.message} [termbase.{finding.kind}]\n")
    sys.stderr.write(f"{len(paths)} catalogs, {count} findings\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
