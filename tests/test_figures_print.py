"""Drawings for print: each converted once, with the pinned font and no more of it than needed."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from figures import conversion
from tests.test_figures_fit import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

COUNTER = """\
#!/bin/sh
case "$*" in *--output*) echo "$*" >> {log};; esac
exec rsvg-convert "$@"
"""


class Printing:
    """A book of three figures, and a converter that counts what it is asked."""

    def __init__(self, book, folder: Path) -> None:
        self.book = book
        self.log = folder / "log"
        self.program = folder / "counting-rsvg-convert"
        self.program.write_text(COUNTER.format(log=self.log), encoding="utf-8")
        self.program.chmod(0o755)
        figures = book.source / "diagrams"
        figures.mkdir()
        index = ["# 題"]
        for name in ("one", "two", "three"):
            drawing = GOOD.replace("単独", f"単独 {name}")
            (figures / f"{name}.svg").write_text(drawing, encoding="utf-8")
            index.append(f":::{{figure}} diagrams/{name}.svg\n:alt: 図\n\n題\n:::")
        (book.source / "index.md").write_text("\n\n".join(index), encoding="utf-8")

    def build(self, *options: str) -> Run:
        self.log.write_text("", encoding="utf-8")
        return self.book.build("latex", "-D", f"rsvg_converter_bin={self.program}", *options)

    def converted(self) -> list[str]:
        return sorted(re.findall(r"(\w+)\.svg", self.log.read_text(encoding="utf-8")))


@pytest.fixture
def printing(tiny_book, tmp_path) -> Printing:
    return Printing(tiny_book("figures-print"), tmp_path)


def test_an_unchanged_figure_is_converted_in_no_later_build(printing) -> None:
    run = printing.build("-W")
    assert run.status == 0, run.output
    assert printing.converted() == ["one", "three", "two"]
    assert printing.build("-W", "-E").status == 0
    assert printing.converted() == []
    printing.book.edit("diagrams/two.svg", "単独", "一人")
    assert printing.build("-W").status == 0
    assert printing.converted() == ["two"]
    printing.book.edit("diagrams/two.svg", "一人", "単独")
    assert printing.build("-W").status == 0
    assert printing.converted() == []


def test_another_converter_converts_anew(printing) -> None:
    printing.build("-W")
    text = printing.program.read_text(encoding="utf-8")
    newer = text.replace("exec", 'case "$1" in --version) echo 99; exit;; esac\nexec')
    printing.program.write_text(newer, encoding="utf-8")
    printing.build("-W", "-E")
    assert printing.converted() == ["one", "three", "two"]


def test_several_are_converted_at_once(printing, tmp_path) -> None:
    text = printing.program.read_text(encoding="utf-8")
    # Each waits until a second one has begun; one after the other would wait for ever.
    waiting = f"""
case "$*" in *--output*)
  tries=0
  while [ "$(wc -l < {tmp_path}/log)" -lt 2 ]; do
    tries=$((tries + 1)); [ $tries -gt 100 ] && exit 1; sleep 0.1
  done;;
esac
exec"""
    printing.program.write_text(text.replace("\nexec", waiting), encoding="utf-8")
    assert printing.build("-W").status == 0


def test_the_same_commit_gives_the_same_bytes_with_the_pinned_font_alone(
    printing, monkeypatch
) -> None:
    made = []
    for date in ("1000000000", "1100000000"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", date)
        run = printing.build("-W", "-E")
        made.append([(run.folder / f"{name}.pdf").read_bytes() for name in ("one", "two")])
        for kept in (printing.book.folder / "doctrees-latex" / "figures-pdf").iterdir():
            kept.unlink()
    assert made[0] == made[1]
    table = subprocess.run(
        ["pdffonts", run.folder / "one.pdf"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert table
    assert all(re.match(r"[A-Z]{6}\+NotoSansCJKjp-(Regular|Bold) ", row) for row in table)
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in table)


def test_a_figure_carries_no_more_of_the_font_than_it_shows(tmp_path) -> None:
    drawing = tmp_path / "a.svg"
    drawing.write_text(GOOD, encoding="utf-8")
    big = subprocess.run(
        ["rsvg-convert", "--format=pdf", drawing], capture_output=True, check=True
    ).stdout
    small = conversion.slim(big)
    assert len(small) < 20_000
    (tmp_path / "big.pdf").write_bytes(big)
    (tmp_path / "small.pdf").write_bytes(small)
    for name in ("big", "small"):
        subprocess.run(
            ["pdftoppm", "-r", "150", "-png", "-singlefile", f"{name}.pdf", name],
            cwd=tmp_path,
            check=True,
        )
    assert (tmp_path / "big.png").read_bytes() == (tmp_path / "small.png").read_bytes()
    text = subprocess.run(
        ["pdftotext", tmp_path / "small.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "仮想マシン" in text


def test_a_missing_converter_is_one_message_with_the_package(printing) -> None:
    run = printing.book.build("latex", "-W", "-D", "rsvg_converter_bin=/nowhere/rsvg-convert")
    assert run.status == 1
    [warning] = run.warnings()
    assert "install the Debian package librsvg2-bin" in warning
    assert "Traceback" not in run.output


def test_another_font_in_print_is_named(printing) -> None:
    printing.book.edit("diagrams/two.svg", "'Noto Sans CJK JP', sans-serif", "'Noto Serif CJK JP'")
    run = printing.build("-W")
    assert run.status == 1
    [warning] = [text for text in run.warnings() if "two.svg" in text]
    assert "print would show 'NotoSerifCJKjp' in place of Noto Sans CJK JP" in warning


def test_a_converter_that_fails_is_one_message_with_the_figure(printing) -> None:
    text = printing.program.read_text(encoding="utf-8")
    failing = text.replace("\nexec", '\ncase "$*" in *two.svg) exit 3;; esac\nexec')
    printing.program.write_text(failing, encoding="utf-8")
    run = printing.build("-W")
    assert run.status == 1
    [warning] = [text for text in run.warnings() if "figures.converter" in text]
    assert "two.svg:1: WARNING: the figure cannot be converted for print" in warning
    assert "Traceback" not in run.output
