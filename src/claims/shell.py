"""Shell text in, calls of programs out, each with its line.

The grammar is tree-sitter's: quotes, continuation lines, pipes, loops,
substitutions and here-documents are its business.  Here is only what a book
adds: prompts, placeholders, and programs that start other programs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from tree_sitter import Node, Parser

#: Programs whose arguments are a command: the first word that is a known program begins it.
STARTERS = {
    "chronic", "command", "env", "exec", "flock", "nice", "ionice", "nohup", "ssh", "strace",
    "sudo", "systemd-run", "time", "timeout", "watch", "xargs",
}  # fmt: skip
#: Programs one of whose arguments is shell text.
SHELLS = {"bash", "sh", "ssh", "watch", "su"}

# <vmid>, <VM の番号>; not `<in >out`, `<<EOF`, `<(…)`.
_PLACEHOLDER = re.compile(r"(?<![<\d])<(?=[^\s<>()&|;=])([^<>()&|;=\n]{1,60})(?<=[^\s])>")
_OPEN, _CLOSE, _SPACE = "\ue000", "\ue001", "\ue002"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command, quotes taken away.

    ``fixed`` is false where the shell or the reader fills something in.
    """

    text: str
    line: int
    fixed: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A program and its arguments.

    ``partial`` is true where another program adds arguments (``xargs``).
    """

    program: str
    words: tuple[Word, ...]
    line: int
    partial: bool = False

    def __str__(self) -> str:
        """Return the call as a reader would type it."""
        return " ".join((self.program, *(word.text for word in self.words)))


_PROMPT = re.compile(r"[\w-]+@[\w.-]+:[^\s#$]*(?P<sign>[#$])\s?")


def plain_prompts(lines: Sequence[str]) -> list[str]:
    """Return the lines with full prompts (``root@pve1:~# ``) cut down to ``# ``."""
    return [_PROMPT.sub(r"\g<sign> ", line, count=1) for line in lines]


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def calls(text: str, first_line: int, programs: Container[str]) -> tuple[list[Call], list[int]]:
    """Return the calls of *programs* in shell text, and the lines that are no shell.

    Args:
        text: one command or a whole script.
        first_line: the line on which *text* begins.
        programs: what to look for; also behind ``sudo``, ``ssh node …`` and the like.
    """
    marked = _PLACEHOLDER.sub(lambda match: _OPEN + match[1].replace(" ", _SPACE) + _CLOSE, text)
    root = _parser().parse(marked.encode()).root_node
    found: list[Call] = []
    for node in _descendants(root, "command"):
        found.extend(_called(node, first_line, programs))
    broken = sorted(
        {first_line + node.start_point[0] for node in _errors(root)} if root.has_error else set()
    )
    return found, broken


def _descendants(node: Node, kind: str) -> Iterator[Node]:
    for child in node.children:
        if child.type == kind:
            yield child
        yield from _descendants(child, kind)


def _errors(node: Node) -> Iterator[Node]:
    if node.type == "ERROR" or node.is_missing:
        yield node
        return
    for child in node.children:
        if child.has_error:
            yield from _errors(child)


def _called(node: Node, first_line: int, programs: Container[str]) -> Iterator[Call]:
    words = []
    for child in node.children:
        if child.type == "command_name":
            words.append(_word(child.children[0], first_line))
        elif words and child.is_named and child.type not in _NO_ARGUMENTS:
            words.append(_word(child, first_line))
    if not words:
        return
    name = words[0].text.rsplit("/", 1)[-1]
    if name in programs:
        yield Call(name, tuple(words[1:]), words[0].line)
    elif name in STARTERS | SHELLS:
        yield from _started(name, words[1:], programs)


_NO_ARGUMENTS = {"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect"}


def _started(starter: str, words: list[Word], programs: Container[str]) -> Iterator[Call]:
    """Yield what ``sudo`` and ``ssh`` start."""
    for index, word in enumerate(words):
        name = word.text.rsplit("/", 1)[-1]
        if name in programs and starter in STARTERS:
            yield Call(name, tuple(words[index + 1 :]), word.line, partial=starter == "xargs")
            return
        if " " in word.text and starter in SHELLS:
            yield from calls(word.text, word.line, programs)[0]


def _word(node: Node, first_line: int) -> Word:
    text, fixed = _text(node)
    # Quotes that hold a line break are not a word's business; the first line counts.
    line = first_line + node.start_point[0]
    if _OPEN in text or _CLOSE in text:
        fixed = False
        text = text.replace(_OPEN, "<").replace(_CLOSE, ">").replace(_SPACE, " ")
    return Word(text, line, fixed)


def _text(node: Node) -> tuple[str, bool]:
    raw = (node.text or b"").decode()
    if node.type in {"word", "number", "string_content", "variable_name"}:
        return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL), True
    if node.type == "raw_string":
        return raw[1:-1], True
    if node.type == "string":
        inner = [child for child in node.children if child.type != '"']
        parts = [_text(child) for child in inner]
        return "".join(part for part, _ in parts), all(fixed for _, fixed in parts)
    if node.type == "concatenation":
        parts = [_text(child) for child in node.children]
        text = "".join(part for part, _ in parts)
        return text, all(fixed for _, fixed in parts) and not re.search(r"\{.*[,.].*\}", text)
    return raw, False
