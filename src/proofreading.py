"""Style of the Japanese text, read by textlint.

``python -m proofreading SOURCE…`` shows textlint the prose of the chapters.
textlint knows Markdown but not MyST, so it gets copies in which labels,
comments, options and the brackets of directives are blank and roles are
reduced to their text; every line keeps its number.

The rules and the reason for each one that is off stand in
``tests/textlint/textlintrc.json`` and its README.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "tests" / "textlint"
SHOWN_OPTIONS = ("alt", "risk")
"""Options of directives whose value is a sentence for readers."""

_FENCE = re.compile(r"^(`{3,}|~{3,})")
_BLANK = re.compile(r"^(?:\([^)]*\)=|%.*|:{3,}.*|---)$")
_OPTION = re.compile(r"^\s*:([a-z-]+):(?: (.*))?$")
_DEFINITION = re.compile(r"^: ")
_FIGURE = re.compile(r"^(:{3,})\{figure\}")
_TITLED = re.compile(r"\{(?:term|ref|doc|abbr|sic)\}`([^`<]+?)(?: <[^`]*>)?`")
_ROLE = re.compile(r"\{[a-z:-]+\}(?=`)")
_REFERENCE = re.compile(r"\{(?:ref|numref|doc)\}`([a-z0-9-]+)`")


class NotInstalledError(Exception):
    """textlint cannot run here; the message says what is missing."""


def prose(text: str) -> str:
    """Return MyST as Markdown that textlint can read, line by line the same.

    Args:
        text: of a chapter.
    """
    lines: list[str] = []
    fence = figure = ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        if figure and not _OPTION.match(line):
            figure = "" if line.strip() == figure else figure
            lines.append("")  # a caption is a title, no sentence
        elif begun := _FIGURE.match(line):
            figure = begun[1]
            lines.append("")
        elif fence:
            fence = "" if line.strip() == fence else fence
            lines.append(line)
        elif opened:
            fence = opened[1]
            lines.append(line)
        elif option := _OPTION.match(line):
            if line[0] == " " and lines[-1]:
                lines[-1] = ""  # the term of a glossary, no sentence
            lines.append((option[2] or "") if option[1] in SHOWN_OPTIONS else "")
        elif _BLANK.match(line):
            lines.append("")
        elif _DEFINITION.match(line):
            lines[-1] = ""  # the term that is defined, no sentence
            lines.append(_text(line[2:]) if "。" in line else "")
        else:
            lines.append(_text(line))
    return "\n".join(lines)


def _text(line: str) -> str:
    """Return a line with its roles reduced to what a reader sees."""
    return _ROLE.sub("", _TITLED.sub(r"\1", _REFERENCE.sub(r"`\1`", line)))


def install(folder: Path) -> Path:
    """Install textlint from the lock unless it is there; return its program.

    Raises:
        NotInstalledError: npm is missing or failed.
    """
    program = folder.resolve() / "node_modules" / ".bin" / "textlint"
    stamp = folder / "installed"
    lock = (LOCK / "package-lock.json").read_bytes()
    if program.exists() and stamp.exists() and stamp.read_bytes() == lock:
        return program
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalledError("npm is not installed (Debian: npm)")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCK / name, folder / name)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotInstalledError(f"npm ci failed: {done.stderr.strip()}")
    stamp.write_bytes(lock)
    return program


def findings(program: Path, chapters: list[Path], config: Path) -> Iterator[str]:
    """Yield what textlint finds, as ``path:line: message (rule)``.

    Args:
        program: textlint's.
        chapters: the sources.
        config: textlint's settings.
    """
    with tempfile.TemporaryDirectory() as temporary:
        copies = {}
        for number, chapter in enumerate(chapters):
            copy = Path(temporary, f"{number}.md")
            copy.write_text(prose(chapter.read_text(encoding="utf-8")), encoding="utf-8")
            copies[str(copy)] = chapter
        command = [str(program), "--rules-base-directory", str(program.parents[1])]
        command += ["--config", str(config), "--format", "json", *copies]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        results = json.loads(done.stdout)
    except ValueError:
        raise NotInstalledError(f"textlint failed: {done.stderr.strip()[-2000:]}") from None
    for result in results:
        chapter = copies[result["filePath"]]
        for message in result["messages"]:
            text = " ".join(message["message"].split())
            yield f"{chapter}:{message['line']}: {text} ({message['ruleId']})"


def main(arguments: list[str] | None = None) -> int:
    """Read the chapters; return 1 when there are findings.

    Without Node the check has not run, and says so; where ``CI`` is set that
    is a failure.
    """
    parser = argparse.ArgumentParser(prog="proofreading", description=__doc__)
    parser.add_argument("--tools", type=Path, required=True, help="where textlint is installed")
    parser.add_argument("--config", type=Path, default=LOCK / "textlintrc.json")
    parser.add_argument("sources", type=Path, nargs="+")
    given = parser.parse_args(arguments)
    chapters = sorted(
        chapter
        for source in given.sources
        for chapter in ([source] if source.is_file() else source.rglob("*.md"))
    )
    try:
        found = list(findings(install(given.tools), chapters, given.config))
    except NotInstalledError as error:
        print(f"not run: style of the text (textlint): {error}", file=sys.stderr)  # noqa: T201
        return 1 if os.environ.get("CI") else 0
    for finding in found:
        print(finding, file=sys.stderr)  # noqa: T201 - this is a command
    print(f"{len(found)} findings of textlint in {len(chapters)} files")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
