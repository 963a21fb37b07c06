"""``terms-fix``: put the preferred forms in place where no one has to think.

The findings of the ``terminology`` builder that carry a replacement are
rewritten in their files.  What stands in the file must be exactly what was
found: a form that a line break or emphasis divides is left to a person.

One replacement may make another one possible (有償版レポジトリ becomes
有償版リポジトリ, which is avoided too): the project is asked again until nothing
is left to do, so that a second call changes nothing.  A dry run shows the
first round.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

#: No chain of replacements is as long; one that never ends would be a fault of ours.
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: line and column from 1, what stands there, what shall."""

    line: int
    column: int
    surface: str
    replacement: str


def edits(records: Iterable[dict[str, Any]]) -> dict[str, list[Edit]]:
    """Return the edits by file that the lines of ``output.json`` allow."""
    result: dict[str, list[Edit]] = {}
    for record in records:
        if record["kind"] == "variant" and record["replacement"]:
            edit = Edit(
                record["lineno"], record["column"], record["surface"], record["replacement"]
            )
            result.setdefault(record["filename"], []).append(edit)
    return result


def applied(text: str, wanted: Iterable[Edit]) -> tuple[str, list[Edit]]:
    """Return *text* with the edits made, and the edits that could not be made."""
    lines = text.split("\n")
    left: list[Edit] = []
    for edit in sorted(set(wanted), key=lambda e: (e.line, e.column), reverse=True):
        index, start = edit.line - 1, edit.column - 1
        line = lines[index] if index < len(lines) else ""
        if line[start : start + len(edit.surface)] != edit.surface:
            left.append(edit)
            continue
        lines[index] = line[:start] + edit.replacement + line[start + len(edit.surface) :]
    return "\n".join(lines), left[::-1]


def diff(name: str, before: str, after: str) -> Iterator[str]:
    """Yield the lines of the unified diff of one file."""
    yield from difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )


@dataclass(frozen=True, slots=True)
class Round:
    """What one round made: texts before and after by file, what was left, how many."""

    texts: dict[Path, tuple[str, str, str]]
    left: list[tuple[str, Edit]]
    made: int


def rewritten(roots: Sequence[Path], records: Iterable[dict[str, Any]]) -> Round:
    """Return what the edits make of the files; nothing is written.

    *roots* are the folders that a name may start from: that of the sources,
    and that of the project, from which the names of catalogs start.
    """
    texts: dict[Path, tuple[str, str, str]] = {}
    left: list[tuple[str, Edit]] = []
    made = 0
    for name, wanted in sorted(edits(records).items()):
        folders = reversed(roots) if name.endswith(".po") else roots
        path = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if path is None:
            left.extend((name, edit) for edit in wanted)
            continue
        # newline="" keeps the line ends of the file as they are.
        with path.open(encoding="utf-8", newline="") as stream:
            before = stream.read()
        mark = "\ufeff" if before.startswith("\ufeff") else ""
        after, undone = applied(before.removeprefix(mark), _written(name, wanted))
        texts[path] = name, before, mark + after
        left.extend((name, edit) for edit in undone)
        made += len(set(wanted)) - len(undone)
    return Round(texts, left, made)


def _written(name: str, wanted: Iterable[Edit]) -> Iterator[Edit]:
    """Yield the edits with their replacement as the format of the file wants it."""
    for edit in wanted:
        text = edit.replacement
        if name.endswith(".po"):
            text = text.replace("\\", "\\\\").replace('"', '\\"')
        elif name.endswith(".svg"):
            text = escape(text)
        yield replace(edit, replacement=text)


def fix(roots: Sequence[Path], ask: Callable[[], list[dict[str, Any]]], *, dry: bool) -> int:
    """Make the edits until none is left, print the diff, and return how many were made.

    *ask* returns the findings of the project as it stands.
    """
    first: dict[Path, tuple[str, str]] = {}
    last: dict[Path, str] = {}
    made = 0
    for _ in range(_ROUNDS):
        done = rewritten(roots, ask())
        made += done.made
        for path, (name, before, after) in done.texts.items():
            first.setdefault(path, (name, before))
            last[path] = after
            if not dry and after != before:
                with path.open("w", encoding="utf-8", newline="") as stream:
                    stream.write(after)
        if dry or not done.made:
            break
    for path, (name, before) in first.items():
        for line in diff(name, before, last[path]):
            sys.stdout.write(line if line.endswith("\n") else f"{line}\n")
    for name, edit in done.left:
        sys.stdout.write(
            f"{name}:{edit.line}:{edit.column}: {edit.surface!r} is divided by markup or a "
            f"line break: write {edit.replacement!r} yourself\n"
        )
    return made


def find(source: Path, configuration: Path, language: str = "") -> list[dict[str, Any]]:
    """Run the ``terminology`` builder and return its findings.

    Raises:
        SystemExit: the build failed, or nothing could be checked.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sphinx", "-q", "-b", "terminology"]
        command += ["-c", str(configuration), str(source), folder]
        if language:
            command += ["-D", f"language={language}"]
        # What this process can import, the build can.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        output = Path(folder) / "output.json"
        if not output.is_file():
            sys.stderr.write(done.stderr)
            raise SystemExit(done.returncode or 2)
        lines = output.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        if any(record["kind"] in {"glossary", "morphology"} for record in records):
            sys.stderr.write(done.stderr)
            raise SystemExit(2)
        return records


def main(argv: Sequence[str] | None = None) -> int:
    """Rewrite the sources of a project; return 0, or 2 where the build failed."""
    parser = argparse.ArgumentParser(prog="python -m termbase.fix", description=__doc__)
    parser.add_argument("source", type=Path, help="the source folder")
    parser.add_argument("-c", "--conf", type=Path, help="the folder of conf.py")
    parser.add_argument(
        "-l", "--language", default="", help="fix the catalogs of this language too"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the diff, change nothing")
    options = parser.parse_args(argv)
    configuration = options.conf or options.source

    def ask() -> list[dict[str, Any]]:
        return find(options.source, configuration, options.language)

    made = fix((options.source, configuration), ask, dry=options.dry_run)
    verb = "would be made" if options.dry_run else "made"
    sys.stdout.write(f"{made} replacements {verb}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
