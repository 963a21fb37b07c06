"""Markdown in; code blocks and inline code out, each with its line.

The text is parsed as MyST parses it, directives within directives included,
but nothing is built: a check of the source says the same for every edition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: Directives whose content is not Markdown.
VERBATIM = {
    "code", "code-block", "sourcecode", "command", "output", "labfile", "literalinclude",
    "index", "toctree", "raw", "math", "eval-rst", "image", "include", "csv-table", "labarchive",
}  # fmt: skip

_DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]+)\}\s*(?P<argument>.*)", re.DOTALL)
_OPTION = re.compile(r":(?P<name>[\w-]+):\s*(?P<value>.*)")
_EXPECT = re.compile(
    r"claims:\s*expect\s+(?P<kind>[a-z]+)(?:\s+(?P<about>.*?))?\s+--\s+(?P<reason>\S.*)"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block.

    Attributes:
        kind: the directive, or ``fence`` for a plain one.
        argument: of the directive, or the language of a plain fence.
        options: of the directive.
        lines: number and text of each line of the content.
        line: on which it begins.
    """

    kind: str
    argument: str
    options: dict[str, str]
    lines: tuple[tuple[int, str], ...]
    line: int

    @property
    def text(self) -> str:
        """The content."""
        return "\n".join(text for _, text in self.lines)


@dataclass(frozen=True, slots=True)
class Span:
    """Inline code, or a run of prose; ``code`` tells which."""

    text: str
    line: int
    code: bool = True


@dataclass(slots=True)
class Expectation:
    """``% claims: expect KIND [TEXT] -- reason``: for the next block.

    Attributes:
        kind: of the expected finding.
        about: text that the finding must be about; empty for any.
        line: of the comment.
        first: first line of the block it is for.
        last: last line of it.
        malformed: it cannot be read.
        met: a finding was expected by it.
    """

    kind: str
    about: str
    line: int
    first: int = 0
    last: int = 0
    malformed: bool = False
    met: bool = False


@dataclass(slots=True)
class Manuscript:
    """What is to be checked in one Markdown file."""

    path: Path
    lines: list[tuple[int, str]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)


def read(path: Path, text: str, extensions: Sequence[str] = ()) -> Manuscript:
    """Return the code of a Markdown file.

    Args:
        path: where the text is from.
        text: the Markdown.
        extensions: ``myst_enable_extensions`` of the project.
    """
    # A comment is not read by anyone who reads the book.
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if not line.lstrip().startswith("%")
    ]
    manuscript = Manuscript(path, lines)
    _parse(text, 0, _parser(tuple(sorted(extensions))), manuscript)
    return manuscript


@cache
def _parser(extensions: tuple[str, ...]) -> MarkdownIt:
    config = MdParserConfig(enable_extensions=set(extensions))
    return create_md_parser(config, RendererHTML)


def _parse(text: str, offset: int, parser: MarkdownIt, into: Manuscript) -> None:
    """Collect what *text* holds; its first line is line *offset* + 1 of the file."""
    pending: list[Expectation] = []
    row = 0
    for token in parser.parse(text):
        begin = token.map[0] if token.map else row
        row = begin
        if token.type == "myst_line_comment":
            pending.extend(_expectations(token, offset + begin))
            continue
        if pending and token.map and token.type != "myst_target":
            for expectation in pending:
                expectation.first = offset + begin + 1
                expectation.last = offset + token.map[1]
            into.expectations.extend(pending)
            pending = []
        if token.type in {"fence", "colon_fence", "code_block"}:
            _fence(token, offset + begin, parser, into)
        elif token.type == "inline":
            into.spans.extend(_spans(token, offset + begin + 1))
    into.expectations.extend(pending)


def _expectations(token: Token, begin: int) -> Iterator[Expectation]:
    for number, line in enumerate(token.content.split("\n"), begin + 1):
        comment = line.strip().lstrip("%").strip()
        if not comment.startswith("claims:"):
            continue
        yield expectation(comment, number)


def expectation(comment: str, line: int) -> Expectation:
    """Return the expectation that a comment (without its sign) states."""
    if match := _EXPECT.fullmatch(comment):
        return Expectation(match["kind"], match["about"] or "", line)
    return Expectation("", "", line, malformed=True)


def _fence(token: Token, begin: int, parser: MarkdownIt, into: Manuscript) -> None:
    info = token.info.strip()
    directive = _DIRECTIVE.fullmatch(info)
    # The content begins under the fence; an indented block has no fence.
    first = begin + (1 if token.type == "code_block" else 2)
    lines = list(enumerate(token.content.removesuffix("\n").split("\n"), first))
    if directive is None:
        language = info.split()[0] if info else ""
        into.blocks.append(Block("fence", language, {}, tuple(lines), begin + 1))
        return
    options, lines = _options(lines)
    name, argument = directive["name"], directive["argument"].strip()
    into.blocks.append(Block(name, argument, options, tuple(lines), begin + 1))
    if argument and name not in VERBATIM:
        into.spans.extend(
            span for each in parser.parse(argument) for span in _spans(each, begin + 1)
        )
    if "risk" in options:
        into.spans.append(Span(options["risk"], begin + 2, code=False))
    if lines and name not in VERBATIM:
        _parse("\n".join(text for _, text in lines), lines[0][0] - 1, parser, into)


def _options(lines: list[tuple[int, str]]) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Part the options at the head of a directive from its content."""
    options: dict[str, str] = {}
    index = 0
    if lines and lines[0][1].strip() == "---":
        end = next((i for i, (_, text) in enumerate(lines[1:], 1) if text.strip() == "---"), 0)
        for _, text in lines[1:end]:
            name, _, value = text.partition(":")
            options[name.strip()] = value.strip()
        index = end + 1
    else:
        while index < len(lines) and (match := _OPTION.fullmatch(lines[index][1].strip())):
            options[match["name"]] = match["value"]
            index += 1
    while index < len(lines) and not lines[index][1].strip():
        index += 1
    return options, lines[index:]


def _spans(token: Token, line: int) -> Iterator[Span]:
    """Yield inline code and prose of one paragraph, heading or cell."""
    for child in token.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            line += 1
        elif child.type == "code_inline":
            yield Span(child.content, line)
        elif child.type == "text":
            yield Span(child.content, line, code=False)
        elif child.type == "myst_role":
            name = child.meta.get("name", "")
            # A reference's text is a label or a term, not something to type.
            yield Span(child.content, line, code=name in {"command", "code", "literal"})
        elif child.type == "image":
            yield Span(child.content, line, code=False)
