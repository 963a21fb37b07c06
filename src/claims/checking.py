"""A file of the book or of the lab in, findings out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apparatus.session import Command as Typed
from apparatus.session import parse
from figures.drawing import SVG, DrawingError
from figures.drawing import parse as parse_drawing
from lab import files

from . import agreement, answers, commands, configs, manuscript, outputs, shell
from .findings import KINDS, LAB_KINDS, Finding, Trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from lab import Lab

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


def check_config(block: Block, tables: Tables) -> Iterator[Trouble]:
    """Yield what is wrong with an excerpt whose caption names a file of Proxmox VE."""
    if block.kind == "code-block" and (kind := configs.kind_of(block.options.get("caption", ""))):
        yield from configs.check(kind, block.lines, tables)


def printed(read: Manuscript) -> Iterator[tuple[list[str], list[tuple[int, str]]]]:
    """Yield what is printed in a manuscript, with the commands that may have printed it.

    In a ``command`` block it is the command above; an ``output`` block
    belongs to the commands of the last ``command`` block before it.
    """
    typed: list[str] = []
    for block in read.blocks:
        if block.kind == "output":
            yield typed, list(block.lines)
        elif block.kind == "command":
            typed = []
            first = block.lines[0][0] if block.lines else block.line
            lines: list[tuple[int, str]] = []
            for part in parse([text for _, text in block.lines]):
                if isinstance(part, Typed):
                    if lines:
                        yield typed[-1:], lines
                    typed.append(part.text)
                    lines = []
                else:
                    lines.append((first + part.line, part.text))
            if lines:
                yield typed[-1:], lines


def check_printed(
    typed: Sequence[str], lines: list[tuple[int, str]], tables: Tables | None
) -> Iterator[Trouble]:
    """Yield what is wrong with output that *typed* printed.

    Of several commands it is not known which printed what; only heads are told then.
    """
    if len(typed) > 1:
        yield from outputs.check_heads(typed, lines)
        return
    for command in typed:
        yield from outputs.check(command, lines)
        kind = shown(command)
        if tables is not None and kind is not None:
            yield from configs.check(kind, lines, tables)


def shown(command: str) -> str | None:
    """Return what the file is that a command shows as it is."""
    words = command.split()
    if words[:2] in (["qm", "config"], ["pct", "config"]) and "|" not in words:
        return f"{words[0]}.conf"
    if words[:1] == ["cat"] and len(words) == 2:  # noqa: PLR2004 - cat and one file
        return configs.kind_of(words[1])
    return None


def session(block: Block) -> list[Typed]:
    """Return the commands of a block that is a terminal session."""
    lines = shell.plain_prompts([text for _, text in block.lines])
    return [part for part in parse(lines) if isinstance(part, Typed)]


@dataclass(frozen=True)
class Checker:
    """What there is to check against.

    Attributes:
        tables: of Proxmox VE, None where they are missing.
        lab: the data of the lab, None for a book without one.
        answers: the schema of answer files, None where it is missing.
    """

    tables: Tables | None = None
    lab: Lab | None = None
    answers: dict[str, Any] | None = None

    @property
    def judged(self) -> set[str]:
        """The kinds of finding that can be made."""
        kinds = set(KINDS)
        if self.tables is None:
            kinds &= LAB_KINDS | {"output"}
        if self.lab is None:
            kinds -= LAB_KINDS
        return kinds

    def manuscript(self, read: Manuscript) -> list[Finding]:
        """Return what is wrong in a Markdown file, expectations settled."""
        troubles: list[Trouble] = []
        if self.tables is not None:
            for block in read.blocks:
                troubles.extend(check_block(block, self.tables))
                troubles.extend(check_config(block, self.tables))
            for span in read.spans:
                if span.code:
                    troubles.extend(check_mention(span.text, span.line, self.tables))
        for typed, lines in printed(read):
            troubles.extend(check_printed(typed, lines, self.tables))
        if self.lab is not None:
            troubles.extend(agreement.check_lines(read.lines, self.lab))
            if self.tables is not None:
                for text, line in shell_texts(read):
                    troubles.extend(agreement.check_calls(text, line, self.tables, self.lab))
        return settle(read.path, _once(troubles), read.expectations, self.judged)

    def lab_file(self, path: Path, text: str, name: str = "") -> list[Finding]:
        """Return what is wrong in a file of the lab.

        *name* is the machine and the place on it: ``pve1/etc/hosts``.

        ``# claims: expect KIND [TEXT] -- reason`` (or with the comment sign of
        the file) is for the next line.
        """
        troubles: list[Trouble] = []
        lines = list(enumerate(text.splitlines(), 1))
        script = path.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", text)
        if script and self.tables is not None:
            troubles.extend(check_shell(text, 1, self.tables))
        if self.tables is not None and (kind := configs.kind_of(path.as_posix())):
            troubles.extend(configs.check(kind, lines, self.tables))
        if self.answers is not None and answers.is_answer(name):
            troubles.extend(answers.check(text, self.answers))
        if self.lab is not None:
            troubles.extend(Trouble(*flaw) for flaw in files.check(name, text, self.lab))
            troubles.extend(agreement.check_lines(lines, self.lab))
            if script and self.tables is not None:
                troubles.extend(agreement.check_calls(text, 1, self.tables, self.lab))
        expectations = []
        for number, line in lines:
            match = _COMMENT.match(line)
            if match:
                expected = manuscript.expectation(match[1].strip(), number)
                expected.first = expected.last = number + 1
                expectations.append(expected)
        return settle(path, _once(troubles), expectations, self.judged)

    def drawing(self, path: Path, data: bytes) -> list[Finding]:
        """Return where the labels of a figure disagree with the lab."""
        if self.lab is None:
            return []
        try:
            labels = [
                (element.sourceline or 1, " ".join("".join(element.itertext()).split()))
                for element in parse_drawing(data).iter(f"{SVG}text", f"{SVG}title", f"{SVG}desc")
            ]
        except DrawingError:
            return []  # `figures` reports it
        return settle(path, _once(agreement.check_lines(labels, self.lab)), [])


_COMMENT = re.compile(r"\s*(?:#+|//|;|<!--|--)\s*(claims:.*?)(?:-->)?\s*$")


def _once(troubles: Iterable[Trouble]) -> list[Trouble]:
    """Return the troubles without those that two checks told alike."""
    seen: dict[tuple[int, str, str], Trouble] = {}
    for each in troubles:
        seen.setdefault((each.line, each.kind, each.message), each)
    return list(seen.values())


def shell_texts(read: Manuscript) -> Iterator[tuple[str, int]]:
    """Yield the shell text of a Markdown file: text and line."""
    for block in read.blocks:
        language = block.argument if block.kind in {"fence", "code-block"} else ""
        first = block.lines[0][0] if block.lines else block.line
        if block.kind == "command" or language in SESSIONS:
            for typed in session(block):
                yield typed.text, first + typed.line
        elif language in SCRIPTS:
            yield block.text, first
    for span in read.spans:
        if span.code:
            yield re.sub(r"^[#$] ", "", span.text.strip()), span.line


def settle(
    path: Path,
    troubles: Iterable[Trouble],
    expectations: Sequence[Expectation],
    judged: Collection[str] = KINDS,
) -> list[Finding]:
    """Return the findings that no expectation names, and the expectations that were not met.

    Args:
        path: the file.
        troubles: what was found in it.
        expectations: what it says will be found.
        judged: the kinds that could have been found.
    """
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
        elif not each.met and each.kind in judged:
            message = f"the next block has no finding {each.kind!r}{_about(each)}; take this out"
        else:
            continue
        findings.append(Finding(path, each.line, "expect", message))
    return sorted(findings)


def _about(expectation: Expectation) -> str:
    return f" about {expectation.about!r}" if expectation.about else ""
