"""Drawings follow the light and dark switch of the page, and paper stays light."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from figures import colours, house

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROJECT = Path(__file__).resolve().parents[1]
CSS = PROJECT / "_templates" / "web" / "static" / "book.css"
# What the theme does to pictures in dark mode, and ours must overrule.
THEME = (
    "html[data-theme=dark] img:not(.only-dark,.dark-light)"
    "{filter:brightness(.8) contrast(1.2)}"
    "html[data-theme=dark] .bd-content img:not(.only-dark,.dark-light)"
    "{background-color:#fff;border-radius:.25rem}"
)


def shown(browser: Browser, folder: Path, colour: str, theme: str) -> Page:
    shutil.copyfile(CSS, folder / "book.css")
    (folder / "a.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
        f'<rect width="40" height="40" fill="{colour}"/></svg>',
        encoding="utf-8",
    )
    (folder / "a.html").write_text(
        f'<!doctype html><html data-theme="{theme}"><style>{THEME}</style>'
        f'<link rel="stylesheet" href="book.css"><body class="bd-content">'
        f'<article class="bd-article"><figure><img src="a.svg"></figure></article>',
        encoding="utf-8",
    )
    page = browser.new_page()
    page.goto((folder / "a.html").as_uri())
    return page


def pixel(page: Page) -> tuple[int, ...]:
    picture = Image.open(io.BytesIO(page.locator("img").screenshot())).convert("RGB")
    return picture.getpixel((20, 20))  # type: ignore[return-value]


@pytest.mark.parametrize("colour", ["#ffffff", "#1f2933", "#fdf0cf", "#9a3412", "#5b3a8c"])
def test_dark_colours_are_those_that_the_checks_compute(browser, tmp_path, colour: str) -> None:
    page = shown(browser, tmp_path, colour, "dark")
    expected = [part * 255 for part in colours.dark(colours.colour(colour))]
    assert list(pixel(page)) == pytest.approx(expected, abs=2)
    filtered = page.locator("img").evaluate("image => getComputedStyle(image).filter")
    assert filtered == colours.DARK_FILTER
    page.close()


def test_light_pages_and_paper_show_the_drawing_as_it_is(browser, tmp_path) -> None:
    page = shown(browser, tmp_path, "#fdf0cf", "light")
    assert pixel(page) == (0xFD, 0xF0, 0xCF)
    page.close()
    page = shown(browser, tmp_path, "#fdf0cf", "dark")
    page.emulate_media(media="print")
    assert pixel(page) == (0xFD, 0xF0, 0xCF)
    page.close()


def test_every_pair_of_the_palette_is_legible_in_both_looks() -> None:
    sheet = house.Sheet.parse((PROJECT / "diagrams" / house.SHEET).read_text(encoding="utf-8"))
    looks = dict(sheet.rules)
    dark_label, light_label = looks["label"]["fill"], looks["reversed"]["fill"]
    pairs = [(dark_label, name) for name in looks if name in {
        "card", "plain", "cluster", "node", "group", "vm", "ct", "storage", "backup", "season",
        "past", "current",
    }]  # fmt: skip
    pairs += [(light_label, "solid"), (light_label, "node-bar")]
    for label, name in pairs:
        ink, ground = colours.colour(label), colours.colour(looks[name]["fill"])
        assert colours.contrast(ink, ground) >= house.CONTRAST, name
        assert colours.contrast(colours.dark(ink), colours.dark(ground)) >= house.CONTRAST, name
