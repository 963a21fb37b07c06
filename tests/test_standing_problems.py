"""A failing build fails again, until what it named is mended."""

from __future__ import annotations

import json

import pytest

from standing_problems import closing_list
from tests.workshop import ENGLISH, Workshop

# What is broken, and what the closing list says of it.
BROKEN = [
    ("{nosuchrole}`x`", "index.md:7: Unknown interpreted text role"),
    ("{ref}`nowhere`", "index.md:7: undefined label: 'nowhere'"),
    ("![図](missing.png)", "index.md:7: image file not readable"),
]


@pytest.mark.parametrize(("text", "listed"), BROKEN)
def test_a_failure_stays_a_failure_and_is_listed(tiny_book, text: str, listed: str) -> None:
    book = tiny_book("standing")
    book.edit("index.md", "本文。", text)
    first, second = (book.build("html", "-W", "--keep-going") for _ in range(2))
    assert (first.status, second.status) == (1, 1)
    for run in (first, second):
        assert "problems: 1, files: 1" in run.output
        assert listed in run.output.split("problems: 1")[1]
    book.edit("index.md", text, "本文。")
    assert book.build("html", "-W").status == 0


def test_only_documents_with_problems_are_read_again(tiny_book) -> None:
    book = tiny_book("standing")
    book.edit("other.md", "本文。", "{ref}`nowhere`")
    book.build("html")
    again = book.build("html")
    assert "0 added, 1 changed, 0 removed" in again.output
    remembered = (book.folder / "doctrees-html" / "problems.json").read_text(encoding="utf-8")
    assert json.loads(remembered) == ["other"]


def test_a_clean_build_is_not_read_again(tiny_book) -> None:
    book = tiny_book("standing")
    book.build("html", "-W")
    assert "0 added, 0 changed, 0 removed" in book.build("html", "-W").output
    assert not (book.folder / "doctrees-html" / "problems.json").exists()


def test_suppressed_warnings_are_no_problems(tiny_book) -> None:
    book = tiny_book("standing")
    book.edit("index.md", "本文。", "{ref}`nowhere`")
    run = book.build("html", "-W", "-D", "suppress_warnings=ref.ref")
    assert run.status == 0, run.output
    assert "problems:" not in run.output


def test_the_list_is_bounded(tmp_path) -> None:
    problems = [(f"{tmp_path}/a.md:{line}", "m") for line in range(1, 61)]
    text = closing_list(problems, tmp_path)
    assert text.splitlines()[0] == "problems: 60, files: 1"
    assert "  a.md:50: m" in text
    assert "a.md:51" not in text
    assert text.endswith("and 10 more above")


def test_a_problem_in_a_catalog_is_that_of_its_page(tiny_book, monkeypatch) -> None:
    workshop = Workshop(tiny_book("workshop"))
    monkeypatch.chdir(workshop.book.source)
    assert workshop.run() == 0
    workshop.translate({**ENGLISH, "二つ目の章": "The `second` chapter"})
    english = ["-W", "--keep-going", "-D", "language=en"]
    first, second = (workshop.book.build("html", *english) for _ in range(2))
    for run in (first, second):
        assert run.status == 1
        assert "second.po:" in run.output.split("problems: 1, files: 1")[1]
    assert "0 added, 1 changed, 0 removed" in second.output
    path = workshop.path("second")
    text = path.read_text(encoding="utf-8").replace("`second`", "second")
    path.write_text(text, encoding="utf-8")
    assert workshop.book.build("html", *english).status == 0
