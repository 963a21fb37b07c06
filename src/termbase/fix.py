"""``terms-fix``: put the preferred forms in place where no one has to think.

The findings of the ``terminology`` builder that carry a replacement are
rewritten in their files.  What stands in the file must be exactly what was
found: a form that a line break or emphasis divides is left to a person.  A
second run changes nothing, because a preferred form is never a finding.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


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


def fix(roots: Sequence[Path], records: Iterable[dict[str, Any]], *, dry: bool) -> int:
    """Make the edits, print the diff, and return how many were made.

    *roots* are the folders that a name may start from: that of the sources,
    and that of the project for its catalogs.
    """
    made = 0
    for name, wanted in sorted(edits(records).items()):
        path = next((root / name for root in roots if (root / name).is_file()), None)
        if path is None:
            continue
        # newline="" keeps the line ends of the file as they are.
        with path.open(encoding="utf-8", newline="") as stream:
            before = stream.read()
        mark = "\ufeff" if before.startswith("\ufeff") else ""
        after, left = applied(before.removeprefix(mark), wanted)
        after = mark + after
        for line in diff(name, before, after):
            sys.stdout.write(line if line.endswith("\n") else f"{line}\n")
        for edit in left:
            sys.stdout.write(
                f"{name}:{edit.line}:{edit.column}: {edit.surface!r} is divided by markup or a "
                f"line break: write {edit.replacement!r} yourself\n"
            )
        made += len(set(wanted)) - len(left)
        if not dry and after != before:
            with path.open("w", encoding="utf-8", newline="") as stream:
                stream.write(after)
    return made


def find(source: Path, configuration: Path, language: str = "") -> list[dict[str, Any]]:
    """Run the ``terminology`` builder and return its findings.

    Raises:
        SystemExit: the build failed before it could say anything.
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
        return [json.loads(line) for line in lines]


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
    records = find(options.source, configuration, options.language)
    made = fix((options.source, configuration), records, dry=options.dry_run)
    verb = "would be made" if options.dry_run else "made"
    sys.stdout.write(f"{made} replacements {verb}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
