"""``docs/verification.md``: what the book claims, and what was done about each claim.

``python -m claims.verification`` counts the claims of every chapter, runs the
tools on the files of the lab, and writes which ran in which version.  What
could not be run is said to be not run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from apparatus.session import Command as Typed
from apparatus.session import parse
from lab import LabError
from lab import load as load_lab
from lab.files import rules
from lab.tools import TOOLS

from . import answers, checking, configs, experiments, manuscript, outputs, shell
from .tables import Tables, TablesError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lab import Lab

    from .manuscript import Block, Manuscript

EXTENSIONS = ("attrs_block", "attrs_inline", "colon_fence", "deflist", "fieldlist", "substitution")

#: What nothing here checks.
READING = """\
- The book's statements about behaviour, and the steps in the Web UI, were read against the
  documentation and the sources; no Proxmox VE node was at hand.
- Expected output was derived, not recorded: each block says from what (`source`, `docs`,
  `debian`); only `run` was obtained by running the named tool.
- The lab as a whole (nested virtualization) was not brought up.  Its network was, with
  Debian's ifupdown2 in place of Proxmox VE's.
"""

RUN = """\
`make test` runs them, and fails where one fails or lacks a program (those that need root
are left out without it, but not in continuous integration); `make verification` does not
run them again.  Machines that they start are made of the Debian named at the top.
"""

AGREEMENT = """\
Addresses, host names, VMIDs, VLAN tags, storages and machines in every line of the text, of
the figures and of the lab's files are those of `source/lab/lab.yaml`.
"""


@dataclass
class Chapter:
    """What is counted in one document."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)
    findings: int = 0


def count(read: Manuscript, name: str, checker: checking.Checker) -> Chapter:
    """Count the claims of one document."""
    chapter = Chapter(name, findings=len(checker.manuscript(read)))
    for block in read.blocks:
        _count_block(block, chapter, checker.tables)
    for typed, lines in checking.printed(read):
        known = len(typed) == 1 and outputs.known(typed[0]) is not None
        shown = len(typed) == 1 and checking.shown(typed[0]) is not None
        if shown and checker.tables is not None:
            chapter.counts["excerpts"] += 1
        chapter.counts["formats" if known or shown else "other output"] += bool(lines)
    if checker.tables is not None:
        programs = checker.tables.programs
        for span in read.spans:
            if span.code and shell.calls(span.text, span.line, programs)[0]:
                chapter.counts["mentions"] += 1
    return chapter


def _count_block(block: Block, chapter: Chapter, tables: Tables | None) -> None:
    if block.kind == "command":
        for part in parse([text for _, text in block.lines]):
            if isinstance(part, Typed):
                calls = shell.calls(part.text, 1, tables.programs)[0] if tables else []
                chapter.counts["calls"] += len(calls)
                chapter.counts["other commands"] += not calls
    elif block.kind == "output":
        chapter.origins[block.options.get("from", "?").partition(":")[0]] += 1
    elif block.kind == "labfile":
        chapter.counts["files"] += 1
        chapter.shown.append(block.argument)
    elif block.kind == "code-block" and configs.kind_of(block.options.get("caption", "")):
        chapter.counts["excerpts"] += tables is not None


def files_report(folder: Path, checker: checking.Checker) -> list[tuple[str, list[str]]]:
    """Return for each file of the lab by what it was checked, and with which result."""
    report = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder).as_posix()
        said = [_asked(tool, path) for tool, each in TOOLS.items() if each.reads(name)]
        if checker.tables is not None and configs.kind_of(name):
            said.append("tables of Proxmox VE")
        if checker.answers is not None and answers.is_answer(name):
            said.append("schema of the installer")
        if checker.lab is not None and rules(name):
            said.append("rules of our own")
        report.append((name, said))
    return report


def _asked(tool: str, path: Path) -> str:
    version = TOOLS[tool].installed
    if not version:
        return f"{tool}: NOT RUN, it is not installed"
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary, "files")
        shutil.copytree(path.parent, copy)
        said = TOOLS[tool].says(copy / path.name)
    return f"{tool} {version}" + (": REFUSED" if said else "")


COLUMNS = [
    ("calls", "calls against the tables"),
    ("mentions", "mentions against the tables"),
    ("other commands", "other commands, by reading"),
    ("formats", "output in a known format"),
    ("other output", "other output, by reading"),
    ("excerpts", "excerpts against the tables"),
    ("files", "files of the lab shown"),
]


def document(
    chapters: list[Chapter],
    report: list[tuple[str, list[str]]],
    checker: checking.Checker,
    commit: str,
) -> str:
    """Return ``docs/verification.md``."""
    tables = checker.tables.source if checker.tables else "NOT RUN: the tables are missing"
    schema = "the schema beside the tables" if checker.answers else "NOT RUN: no schema"
    lines = [
        "# What was verified, and how",
        "",
        f"Written by `make verification` from commit {commit}. Do not edit it.",
        "",
        "## Against what",
        "",
        "| What | Version |",
        "|---|---|",
        f"| command line, API and configuration files of Proxmox VE, as tables | {tables} |",
        f"| keys of the answer file of the installer | {schema} |",
    ]
    lines.append(f"| Debian of the tools and of the tests' machines | {experiments.debian()} |")
    for tool, each in TOOLS.items():
        lines.append(f"| {tool} | {each.installed or 'NOT RUN: not installed'} |")
    lines += ["", "## Chapter by chapter", ""]
    lines.append(f"| Document | {' | '.join(head for _, head in COLUMNS)} | findings |")
    lines.append("|---|" + "--:|" * (len(COLUMNS) + 1))
    total: Counter[str] = Counter()
    for chapter in chapters:
        total += chapter.counts
        figures = " | ".join(str(chapter.counts[key]) for key, _ in COLUMNS)
        lines.append(f"| {chapter.name} | {figures} | {chapter.findings} |")
    figures = " | ".join(str(total[key]) for key, _ in COLUMNS)
    lines.append(f"| all | {figures} | {sum(each.findings for each in chapters)} |")
    lines += ["", *_ran(chapters, dict(report))]
    origins = ", ".join(f"{kind} {number}" for kind, number in sorted(_origins(chapters).items()))
    lines += ["", AGREEMENT, f"What expected output stems from: {origins}.", ""]
    lines += ["## Files of the lab", "", "| File | Checked by |", "|---|---|"]
    for name, said in report:
        tested = [f"tested by `tests/{each.test}`" for each in experiments.of_file(name)]
        lines.append(f"| `{name}` | {'; '.join(said + tested) or 'reading only'} |")
    lines += ["", "## What the tests run", "", RUN]
    lines += ["| Test | For | What it shows | Programs here |", "|---|---|---|---|"]
    for test in experiments.EXPERIMENTS:
        about = ", ".join(test.documents)
        lines.append(
            f"| `tests/{test.test}` | {about} | {test.shows} | {test.versions or 'none'} |"
        )
    lines += ["", "## By reading only", "", READING]
    return "\n".join(lines)


def _ran(chapters: list[Chapter], report: dict[str, list[str]]) -> list[str]:
    """Return a table of what was run for each document, and what of its files was only read."""
    lines = ["| Document | tests that run it | tools that read its files | files only read |"]
    lines.append("|---|---|---|--:|")
    for chapter in chapters:
        tests = [f"`{each.test}`" for each in experiments.of_document(chapter.name)]
        files = list(dict.fromkeys(chapter.shown))
        tools = sorted({tool for name in files for tool in report.get(name, [])})
        read = sum(not report.get(name) and not experiments.of_file(name) for name in files)
        if tests or files:
            tested, asked = ", ".join(tests) or "none", "; ".join(tools) or "none"
            lines.append(f"| {chapter.name} | {tested} | {asked} | {read} |")
    return lines


def _origins(chapters: list[Chapter]) -> Counter[str]:
    return sum((each.origins for each in chapters), Counter())


def documents(source: Path) -> Iterable[Path]:
    """Return the Markdown files of the book."""
    return sorted(source.rglob("*.md"), key=lambda path: (path.parent != source, path))


def main(arguments: list[str] | None = None) -> int:
    """Write the document; return the exit status."""
    parser = argparse.ArgumentParser(prog="claims.verification", description=__doc__)
    parser.add_argument("source", type=Path, help="the documents")
    parser.add_argument("tables", type=Path, help="the tables, where PVE_TABLES names none")
    parser.add_argument("out", type=Path, help="the file to write")
    options = parser.parse_args(arguments)
    folder = Path(os.environ.get("PVE_TABLES") or options.tables)
    try:
        lab: Lab | None = load_lab(options.source / "lab" / "lab.yaml")
    except LabError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what a command is for
        return 1
    try:
        tables: Tables | None = Tables.load(folder)
    except TablesError:
        tables = None
    checker = checking.Checker(tables, lab, answers.load(folder))
    chapters = []
    for path in documents(options.source):
        read = manuscript.read(path, path.read_text(encoding="utf-8"), EXTENSIONS)
        chapters.append(count(read, path.relative_to(options.source).as_posix(), checker))
    report = files_report(options.source / "lab" / "files", checker)
    commit = _commit(options.source)
    text = document(chapters, report, checker, commit)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(f"{options.out}: {len(chapters)} documents, {len(report)} files")  # noqa: T201
    refused = [name for name, said in report if any("REFUSED" in each for each in said)]
    for name in refused:
        print(f"{name}: refused by a tool", file=sys.stderr)  # noqa: T201
    return 1 if refused else 0


def _commit(folder: Path) -> str:
    """Return the name of the commit, with ``-dirty`` behind it where the text is not it."""
    git = shutil.which("git")
    if git is None:
        return "(unknown)"
    command = [git, "-C", str(folder), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "(none)"


if __name__ == "__main__":
    sys.exit(main())
