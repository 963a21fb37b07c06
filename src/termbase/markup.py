"""Read one message of a catalog the way Sphinx will: as a MyST or reST document.

Sphinx hands a msgstr to the parser of the source file as a *whole document*
and keeps the first paragraph.  So whatever the parser understands can happen,
and guessing with a few regular expressions would miss some of it.  MyST
messages are therefore read by markdown-it-py itself, with the plugins that
MyST loads; a recording tokenizer adds what markdown-it does not keep, the
place of every inline construct.  reST messages are read by a small scanner of
their own, because docutils can neither be asked for places nor be run without
executing the directives it meets.

The result is the same for both: :class:`Reading`, the pieces of a message
with their places, its block structure, and the text that a reader sees.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import make_fence_rule
from markdown_it.rules_inline import fragments_join, text
from markdown_it.rules_inline.state_inline import StateInline
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.field_list import fieldlist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from mdit_py_plugins.substitution import substitution_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from markdown_it.token import Token
    from markdown_it.utils import EnvType

MASK = "\ufffc"
"""Stands in :attr:`Reading.visible` for what must not be judged as prose."""

_LITERAL = (
    "code file kbd samp command program option envvar literal mailheader makevar manpage"
    " mimetype newsgroup regexp"
)
LITERAL_ROLES = frozenset(_LITERAL.split())
"""Roles whose content is copied, never translated."""

_TEXT = (
    "abbr guilabel menuselection dfn sub subscript sup superscript emphasis strong"
    " title-reference title sic ruby index"
)
TEXT_ROLES = frozenset(_TEXT.split())
"""Roles whose content is prose or a label of a screen, and may be translated."""

_REFERENCE = "any cve cwe doc eq keyword numref pep ref rfc term token"
REFERENCE_ROLES = frozenset(_REFERENCE.split())
"""Roles that refer to something by name: their content cannot leave the book."""

_DOMAINS = ("std:", "py:", "c:", "cpp:", "js:", "rst:", "external")

_MASKED_TEXT_ROLES = frozenset({"guilabel", "menuselection", "sic"})
_TITLE_AND_TARGET = re.compile(r"^(?P<title>.+?)\s*(?<!\\)<(?P<target>[^<]*?)>$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """One inline construct of a message.

    ``kind`` is one of ``html``, ``code``, ``role``, ``link``, ``image``,
    ``footnote``, ``citation``, ``substitution``, ``math``, ``attrs``,
    ``target`` and ``strikethrough``.  ``value`` is its content or target as the parser understood
    it, ``name`` the name of a role, ``title`` the text shown for a role with
    an explicit target.  ``start`` and ``end`` are offsets into the message.
    """

    kind: str
    start: int
    end: int
    value: str
    name: str = ""
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A block construct other than the one paragraph that a message should be."""

    kind: str
    start: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the parser of ``markup`` (``myst`` or ``rst``) finds in a message.

    ``visible`` is the text that a reader reads, entities decoded, markup
    removed and literal things replaced by :data:`MASK`; ``offsets`` gives for
    each of its characters the offset in ``message``.
    """

    markup: str
    message: str
    pieces: tuple[Piece, ...]
    blocks: tuple[Block, ...]
    visible: str
    offsets: tuple[int, ...]


def is_reference_role(name: str) -> bool:
    """Say whether a role of that name refers to something by name."""
    return name in REFERENCE_ROLES or name.startswith(_DOMAINS)


def split_role(content: str) -> tuple[str | None, str]:
    """Return title and target of ``title <target>``, or None and the content."""
    if found := _TITLE_AND_TARGET.match(content):
        return found["title"], found["target"].strip()
    return None, content.strip()


# One line in which MyST can see nothing but text: no character that opens a
# construct anywhere, nothing that means something at the beginning of a line.
_PROSE_ONLY = re.compile(
    r"(?![\s\-+:=(|#%.]|[0-9]+[.)])[^\\`*_{}\[\]<>&$~!\x00-\x1f\x7f-\xa0\u2028\u2029]+(?<!\s)"
)


@lru_cache(maxsize=8192)
def read(message: str, markup: str) -> Reading:
    """Read a message in ``markup`` (``myst`` or ``rst``) with every known construct on.

    Each message is asked for several times in a build, by the checks of
    safety, of references and of terms; it is read once.
    """
    if markup == "rst":
        return _read_rst(message)
    if _PROSE_ONLY.fullmatch(message):
        return Reading("myst", message, (), (), message, tuple(range(len(message))))
    return _read_myst(message, full=True)


def read_plainly(message: str) -> Reading:
    """Read a MyST message as a project would that enables no extension of the syntax.

    What an extension swallows (``$<b>$`` is mathematics only where dollarmath
    is on) may be raw HTML elsewhere; a safe message is safe both ways.
    """
    return _read_myst(message, full=False)


# --- MyST -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Event:
    """An inline rule that took ``start`` to ``end`` of the text and pushed ``token``."""

    start: int
    end: int
    rule: Any
    token: Token | None
    special: str | None = None  # an entity or escape; its token is later merged into text
    markup: bool = False


@dataclass(slots=True)
class _Record:
    """The events of one inline text (a paragraph, a heading, a table cell)."""

    content: str
    events: list[_Event] = field(default_factory=list)


class _RecordingInline(ParserInline):
    """markdown-it's inline parser, which also writes down where each rule applied."""

    def __init__(self, model: ParserInline) -> None:
        super().__init__()
        self.ruler = model.ruler
        self.ruler2 = model.ruler2
        self.records: list[_Record] = []
        self._current: _Record | None = None

    def tokenize(self, state: StateInline) -> None:
        rules = self.ruler.getRules("")
        end = state.posMax
        nesting = state.md.options["maxNesting"]
        events = self._current.events if self._current is not None else []
        while state.pos < end:
            start = state.pos
            before = len(state.tokens)
            taken = None
            if state.level < nesting:
                taken = next((rule for rule in rules if rule(state, False)), None)  # noqa: FBT003 - theirs
            if taken is None:
                state.append_pending(state.src[state.pos])
                state.pos += 1
            pushed = [token for token in state.tokens[before:] if token.type != "text"]
            token = (
                pushed[0]
                if pushed
                else (
                    state.tokens[-1] if len(state.tokens) > before and taken is not text else None
                )
            )
            special = token.content if token and token.type == "text_special" else None
            events.append(_Event(start, state.pos, taken, token, special))
        if state.pending:
            state.pushPending()

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        outer = self._current
        record = _Record(src)
        if outer is None:
            self.records.append(record)
        self._current = record
        try:
            state = StateInline(src, md, env, tokens)
            self.tokenize(state)
            for rule in self.ruler2.getRules(""):
                if rule is fragments_join:
                    # From here on unmatched delimiters are ordinary text again.
                    _mark_delimiters(record)
                rule(state)
        finally:
            self._current = outer
        return state.tokens


def _mark_delimiters(record: _Record) -> None:
    for event in record.events:
        token = event.token
        if token is not None and _module(event.rule).endswith(("emphasis", "strikethrough")):
            event.markup = token.type != "text" or not token.content


def _module(rule: object) -> str:
    rule = getattr(rule, "func", rule)  # a functools.partial of the attrs plugin
    return str(getattr(rule, "__module__", ""))


def _any_link(url: str) -> bool:
    del url
    return True


@cache
def _myst(*, full: bool) -> MarkdownIt:
    """Return markdown-it with what MyST always loads, and all it may load if ``full``."""
    md = MarkdownIt("commonmark")
    md.inline = _RecordingInline(md.inline)
    md.enable("table")
    md.use(front_matter_plugin).use(myst_block_plugin).use(myst_role_plugin)
    md.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    if full:
        md.enable("strikethrough")
        md.use(dollarmath_plugin).use(amsmath_plugin).use(deflist_plugin).use(fieldlist_plugin)
        md.use(substitution_plugin, "{", "}")
        md.use(
            attrs_plugin,
            after=("image", "code_inline", "link_close", "span_close"),
            spans=True,
            span_after="footnote_ref",
        )
        md.block.ruler.before(
            "fence",
            "colon_fence",
            make_fence_rule(markers=(":",), token_type="colon_fence"),  # noqa: S106 - no secret
            {"alt": ["paragraph", "reference", "blockquote", "list", "footnote_def"]},
        )
        md.use(attrs_block_plugin)
        md.core.ruler.disable(["attr"])  # it would merge block attributes out of sight
    # A refused destination would come back as innocent text; it is wanted as a link.
    md.validateLink = _any_link  # type: ignore[method-assign]
    return md


_PLAIN_BLOCKS = frozenset({"paragraph_open", "paragraph_close", "inline"})


def _read_myst(message: str, *, full: bool) -> Reading:
    md = _myst(full=full)
    recorder = md.inline
    assert isinstance(recorder, _RecordingInline)  # noqa: S101 - _myst() put it there
    recorder.records = []
    env: dict[str, Any] = {}
    try:
        tokens = md.parse(message, env)
    except IndexError:
        # The comments of MyST read past the end of ">%\n>".
        return Reading("myst", message, (), (Block("unreadable", 0),), "", ())
    # markdown-it takes a lone carriage return for the end of a line, too.
    lines = [0, *(end.end() for end in re.finditer(r"\r\n?|\n", message)), len(message) + 1]

    shown = _Shown()
    pieces: list[Piece] = []
    cursor = 0
    for record in recorder.records:
        places = _align(record.content, message, cursor)
        if places:
            cursor = places[-1] + 1
        places.append(min(cursor, len(message)))
        if shown.text:
            shown.at(places[0], "\n")
        pieces += _Collector(record, places, shown).pieces()
    blocks = _myst_blocks(tokens, env, lines, len(message))
    return Reading(
        "myst", message, tuple(pieces), tuple(blocks), "".join(shown.text), tuple(shown.offsets)
    )


def _myst_blocks(
    tokens: list[Token], env: dict[str, Any], lines: list[int], length: int
) -> Iterator[Block]:
    paragraphs = 0
    for token in tokens:
        start = min(lines[token.map[0]] if token.map else 0, length)
        if token.type == "paragraph_open" and token.level == 0:
            paragraphs += 1
            if paragraphs > 1:
                yield Block("paragraph", start)
        if token.type in _PLAIN_BLOCKS or token.nesting < 0:
            continue
        value = token.info.strip() or token.content.strip()
        yield Block(token.type.removesuffix("_open"), start, value)
    for label, reference in env.get("references", {}).items():
        start = min(lines[reference.get("map", [0])[0]], length)
        yield Block("reference", start, f"{label} {reference.get('href', '')}")


@dataclass(slots=True)
class _Shown:
    """The visible text of a message while it is collected."""

    text: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def at(self, offset: int, string: str) -> None:
        """Show a string in the place of one character."""
        self.text += string
        self.offsets += [offset] * len(string)

    def span(self, offsets: list[int], string: str) -> None:
        """Show a string whose characters have a place each."""
        self.text += string
        self.offsets += offsets

    def role(self, name: str, content: str, raw: str, offsets: list[int]) -> None:
        """Show of a role what the reader reads, and mask the rest."""
        title, target = split_role(content)
        shown = ""
        if name in TEXT_ROLES and name not in _MASKED_TEXT_ROLES:
            shown = content
        elif name not in LITERAL_ROLES:
            # A term shows its text; other references without a title show no prose of ours.
            shown = title if title is not None else (target if name == "term" else "")
        at = raw.find(shown, raw.find("`")) if shown else -1
        if at < 0:
            self.at(offsets[0], MASK)
        else:
            self.span(offsets[at : at + len(shown)], shown)


def _align(content: str, message: str, cursor: int) -> list[int]:
    """Return the offset in the message of each character of an inline text.

    markdown-it removes indentation and block markers line by line and changes
    nothing else, so each line is found again by looking for it.
    """
    places: list[int] = []
    lines = content.split("\n")
    for number, line in enumerate(lines):
        found = message.find(line, cursor)
        if found < 0:  # NUL and tabs are replaced by the parser; stay near
            found = min(cursor, max(len(message) - 1, 0))
        last = max(len(message) - 1, 0)
        places += [min(found + i, last) for i in range(len(line))]
        cursor = found + len(line)
        if number < len(lines) - 1:
            newline = message.find("\n", cursor)
            places.append(newline if newline >= 0 else cursor)
            cursor = places[-1] + 1
    return places


_PIECES = {
    "code_inline": "code",
    "html_inline": "html",
    "substitution_inline": "substitution",
    "math_inline": "math",
    "math_inline_double": "math",
    "math_single": "math",
}
_UNSEEN = frozenset({"html", "footnote"})


@dataclass(slots=True)
class _Collector:
    """Turns the events of one inline text into pieces and visible text."""

    record: _Record
    places: list[int]
    shown: _Shown

    def pieces(self) -> Iterator[Piece]:
        covered = 0
        for event in sorted(self.record.events, key=lambda each: (each.start, -each.end)):
            if event.start < covered:
                continue  # the inside of something that was shown as a whole
            token = event.token
            place = self.places[event.start], self.places[event.end - 1] + 1
            if event.special is not None:
                self.shown.at(place[0], event.special)
            elif token is None or token.type == "text" or event.rule is text:
                yield from self._text(event, place)
            elif token.type in {"softbreak", "hardbreak"}:
                self.shown.at(place[0], " ")
            elif token.type in {"image", "link_open"}:
                yield self._link(event, token, place)
                if token.type == "image" or token.info == "auto":
                    covered = event.end
                # else: the events of the label follow, the destination has none
            else:
                yield from self._leaf(event, token, place)

    def _raw(self, event: _Event) -> str:
        return self.record.content[event.start : event.end]

    def _text(self, event: _Event, place: tuple[int, int]) -> Iterator[Piece]:
        if _module(event.rule).startswith("mdit_py_plugins.attrs"):
            yield Piece("attrs", *place, self._raw(event))
        elif event.markup and _module(event.rule).endswith("strikethrough"):
            yield Piece("strikethrough", *place, self._raw(event))
        elif not event.markup:
            self.shown.span(self.places[event.start : event.end], self._raw(event))

    def _link(self, event: _Event, token: Token, place: tuple[int, int]) -> Piece:
        title = str(token.attrGet("title") or "")
        if token.type != "image":
            if token.info == "auto":
                self.shown.at(place[0], MASK)
            return Piece("link", *place, str(token.attrGet("href") or ""), title=title)
        label = token.content
        at = self.record.content.find(label, event.start + 2)
        self.shown.at(place[0], MASK)
        self.shown.span(self.places[at : at + len(label)], label)
        self.shown.at(place[1] - 1, MASK)
        return Piece("image", *place, str(token.attrGet("src") or ""), title=title)

    def _leaf(self, event: _Event, token: Token, place: tuple[int, int]) -> Iterator[Piece]:
        raw = self._raw(event)
        if token.type == "myst_role":
            name = str(token.meta["name"])
            yield _role(name, token.content, *place)
            self.shown.role(name, token.content, raw, self.places[event.start : event.end])
        elif token.type == "span_open":
            yield Piece("attrs", *place, raw[raw.rfind("{") :])
        elif token.type.startswith("s_"):
            yield Piece("strikethrough", *place, raw)
        elif token.type == "footnote_ref":
            yield Piece("footnote", *place, str(token.meta["label"]))
        elif token.type in _PIECES:
            kind = _PIECES[token.type]
            yield Piece(kind, *place, token.content)
            if kind not in _UNSEEN:
                self.shown.at(place[0], MASK)
        elif not event.markup:
            # Nothing that MyST loads ends here; an unknown construct is not prose.
            self.shown.at(place[0], MASK)


def _role(name: str, content: str, start: int, end: int) -> Piece:
    title, target = split_role(content)
    if name in LITERAL_ROLES or name in TEXT_ROLES:
        title, target = None, content
    return Piece("role", start, end, target, name, title)


# --- reStructuredText -----------------------------------------------------------------

_RST_INLINE = re.compile(
    r"""
      (?P<escape>\\.)
    | (?P<code>(?<![\w`])``(?=\S).*?(?<=\S)``(?!`))
    | (?P<role>(?<![\w`]):(?P<before>[a-zA-Z][\w.+:-]*):`(?=\S)(?P<rolecontent>(?:\\.|[^`\\])+?)`)
    | (?P<backrole>(?<![\w`])`(?=\S)(?P<backcontent>(?:\\.|[^`\\])+?)`
        :(?P<after>[a-zA-Z][\w.+:-]*):)
    | (?P<target>(?<![\w`])_`(?=\S)(?P<targettext>.+?)`)
    | (?P<link>(?<![\w`])`(?=\S)(?P<linktext>(?:\\.|[^`\\])+?)`__?(?!\w))
    | (?P<default>(?<![\w`])`(?=\S)(?P<defaulttext>(?:\\.|[^`\\])+?)`)
    | (?P<footnote>(?<!\w)\[(?P<label>[0-9]+|\#[\w.-]*|\*|[\w.:+-]+)\]_(?!\w))
    | (?P<substitution>(?<![\w|])\|(?=\S)(?P<name>[^|\n]+?)(?<=\S)\|(?P<linked>_{0,2}))
    | (?P<strong>\*\*(?=\S)|(?<=\S)\*\*)
    | (?P<emphasis>(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w))
    | (?P<named>(?<![\w`])(?P<refname>\w+(?:[-.:+]\w+){0,20})__?(?=$|[\s.,:;!?'")\]}>/\\-]))
    """,
    re.VERBOSE | re.DOTALL,
)

_RST_BLOCKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("directive", re.compile(r"^\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?[\w:.+-]+::", re.MULTILINE)),
    ("target", re.compile(r"^\.\.[ \t]+_|^__[ \t]", re.MULTILINE)),
    ("footnote_definition", re.compile(r"^\.\.[ \t]+\[", re.MULTILINE)),
    ("comment", re.compile(r"^\.\.(?:[ \t]|$)", re.MULTILINE)),
    ("bullet_list", re.compile(r"^[*+\-\u2022\u2023\u2043](?:[ \t]|$)", re.MULTILINE)),
    (
        "ordered_list",
        re.compile(
            r"^(?:[0-9]+|[a-zA-Z#]|[ivxlcdmIVXLCDM]+)[.)](?:[ \t]|$)"
            r"|^\((?:[0-9]+|[a-zA-Z#]|[ivxlcdmIVXLCDM]+)\)(?:[ \t]|$)",
            re.MULTILINE,
        ),
    ),
    (
        "field_list",
        re.compile(
            r"^:(?![: ])(?:[^:\\\n]|\\.|:(?!(?:[ `]|$)))*(?<! ):(?:[ \t]+|$)", re.MULTILINE
        ),
    ),
    (
        "option_list",
        re.compile(r"^(?:--?|/)\w[\w-]*(?:[ =]\S+)?(?:[ ]{2,}|[ ]?\t|$)", re.MULTILINE),
    ),
    ("line_block", re.compile(r"^\|(?:[ \t]|$)", re.MULTILINE)),
    ("doctest", re.compile(r"^>>>(?: |$)", re.MULTILINE)),
    ("table", re.compile(r"^\+[-=]+\+|^={2,}[ ]+={2,}", re.MULTILINE)),
    ("hr", re.compile(r"^([!-/:-@\[-`{-~])\1{3,}[ \t]*$", re.MULTILINE)),
    ("heading", re.compile(r"(?<=\n)([!-/:-@\[-`{-~])\1*[ \t]*$", re.MULTILINE)),
    ("blockquote", re.compile(r"^[ \t]+\S", re.MULTILINE)),
    ("paragraph", re.compile(r"\n[ \t]*\n(?=[ \t]*\S)")),
)


def _rst_footnote(found: re.Match[str]) -> Piece:
    label = found["label"]
    kind = "footnote" if label.isdigit() or label[0] in "#*" else "citation"
    return Piece(kind, *found.span(), label)


def _rst_link(found: re.Match[str]) -> Piece:
    title, target = split_role(found["linktext"])
    return Piece("link", *found.span(), target if title is not None else f"{target}_", title="")


_RST_PIECES: dict[str, Callable[[re.Match[str]], Piece | None]] = {
    "escape": lambda _: None,
    "code": lambda found: Piece("code", *found.span(), found[0][2:-2]),
    "role": lambda found: _role(found["before"], found["rolecontent"], *found.span()),
    "backrole": lambda found: _role(found["after"], found["backcontent"], *found.span()),
    "target": lambda found: Piece("target", *found.span(), found["targettext"]),
    "link": _rst_link,
    "default": lambda found: Piece("role", *found.span(), found["defaulttext"], "title"),
    "footnote": _rst_footnote,
    "substitution": lambda found: Piece("substitution", *found.span(), found["name"]),
    "strong": lambda _: None,
    "emphasis": lambda _: None,
    "named": lambda found: Piece("link", *found.span(), f"{found['refname']}_", title=""),
}


def _read_rst(message: str) -> Reading:
    pieces: list[Piece] = []
    shown = _Shown()
    plain = message.replace("\n", " ")
    cursor = 0
    for found in _RST_INLINE.finditer(message):
        start, end = found.span()
        shown.span(list(range(cursor, start)), plain[cursor:start])
        cursor = end
        kind = next(name for name in _RST_PIECES if found[name] is not None)
        piece = _RST_PIECES[kind](found)
        if piece is None:
            if kind == "escape" and not found[0][1].isspace():
                shown.at(start, found[0][1])
            continue
        pieces.append(piece)
        if piece.kind == "role":
            content = found["rolecontent"] or found["backcontent"] or found["defaulttext"]
            shown.role(piece.name, content, found[0], list(range(start, end)))
        elif kind == "link":
            title, target = split_role(found["linktext"])
            text_shown = title if title is not None else target
            at = found.start("linktext")
            shown.span(list(range(at, at + len(text_shown))), text_shown)
        elif kind == "named":
            shown.span(list(range(start, start + len(found["refname"]))), found["refname"])
        else:
            shown.at(start, MASK)
    shown.span(list(range(cursor, len(message))), plain[cursor:])
    return Reading(
        "rst",
        message,
        tuple(pieces),
        tuple(_rst_blocks(message)),
        "".join(shown.text),
        tuple(shown.offsets),
    )


def _rst_blocks(message: str) -> Iterator[Block]:
    starts: set[int] = set()
    for kind, pattern in _RST_BLOCKS:
        for match in pattern.finditer(message):
            if kind == "comment" and match.start() in starts:
                continue  # already named as what it is
            starts.add(match.start())
            yield Block(kind, match.start(), match[0].strip())


def decoded(string: str) -> str:
    """Return a string with HTML character references decoded, however deep they nest."""
    for _ in range(4):
        further = html.unescape(string)
        if further == string:
            break
        string = further
    return string
