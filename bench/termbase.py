# ruff: noqa: INP001 - a script that is run, not imported
"""What the terminology checks cost, held against the aims; prints a Markdown table.

Run it as ``python bench/termbase.py``.  Times are CPU seconds (user and
system) of a whole child process, because on a shared machine the clock on the
wall measures the neighbours.  Each figure is the median over paired runs: one
without and one with the extension, in turn, after one that only warms the
caches of the disk.  ``--runs`` changes their number, ``--book`` adds the book
itself, ``--scan`` the matcher alone.
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parents[1]
SRC = HERE / "src"
sys.path.insert(0, str(SRC))

from termbase.matching import Matcher, Passage  # noqa: E402 - found by the line above
from termbase.terms import Place, Status, Term, Termbase, Variant  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

FEW, MANY = 60, 6000
#: What textlint 15 with textlint-rule-prh takes for the same text, by kilobytes and rules.
TEXTLINT = {(150, FEW): 0.66, (150, MANY): 2.1, (1500, FEW): 2.2, (1500, MANY): 16.8}
#: How many times the cost of few rules that of many may be.
FLAT = 1.3
SENTENCES = (
    "ノードをクラスタに加えると、設定は **すべてのノード** に伝わります。",
    "仮想マシンのディスクは `local-lvm` に置き、バックアップは別のサーバに送ります。",
    "ストレージの種類によって、スナップショットの取り方が変わります。",
    "管理者は [Web UI](https://example.com/) から操作し、画面を確認して進めます。",
    "この章では、ゲストを停止せずに移す手順を説明します。取り消すこともできます。",
)
#: What ``make html`` of this project uses; a build without a theme is no build of a book.
THEME = "sphinx_book_theme"
KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモ"


def rules(count: int, *, verbs: bool) -> list[tuple[str, str]]:
    """Return that many pairs of a preferred and an avoided form."""
    chance = random.Random(1)  # noqa: S311 - the same figures in every run
    names = {"".join(chance.choice(KATAKANA) for _ in range(7)) for _ in range(count)}
    pairs = [(f"{name}ラ", f"{name}ラー") for name in sorted(names)]
    if verbs:
        pairs[:3] = [("削除する", "消す"), ("できる", "出来る"), ("移す", "移行する")]
    return pairs


def chapters(size: int) -> list[str]:
    """Return Markdown of *size* kilobytes in chapters of 150 KB."""
    chance = random.Random(2)  # noqa: S311 - likewise
    result = []
    for _ in range(max(size // 150, 1)):
        blocks, length = ["# 章\n"], 0
        while length < min(size, 150) * 1000:
            block = "\n".join(chance.choice(SENTENCES) for _ in range(4)) + "\n"
            blocks.append(block)
            length += len(block.encode())
        result.append("\n".join(blocks))
    return result


def cpu(arguments: list[str]) -> float:
    """Return the CPU seconds of one ``sphinx-build``, children included."""
    with tempfile.TemporaryDirectory() as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "sphinx", "-q", "-E", *arguments, out],
            # Both sides run from compiled files, as an installed package does.
            env=os.environ
            | {"PYTHONPATH": str(SRC), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        return usage.ru_utime + usage.ru_stime


@dataclass(frozen=True)
class Cost:
    """A build without, and what comes to it with: medians of paired runs."""

    off: float
    added: float

    @property
    def percent(self) -> float:
        """What comes to it, in percent of the build without."""
        return 100 * self.added / self.off


def cost(without: list[str], with_it: list[str], runs: int) -> Cost:
    """Return the cost of what *with_it* builds and *without* does not."""
    pairs = [(cpu(without), cpu(with_it)) for _ in range(runs + 1)][1:]
    off = statistics.median(off for off, _ in pairs)
    return Cost(off, statistics.median(on - off for off, on in pairs))


@dataclass(frozen=True)
class Project:
    """How a book is built without the extension, with it, and without fields to read."""

    without: list[str]
    with_it: list[str]
    bare: list[str]
    """Without the extension, and without the fields that it would print as text."""


def project(folder: Path, size: int, count: int, *, verbs: bool) -> Project:
    """Write a book and return how to build it."""
    folder.mkdir()
    names = []
    for number, text in enumerate(chapters(size)):
        names.append(f"c{number}")
        (folder / f"c{number}.md").write_text(text, encoding="utf-8")
    listed = "\n".join([*names, "glossary"])
    (folder / "index.md").write_text(f"# 本\n\n```{{toctree}}\n{listed}\n```\n", encoding="utf-8")
    bare = folder.with_name(f"{folder.name}-bare")
    shutil.copytree(folder, bare)
    for place, fields in ((folder, "  :reading: あ\n  :avoid: {bad}\n\n"), (bare, "")):
        entries = "".join(
            f"{good}\n{fields.format(bad=bad)}  定義。\n\n"
            for good, bad in rules(count, verbs=verbs)
        )
        (place / "glossary.md").write_text(
            f"# 用語集\n\n```{{glossary}}\n{entries}```\n", encoding="utf-8"
        )
    common = ["-C", "-D", "language=ja", "-D", f"html_theme={THEME}"]
    stock = [*common, "-D", "extensions=myst_parser"]
    return Project(
        [*stock, str(folder)],
        [*common, "-D", "extensions=myst_parser,termbase", str(folder)],
        [*stock, str(bare)],
    )


def row(name: str, found: Cost, aims: list[tuple[str, bool]]) -> None:
    """Print one row of the table."""
    verdict = "; ".join(f"{aim}: {'met' if met else '**not met**'}" for aim, met in aims)
    print(  # noqa: T201 - the table is the product
        f"| {name} | {found.off:.2f} | {found.added:+.3f} | {found.percent:+.1f} % | {verdict} |"
    )


@dataclass(frozen=True)
class Case:
    """A book that is made up, and the share of a build that the checks may take."""

    size: int
    rules: int
    verbs: bool
    share: int

    @property
    def name(self) -> str:
        """What the row is called."""
        return f"{self.size} KB, {self.rules} rules{', 3 verbs' if self.verbs else ''}"

    @property
    def limit(self) -> float:
        """The seconds that the checks may add."""
        return TEXTLINT[self.size, self.rules] / (5 if self.rules == FEW else 20)


CASES = (
    Case(150, FEW, verbs=False, share=5),
    Case(150, FEW, verbs=True, share=12),
    Case(150, MANY, verbs=False, share=5),
    Case(1500, FEW, verbs=False, share=5),
    Case(1500, MANY, verbs=False, share=5),
)


def synthetic(runs: int) -> None:
    """Print the rows of the books that are made up."""
    added: dict[tuple[str, int, int], float] = {}
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            made = project(Path(name) / "book", case.size, case.rules, verbs=case.verbs)
            builds = {
                "checks": (["-b", "dummy", *made.without], ["-b", "terminology", *made.with_it]),
                "checks, fields not counted": (
                    ["-b", "dummy", *made.bare],
                    ["-b", "terminology", *made.with_it],
                ),
                "HTML": (["-b", "html", *made.without], ["-b", "html", *made.with_it]),
            }
            for label, (without, with_it) in builds.items():
                found = cost(without, with_it, runs)
                aims = [(f"≤ {case.limit:.3f} s", found.added <= case.limit)]
                if label == "HTML":
                    aims.append((f"< {case.share} %", found.percent < case.share))
                if not case.verbs:
                    added[label, case.size, case.rules] = found.added
                    few = added[label, case.size, FEW]
                    if case.rules == MANY and few > 0:
                        times = found.added / few
                        aims.append((f"≤ {FLAT} × of {FEW} rules (is {times:.1f})", times <= FLAT))
                row(f"{label}, {case.name}", found, aims)


def extensions(path: Path) -> list[str]:
    """Return the extensions that a ``conf.py`` lists."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "extensions":
            return [str(name) for name in ast.literal_eval(node.value)]
    message = f"{path}: no list of extensions; write 'extensions = [...]'"
    raise SystemExit(message)


def book(runs: int) -> None:
    """Print the rows of the real book, a cold ``make html``."""
    others = [name for name in extensions(HERE / "conf.py") if name != "termbase"]
    for language in ("ja", "en"):
        build = ["-b", "html", "-D", f"language={language}", "-c", str(HERE)]
        without = [*build, "-D", f"extensions={','.join(others)}", str(HERE / "source")]
        found = cost(without, [*build, str(HERE / "source")], runs)
        row(f"the book, HTML, {language}", found, [("< 12 %", found.percent < 12)])  # noqa: PLR2004


def timed(action: Callable[[], object]) -> float:
    """Return the CPU seconds of an action in this process."""
    start = time.process_time()
    action()
    return time.process_time() - start


def scan(runs: int) -> None:
    """Print the cost of the matcher alone, and of making it."""
    print("\n| text | rules | made, s | scanned, s |\n| --- | --- | --- | --- |")  # noqa: T201
    place = Place("glossary.md", 1)
    for size in (150, 1500):
        blocks = [b for text in chapters(size) for b in text.split("\n\n")]
        for count in (FEW, 600, MANY):
            base = Termbase(
                Term(good, place, variants=(Variant(bad, Status.DEPRECATED, "ja", place),))
                for good, bad in rules(count, verbs=False)
            )
            made, scanned = [], []
            for _ in range(runs):
                start = time.process_time()
                matcher = Matcher(base)
                list(matcher.findings(Passage("a", "あ", ((1, 1),))))
                made.append(time.process_time() - start)

                def whole(matcher: Matcher = matcher, blocks: list[str] = blocks) -> None:
                    for block in blocks:
                        list(matcher.findings(Passage("a", block, ((1, 1),))))

                scanned.append(timed(whole))
            print(  # noqa: T201
                f"| {size} KB | {count} | {statistics.median(made):.3f} "
                f"| {statistics.median(scanned):.3f} |"
            )


def machine() -> str:
    """Return when, with what and on what this runs."""
    versions = [f"Python {platform.python_version()}"]
    for name in ("Sphinx", "docutils", "myst-parser", "SudachiPy", "ahocorasick-rs"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"{name} missing")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {', '.join(versions)}; "
        f"{platform.machine()}, {os.cpu_count()} cores"
    )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--book", action="store_true", help="the book itself, too")
    parser.add_argument("--scan", action="store_true", help="the matcher alone, too")
    arguments = parser.parse_args()
    print(f"{machine()}; medians of {arguments.runs} pairs, CPU seconds\n")  # noqa: T201
    print("| build | off | on − off | share | aims |\n| --- | --- | --- | --- | --- |")  # noqa: T201
    synthetic(arguments.runs)
    if arguments.book:
        book(arguments.runs)
    if arguments.scan:
        scan(arguments.runs)


if __name__ == "__main__":
    main()
