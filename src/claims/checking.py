"""A file of the book or of the lab in, findings out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from apparatus.session import Command as Typed
from apparatus.session import parse

from . import commands, manuscript, shell
from .findings import KINDS, Finding, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from .manuscript import Block, Expectation, Manuscript
    from .tables import Tables

#: Languages of blocks that are a terminal session, and that are a script.
SESSIONS = {"console", "session", "shell-session"}
SCRIPTS = {"sh", "bash", "shell"}


class Programs:
    """The programs of the tables, and names that look as if they were among them."""

    def __init__(self, tables: Tables) -> None:
        """Know the programs of *tables*."""
        self.tables = tables

    def __contains__(self, name: object) -> bool:
        """Say whether a call of *name* is to be checked."""
        return name in self.tables.programs or (
            isinstance(name, str) and commands.unknown_program(name, self.tables) is not None
        )


def check_shell(text: str, first_line: int, tables: Tables) -> Iterator[Trouble]:
    """Yield what is wrong with the commands in shell text."""
    found, broken = shell.calls(text, first_line, Programs(tables))
    for call in found:
        if call.program in tables.programs:
            yield from commands.check(call, tables)
        elif message := commands.unknown_program(call.program, tables):
            yield Trouble(call.line, "program", message, str(call))
    for line in broken:
        yield Trouble(line, "syntax", "this cannot be read as shell", text)


def check_mention(text: str, line: int, tables: Tables) -> Iterator[Trouble]:
    """Yield what is wrong with inline code that names a command.

    Arguments may be missing: ``qm start`` is a name, not a call.
    """
    text = re.sub(r"^[#$] ", "", text.strip())
    if text.split(" ", 1)[0].rsplit("/", 1)[-1] not in tables.programs:
        return
    found, _ = shell.calls(text, line, tables.programs)
    for call in found:
        for trouble in commands.check(call, tables, complete=False):
            yield Trouble(line, trouble.kind, trouble.message, trouble.about)


def check_block(block: Block, tables: Tables) -> Iterator[Trouble]:
    """Yield what is wrong with the commands of a code block."""
    language = block.argument if block.kind in {"fence", "code-block"} else ""
    first = block.lines[0][0] if block.lines else block.line
    if block.kind == "command" or language in SESSIONS:
        for typed in session(block):
            yield from check_shell(typed.text, first + typed.line, tables)
    elif language in SCRIPTS:
        # A script with prompts is a session under another name.
        if any(text.startswith(("# ", "$ ")) for _, text in block.lines) and not any(
            text.startswith("#!") for _, text in block.lines[:1]
        ):
            prompted = [t for t in session(block) if t.prompt == "$"]
            if prompted:
                for typed in prompted:
                    yield from check_shell(typed.text, first + typed.line, tables)
                return
        yield from check_shell(block.text, first, tables)


def session(block: Block) -> list[Typed]:
    """Return the commands of a block that is a terminal session."""
    lines = shell.plain_prompts([text for _, text in block.lines])
    return [part for part in parse(lines) if isinstance(part, Typed)]


def check_manuscript(read: Manuscript, tables: Tables) -> list[Finding]:
    """Return what is wrong with the commands of a Markdown file, expectations settled."""
    troubles: list[Trouble] = []
    for block in read.blocks:
        troubles.extend(check_block(block, tables))
    for span in read.spans:
        if span.code:
            troubles.extend(check_mention(span.text, span.line, tables))
    return settle(read.path, troubles, read.expectations)


def check_script(path: Path, text: str, tables: Tables) -> list[Finding]:
    """Return what is wrong with the commands of a script of the lab.

    ``# claims: expect KIND [TEXT] -- reason`` is for the next line.
    """
    expectations = []
    for number, line in enumerate(text.splitlines(), 1):
        comment = line.strip().removeprefix("#").strip()
        if line.strip().startswith("#") and comment.startswith("claims:"):
            expected = manuscript.expectation(comment, number)
            expected.first = expected.last = number + 1
            expectations.append(expected)
    return settle(path, check_shell(text, 1, tables), expectations)


def settle(
    path: Path, troubles: Iterable[Trouble], expectations: Sequence[Expectation]
) -> list[Finding]:
    """Return the findings that no expectation names, and the expectations that were not met."""
    findings = []
    for trouble in troubles:
        expected = [
            each
            for each in expectations
            if each.kind == trouble.kind
            and each.first <= trouble.line <= each.last
            and each.about in trouble.about
        ]
        for each in expected:
            each.met = True
        if not expected:
            findings.append(trouble.at(path))
    for each in expectations:
        if each.malformed:
            message = "write `claims: expect KIND [TEXT] -- reason`"
        elif each.kind not in KINDS:
            message = f"there is no finding {each.kind!r}; there are {', '.join(KINDS)}"
        elif not each.met:
            message = f"the next block has no finding {each.kind!r}{_about(each)}; take this out"
        else:
            continue
        findings.append(Finding(path, each.line, "expect", message))
    return sorted(findings)


def _about(expectation: Expectation) -> str:
    return f" about {expectation.about!r}" if expectation.about else ""
