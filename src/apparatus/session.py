"""What is typed and what is printed: a shell session, line by line.

Nothing here knows Sphinx.  A session is the body of a ``command`` block: a
line that begins with ``# `` (root) or ``$ `` (an ordinary user) is a command,
and so are the lines that continue it; every other line was printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pygments.lexer import Lexer
from pygments.lexers.shell import BashLexer
from pygments.token import Generic, _TokenType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROMPTS = ("# ", "$ ")
_HERE_DOCUMENT = re.compile(r"<<(-?)\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\2")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a session.

    Attributes:
        prompt: ``#`` for root, ``$`` for an ordinary user.
        lines: as typed, without the prompt; continuation lines and
            here-documents included.
        line: of its first line in the session, counted from 0.
    """

    prompt: str
    lines: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """The command as it is typed."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Printed:
    """One line of output; ``line`` counts from 0."""

    text: str
    line: int


def parse(lines: Sequence[str]) -> Iterator[Command | Printed]:
    """Tell the commands of a session from what they print.

    Args:
        lines: of the session, without line ends.
    """
    number = 0
    while number < len(lines):
        first = lines[number]
        if not first.startswith(PROMPTS):
            yield Printed(first, number)
            number += 1
            continue
        length = _length(lines[number:])
        typed = (first[2:], *lines[number + 1 : number + length])
        yield Command(first[0], typed, number)
        number += length


def _length(lines: Sequence[str]) -> int:
    """Return how many of the lines the command takes that begins the first."""
    length = 1
    while lines[length - 1].endswith("\\") and length < len(lines):
        length += 1
    for dash, _quote, end in _HERE_DOCUMENT.findall("\n".join(lines[:length])):
        for line in lines[length:]:
            length += 1
            if (line.lstrip("\t") if dash else line) == end:
                break
    return length


class SessionLexer(Lexer):
    """Colours a session: prompts (``gp``), commands as Bash, output (``go``)."""

    name = "Shell session of the book"
    url = ""
    aliases: ClassVar = ["session"]
    filenames: ClassVar[list[str]] = []

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield (index, token, text) over the whole session."""
        bash = BashLexer(**self.options)
        position = 0
        for part in parse(text.removesuffix("\n").split("\n")):
            if isinstance(part, Printed):
                yield position, Generic.Output, f"{part.text}\n"
                position += len(part.text) + 1
                continue
            yield position, Generic.Prompt, f"{part.prompt} "
            position += 2
            typed = f"{part.text}\n"
            for index, token, value in bash.get_tokens_unprocessed(typed):
                yield position + index, token, value
            position += len(typed)
