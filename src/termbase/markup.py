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
from functools import cache
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
    from collections.abc import Iterator

    from markdown_it.token import Token
    from markdown_it.utils import EnvType

MASK = "\ufffc"
"""Stands in :attr:`Reading.visible` for what must not be judged as prose."""

LITERAL_ROLES = frozenset(
    "code file kbd samp command program option envvar literal mailheader makevar manpage"
    " mimetype newsgroup regexp".split()
)
"""Roles whose content is copied, never translated."""

TEXT_ROLES = frozenset(
    "abbr guilabel menuselection dfn sub subscript sup superscript emphasis strong"
    " title-reference title sic ruby index".split()
)
"""Roles whose content is prose or a label of a screen, and may be translated."""

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
    """What a parser finds in a message.

    ``visible`` is the text that a reader reads, entities decoded, markup
    removed and literal things replaced by :data:`MASK`; ``offsets`` gives for
    each of its characters the offset in ``message``.
    """

    message: str
    pieces: tuple[Piece, ...]
    blocks: tuple[Block, ...]
    visible: str
    offsets: tuple[int, ...]


def split_role(content: str) -> tuple[str | None, str]:
    """Return title and target of ``title <target>``, or None and the content."""
    if found := _TITLE_AND_TARGET.match(content):
        return found["title"], found["target"].strip()
    return None, content.strip()


def read(message: str, markup: str) -> Reading:
    """Read a message in ``markup`` (``myst`` or ``rst``) with every known construct on."""
    return _read_rst(message) if markup == "rst" else _read_myst(message, full=True)


def read_plainly(message: str, markup: str) -> Reading:
    """Read a message as a project would that enables no extension of the syntax.

    What an extension swallows (``$<b>$`` is mathematics only where dollarmath
    is on) may be raw HTML elsewhere; a safe message is safe both ways.
    """
    return _read_rst(message) if markup == "rst" else _read_myst(message, full=False)


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
                taken = next((rule for rule in rules if rule(state, False)), None)
            if taken is None:
                state.append_pending(state.src[state.pos])
                state.pos += 1
            pushed = [token for token in state.tokens[before:] if token.type != "text"]
            token = pushed[0] if pushed else (
                state.tokens[-1] if len(state.tokens) > before and taken is not text else None
            )
            special = token.content if token and token.type == "text_special" else None
            events.append(_Event(start, state.pos, taken, token, special))
        if state.pending:
            state.pushPending()

    def parse(
        self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]
    ) -> list[Token]:
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
        md.use(attrs_plugin, after=("image", "code_inline", "link_close", "span_close"),
               spans=True, span_after="footnote_ref")
        md.block.ruler.before(
            "fence", "colon_fence", make_fence_rule(markers=(":",), token_type="colon_fence"),
            {"alt": ["paragraph", "reference", "blockquote", "list", "footnote_def"]},
        )
        md.use(attrs_block_plugin)
        md.core.ruler.disable(["attr"])  # it would merge block attributes out of sight
    # A refused destination would come back as innocent text; it is wanted as a link.
    md.validateLink = lambda _url: True  # type: ignore[method-assign]
    return md


_PLAIN_BLOCKS = frozenset({"paragraph_open", "paragraph_close", "inline"})


def _read_myst(message: str, *, full: bool) -> Reading:
    md = _myst(full=full)
    recorder = md.inline
    assert isinstance(recorder, _RecordingInline)  # noqa: S101 - _myst() put it there
    recorder.records = []
    env: dict[str, Any] = {}
    tokens = md.parse(message, env)
    lines = [0]
    for line in message.split("\n"):
        lines.append(lines[-1] + len(line) + 1)

    blocks: list[Block] = []
    paragraphs = 0
    for token in tokens:
        start = min(lines[token.map[0]] if token.map else 0, len(message))
        if token.type == "paragraph_open" and token.level == 0:
            paragraphs += 1
            if paragraphs > 1:
                blocks.append(Block("paragraph", start))
        if token.type in _PLAIN_BLOCKS or token.nesting < 0:
            continue
        if token.type in {"html_block", "fence", "colon_fence"}:
            value = token.info.strip() or token.content.strip()
            blocks.append(Block(token.type, start, value))
        else:
            blocks.append(Block(token.type.removesuffix("_open"), start, token.content))
    for label, reference in env.get("references", {}).items():
        start = min(lines[reference.get("map", [0])[0]], len(message))
        blocks.append(Block("reference", start, f"{label} {reference.get('href', '')}"))
    pieces: list[Piece] = []
    visible: list[str] = []
    offsets: list[int] = []
    cursor = 0
    for record in recorder.records:
        places = _align(record.content, message, cursor)
        if places:
            cursor = places[-1] + 1
        places.append(min(cursor, len(message)))
        if visible:
            visible.append("\n")
            offsets.append(places[0])
        _collect(record, places, pieces, visible, offsets)
    return Reading(message, tuple(pieces), tuple(blocks), "".join(visible), tuple(offsets))


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


def _collect(
    record: _Record,
    places: list[int],
    pieces: list[Piece],
    visible: list[str],
    offsets: list[int],
) -> None:
    """Turn the events of one inline text into pieces and visible text."""

    def show(string: str, at: int, *, step: bool = False) -> None:
        for i, character in enumerate(string):
            visible.append(character)
            offsets.append(places[min(at + i if step else at, len(places) - 1)])

    content = record.content
    covered = 0
    for event in sorted(record.events, key=lambda e: (e.start, -e.end)):
        start, end, token = event.start, event.end, event.token
        if start < covered:
            continue
        raw = content[start:end]
        place = (places[start], places[end - 1] + 1)
        kind = token.type if token is not None else ""
        if event.special is not None:
            show(event.special, start)
        elif token is None or kind == "text" or event.rule is text:
            if _module(event.rule).startswith("mdit_py_plugins.attrs"):
                pieces.append(Piece("attrs", *place, raw))
            elif event.markup and _module(event.rule).endswith("strikethrough"):
                pieces.append(Piece("strikethrough", *place, raw))
            elif not event.markup:
                show(raw, start, step=True)
        elif kind in {"softbreak", "hardbreak"}:
            show(" ", start)
        elif kind == "link_open":
            pieces.append(Piece("link", *place, str(token.attrGet("href") or ""),
                                title=str(token.attrGet("title") or "")))
            if token.info == "auto":
                covered = end
                show(MASK, start)
            # else: the label's own events follow, the destination has none
        elif kind == "span_open":
            pieces.append(Piece("attrs", *place, raw[raw.rfind("{"):]))
        elif kind == "image":
            pieces.append(Piece("image", *place, str(token.attrGet("src") or ""),
                                title=str(token.attrGet("title") or "")))
            show(MASK, start)
            label = token.content
            at = content.find(label, start + 2)
            show(label, at if at >= 0 else start, step=at >= 0)
            show(MASK, end - 1)
            covered = end
        elif kind == "myst_role":
            pieces.append(_role(str(token.meta["name"]), token.content, *place))
            _show_role(str(token.meta["name"]), token.content, raw, start, show)
        elif kind == "code_inline":
            pieces.append(Piece("code", *place, token.content))
            show(MASK, start)
        elif kind == "html_inline":
            pieces.append(Piece("html", *place, token.content))
        elif kind == "footnote_ref":
            pieces.append(Piece("footnote", *place, str(token.meta["label"])))
        elif kind == "substitution_inline":
            pieces.append(Piece("substitution", *place, token.content))
            show(MASK, start)
        elif kind.startswith("math"):
            pieces.append(Piece("math", *place, token.content))
            show(MASK, start)
        elif kind.startswith("s_"):
            pieces.append(Piece("strikethrough", *place, raw))
        elif not event.markup:
            # Nothing that MyST loads ends here; an unknown construct is not prose.
            show(MASK, start)


def _role(name: str, content: str, start: int, end: int) -> Piece:
    title, target = split_role(content)
    if name in LITERAL_ROLES or name in TEXT_ROLES:
        title, target = None, content
    return Piece("role", start, end, target, name, title)


def _show_role(name: str, content: str, raw: str, start: int, show: Any) -> None:  # noqa: ANN401
    title, target = split_role(content)
    shown = ""
    if name in TEXT_ROLES and name not in _MASKED_TEXT_ROLES:
        shown = content
    elif name not in LITERAL_ROLES:
        # A term shows its text; other references without a title show no prose of ours.
        shown = title if title is not None else (target if name == "term" else "")
    at = raw.find(shown, raw.find("`")) if shown else -1
    if at < 0:
        show(MASK, start)
    else:
        show(shown, start + at, step=True)


# --- reStructuredText -----------------------------------------------------------------

_RST_INLINE = re.compile(
    r"""
      (?P<escape>\\.)
    | (?P<code>(?<![\w`])``(?=\S).*?(?<=\S)``(?!`))
    | (?P<role>(?<![\w`]):(?P<before>[a-zA-Z][\w.+:-]*):`(?=\S)(?P<rolecontent>(?:\\.|[^`\\])+?)`)
    | (?P<backrole>(?<![\w`])`(?=\S)(?P<backcontent>(?:\\.|[^`\\])+?)`:(?P<after>[a-zA-Z][\w.+:-]*):)
    | (?P<target>(?<![\w`])_`(?=\S)(?P<targettext>[^`]+)`)
    | (?P<link>(?<![\w`])`(?=\S)(?P<linktext>(?:\\.|[^`\\])+?)`__?(?!\w))
    | (?P<default>(?<![\w`])`(?=\S)(?P<defaulttext>(?:\\.|[^`\\])+?)`)
    | (?P<footnote>(?<!\w)\[(?P<label>[0-9]+|\#[\w.-]*|\*|[\w.:+-]+)\]_(?!\w))
    | (?P<substitution>(?<![\w|])\|(?=\S)(?P<name>[^|\n]+?)(?<=\S)\|(?P<linked>_{0,2}))
    | (?P<strong>\*\*(?=\S)|(?<=\S)\*\*)
    | (?P<emphasis>(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w))
    | (?P<named>(?<![\w`])(?P<refname>\w+(?:[-.:+]\w+)*)__?(?=$|[\s.,:;!?'")\]}>/\\-]))
    """,
    re.VERBOSE | re.DOTALL,
)

_RST_BLOCKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("directive", re.compile(r"^\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?[\w:.+-]+::", re.MULTILINE)),
    ("target", re.compile(r"^\.\.[ \t]+_|^__[ \t]", re.MULTILINE)),
    ("footnote_definition", re.compile(r"^\.\.[ \t]+\[", re.MULTILINE)),
    ("comment", re.compile(r"^\.\.(?:[ \t]|$)", re.MULTILINE)),
    ("bullet_list", re.compile(r"^[*+\-\u2022\u2023\u2043](?:[ \t]|$)", re.MULTILINE)),
    ("ordered_list", re.compile(
        r"^(?:[0-9]+|[a-zA-Z#]|[ivxlcdmIVXLCDM]+)[.)](?:[ \t]|$)"
        r"|^\((?:[0-9]+|[a-zA-Z#]|[ivxlcdmIVXLCDM]+)\)(?:[ \t]|$)", re.MULTILINE)),
    ("field_list", re.compile(r"^:(?![: ])(?:[^:\\\n]|\\.|:(?!(?:[ `]|$)))*(?<! ):(?: +|$)", re.MULTILINE)),
    ("option_list", re.compile(r"^(?:--?|/)\w[\w-]*(?:[ =]\S+)?(?:[ ]{2,}|$)", re.MULTILINE)),
    ("line_block", re.compile(r"^\|(?:[ \t]|$)", re.MULTILINE)),
    ("doctest", re.compile(r"^>>> ", re.MULTILINE)),
    ("table", re.compile(r"^\+[-=]+\+|^={2,}[ ]+={2,}", re.MULTILINE)),
    ("hr", re.compile(r"^([!-/:-@\[-`{-~])\1{3,}[ \t]*$", re.MULTILINE)),
    ("heading", re.compile(r"(?<=\n)([!-/:-@\[-`{-~])\1{2,}[ \t]*$", re.MULTILINE)),
    ("blockquote", re.compile(r"^[ \t]+\S", re.MULTILINE)),
    ("paragraph", re.compile(r"\n[ \t]*\n(?=[ \t]*\S)")),
)


def _rst_pieces(message: str) -> Iterator[tuple[re.Match[str], Piece | None]]:
    for found in _RST_INLINE.finditer(message):
        start, end = found.span()
        kind = found.lastgroup
        # lastgroup is the innermost named group; the outer one decides.
        kind = next(
            name
            for name in ("escape", "code", "role", "backrole", "target", "link", "default",
                         "footnote", "substitution", "strong", "emphasis", "named")
            if found[name] is not None
        )
        piece: Piece | None = None
        if kind == "code":
            piece = Piece("code", start, end, found[0][2:-2])
        elif kind == "role":
            piece = _role(found["before"], found["rolecontent"], start, end)
        elif kind == "backrole":
            piece = _role(found["after"], found["backcontent"], start, end)
        elif kind == "default":
            piece = Piece("role", start, end, found["defaulttext"], "title")
        elif kind == "target":
            piece = Piece("target", start, end, found["targettext"])
        elif kind == "link":
            title, target = split_role(found["linktext"])
            value = target if title is not None else f"{target}_"
            piece = Piece("link", start, end, value, title="")
        elif kind == "named":
            piece = Piece("link", start, end, f"{found['refname']}_", title="")
        elif kind == "footnote":
            label = found["label"]
            foot = label.isdigit() or label[0] in "#*"
            piece = Piece("footnote" if foot else "citation", start, end, label)
        elif kind == "substitution":
            piece = Piece("substitution", start, end, found["name"])
        yield found, piece


def _read_rst(message: str) -> Reading:
    pieces: list[Piece] = []
    visible: list[str] = []
    offsets: list[int] = []

    def show(string: str, at: int, *, step: bool = False) -> None:
        for i, character in enumerate(string):
            visible.append(character)
            offsets.append(at + i if step else at)

    cursor = 0
    for found, piece in _rst_pieces(message):
        show(message[cursor:found.start()].replace("\n", " "), cursor, step=True)
        cursor = found.end()
        if piece is not None:
            pieces.append(piece)
        if found["escape"]:
            if not found[0][1].isspace():
                show(found[0][1], found.start())
        elif piece is None:
            continue
        elif piece.kind == "role":
            content = found["rolecontent"] or found["backcontent"] or found["defaulttext"]
            _show_role(piece.name, content, found[0], found.start(), show)
        elif found["link"]:
            title, target = split_role(found["linktext"])
            show(title if title is not None else target, found.start("linktext"), step=True)
        elif found["named"]:
            show(found["refname"], found.start(), step=True)
        else:
            show(MASK, found.start())
    show(message[cursor:].replace("\n", " "), cursor, step=True)
    blocks: list[Block] = []
    for kind, pattern in _RST_BLOCKS:
        for match in pattern.finditer(message):
            if kind == "comment" and any(block.start == match.start() for block in blocks):
                continue  # already named as what it is
            blocks.append(Block(kind, match.start(), match[0].strip()))
    return Reading(message, tuple(pieces), tuple(blocks), "".join(visible), tuple(offsets))


def decoded(string: str) -> str:
    """Return a string with HTML character references decoded, however deep they nest."""
    for _ in range(4):
        further = html.unescape(string)
        if further == string:
            break
        string = further
    return string
