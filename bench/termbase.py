# ruff: noqa: INP001 - a script that is run, not imported
"""What the terminology checks cost: a build with and without them, and the matcher alone.

Run it as ``python bench/termbase.py``.  Every figure is the median of paired
runs (one without, one with, in turn), in seconds.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SRC = Path(__file__).resolve().parents[1] / "src"
sys.path.insert(0, str(SRC))

from termbase.matching import Matcher, Passage  # noqa: E402 - found by the line above
from termbase.terms import Place, Status, Term, Termbase, Variant  # noqa: E402

SENTENCES = (
    "ノードをクラスタに加えると、設定は **すべてのノード** に伝わります。",
    "仮想マシンのディスクは `local-lvm` に置き、バックアップは別のサーバに送ります。",
    "ストレージの種類によって、スナップショットの取り方が変わります。",
    "管理者は [Web UI](https://example.com/) から操作し、画面を確認して進めます。",
    "この章では、ゲストを停止せずに移す手順を説明します。取り消すこともできます。",
)
KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモ"
RUNS = 5


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


def build(folder: Path, *, checked: bool) -> float:
    """Return how long a cold build of the book in *folder* takes."""
    extensions = '["myst_parser", "termbase"]' if checked else '["myst_parser"]'
    (folder / "conf.py").write_text(f"extensions = {extensions}\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "sphinx", "-q", "-E", "-b", "html", str(folder), out]
        start = time.perf_counter()
        subprocess.run(
            command, env=os.environ | {"PYTHONPATH": str(SRC)}, capture_output=True, check=True
        )
        return time.perf_counter() - start


def whole(size: int, count: int, *, verbs: bool) -> None:
    """Print the cost of the checks in a build: on minus off."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = []
        for number, text in enumerate(chapters(size)):
            names.append(f"c{number}")
            (folder / f"c{number}.md").write_text(text, encoding="utf-8")
        entries = "".join(
            f"{good}\n  :reading: あ\n  :avoid: {bad}\n\n  定義。\n\n"
            for good, bad in rules(count, verbs=verbs)
        )
        (folder / "glossary.md").write_text(
            f"# 用語集\n\n```{{glossary}}\n{entries}```\n", encoding="utf-8"
        )
        listed = "\n".join([*names, "glossary"])
        (folder / "index.md").write_text(
            f"# 本\n\n```{{toctree}}\n{listed}\n```\n", encoding="utf-8"
        )
        pairs = [(build(folder, checked=False), build(folder, checked=True)) for _ in range(RUNS)]
    off = statistics.median(a for a, _ in pairs)
    cost = statistics.median(b - a for a, b in pairs)
    kind = "with verbs" if verbs else "plain"
    print(f"build {size} KB, {count} rules, {kind}: off {off:.2f}, on-off {cost:+.3f}")  # noqa: T201


def alone(size: int, count: int) -> None:
    """Print the cost of the matcher alone, and of making it."""
    place = Place("glossary.md", 1)
    base = Termbase(
        Term(good, place, variants=(Variant(bad, Status.DEPRECATED, "ja", place),))
        for good, bad in rules(count, verbs=False)
    )
    blocks = [b for text in chapters(size) for b in text.split("\n\n")]
    made, matched = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        matcher = Matcher(base)
        list(matcher.findings(Passage("a", "あ", ((1, 1),))))
        made.append(time.perf_counter() - start)
        start = time.perf_counter()
        for block in blocks:
            list(matcher.findings(Passage("a", block, ((1, 1),))))
        matched.append(time.perf_counter() - start)
    print(  # noqa: T201 - the figures are the product
        f"matcher {size} KB, {count} rules: made {statistics.median(made):.3f}, "
        f"matched {statistics.median(matched):.3f}"
    )


if __name__ == "__main__":
    for kilobytes in (150, 1500):
        for number_of_rules in (60, 600, 6000):
            alone(kilobytes, number_of_rules)
    whole(150, 60, verbs=False)
    whole(150, 60, verbs=True)
    whole(150, 6000, verbs=False)
