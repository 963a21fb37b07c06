"""What those who draw are given: a figure to start from, and all figures on one page."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from lxml import html

from figures import __main__ as command
from figures import colours, house
from tests.test_figures_fit import GOOD, SHEET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGLISH = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#: ../diagrams/part1/ch1/good.svg:12
msgid "仮想マシン"
msgstr "{translation}"
"""


@pytest.fixture
def book(tmp_path, monkeypatch) -> Path:
    """Make a book of one chapter with one figure, without Sphinx."""
    for folder in ("diagrams/part1/ch1", "source/part1", "locale/en/LC_MESSAGES/part1"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "diagrams" / house.SHEET).write_text(SHEET, encoding="utf-8")
    (tmp_path / "diagrams/part1/ch1/good.svg").write_text(GOOD, encoding="utf-8")
    shown = ":::{figure} ../../diagrams/part1/ch1/good.svg\n:alt: 図\n:::\n"
    (tmp_path / "source/part1/one.md").write_text(shown, encoding="utf-8")
    catalog = tmp_path / "locale/en/LC_MESSAGES/part1/one.po"
    catalog.write_text(ENGLISH.format(translation="VM"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        status = command.main([*arguments])
        return status, capsys.readouterr().err

    return run


def test_a_new_figure_passes_the_checks_once_it_is_shown(book, run) -> None:
    status, said = run("new", "part2/ch7/frame-journey")
    assert status == 0
    assert "diagrams/part2/ch7/frame-journey.svg is there" in said
    assert ":name: fig-ch07-frame-journey" in said
    status, said = run("check")
    assert status == 1
    assert said.count("figures.") == 1
    assert "diagrams/part2/ch7/frame-journey.svg:1: no chapter shows this figure" in said
    (book / "source/part1/two.md").write_text(
        ":::{figure} ../../diagrams/part2/ch7/frame-journey.svg\n:::\n", encoding="utf-8"
    )
    assert run("check") == (0, "2 figures checked, 0 findings\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("part1/ch2/good", "the name 'good' is taken by part1/ch1/good.svg"),
        ("../outside", "is not like part2/ch7/frame-journey"),
        ("part1/ch1/図", "is not like part2/ch7/frame-journey"),
        ("part1/ch1/Big", "is not like part2/ch7/frame-journey"),
        ("", "is not like part2/ch7/frame-journey"),
    ],
)
def test_a_name_that_does_not_serve_is_refused(book, run, name: str, said: str) -> None:
    status, output = run("new", name)
    assert status == 1
    assert output.startswith("error: ")
    assert said in output
    assert len(list(book.rglob("*.svg"))) == 1


def test_the_sheet_shows_every_figure_in_every_language_and_look(book, run, browser) -> None:
    status, said = run("sheet", "out")
    assert status == 0
    assert "1 figures, 0 findings" in said
    page = html.fromstring((book / "out/index.html").read_bytes())
    images = page.xpath("//section//img/@src")
    assert sorted(set(images)) == ["en/part1/ch1/good.svg", "ja/part1/ch1/good.svg"]
    assert len(images) == 2 * 5
    assert b"VM" in (book / "out/en/part1/ch1/good.svg").read_bytes()
    tab = browser.new_page(viewport={"width": 1800, "height": 1000})
    tab.goto((book / "out/index.html").as_uri())
    widths = {
        look: tab.locator(f".{look} img").first.evaluate("image => image.width")
        for look in ("wide", "narrow")
    }
    assert widths == {"wide": 720, "narrow": house.SCREEN_WIDTH}
    filtered = tab.locator(".dark img").first.evaluate("one => getComputedStyle(one).filter")
    assert filtered == colours.DARK_FILTER
    tab.close()


def test_the_sheet_shows_no_hostile_drawing_but_says_why(book, run) -> None:
    path = book / "diagrams/part1/ch1/good.svg"
    path.write_text(GOOD.replace("<path", "<script>x()</script><path", 1), encoding="utf-8")
    run("sheet", "out")
    text = (book / "out/index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt; is refused" in text
    assert not list((book / "out").rglob("*.svg"))


def test_the_sheet_says_which_language_is_still_missing(book, run) -> None:
    (book / "locale/en/LC_MESSAGES/part1/one.po").unlink()
    run("sheet", "out")
    text = (book / "out/index.html").read_text(encoding="utf-8")
    assert "No label is translated yet: en" in text


def test_a_translation_that_spills_is_found_without_sphinx(book, run) -> None:
    catalog = book / "locale/en/LC_MESSAGES/part1/one.po"
    long = "A virtual machine of some length"
    catalog.write_text(ENGLISH.format(translation=long), encoding="utf-8")
    status, said = run("check", "diagrams/part1/ch1/good.svg")
    assert status == 1
    assert re.search(rf"good\.svg:\d+: label '{long}' \(en\) leaves its box .* on the right", said)
    # A fuzzy translation is in no edition.
    text = catalog.read_text(encoding="utf-8").replace('\nmsgid "仮', '\n#, fuzzy\nmsgid "仮')
    catalog.write_text(text, encoding="utf-8")
    assert run("check")[0] == 0


def test_two_figures_of_one_name_are_named(book, run) -> None:
    (book / "diagrams/part1/ch2").mkdir()
    shutil.copy(book / "diagrams/part1/ch1/good.svg", book / "diagrams/part1/ch2/good.svg")
    _, said = run("check")
    assert "part1/ch2/good.svg:1: part1/ch1/good.svg has this name too" in said


@pytest.mark.usefixtures("book")
def test_a_file_that_is_not_there_is_one_message(run) -> None:
    status, said = run("check", "diagrams/none.svg")
    assert status == 1
    assert "none.svg:1: cannot be read: No such file" in said


def test_a_change_of_the_stylesheet_is_written_into_every_master(book, run) -> None:
    sheet = book / "diagrams" / house.SHEET
    changed = sheet.read_text(encoding="utf-8").replace("#52606d", "#52606e")
    sheet.write_text(changed, encoding="utf-8")
    assert "the style block is not that of house.css: 'make figures-style'" in run("check")[1]
    assert run("style")[0] == 0
    assert run("check")[0] == 0
    assert run("style") == (0, "")  # nothing is left to do


@pytest.mark.parametrize("css", ["@import 'x.css';", "a { fill: red; }"])
def test_a_stylesheet_of_another_kind_is_one_message(book, run, css: str) -> None:
    (book / "diagrams" / house.SHEET).write_text(css, encoding="utf-8")
    status, said = run("check")
    assert status == 1
    assert "house.css: line 1" in said
