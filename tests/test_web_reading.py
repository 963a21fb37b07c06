"""Reading the real book on the web: what a reader does, in a real browser."""

from __future__ import annotations

import gzip
import os
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publishing.editions import book_version

from .conftest import LANGUAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .conftest import Editions

CHAPTER = "part1/ch01-overview.html"
LAB = "part1/ch03-installation.html"
BUDGET = 150 * 1024  # bytes, gzip


# --- Weight --------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_view_of_every_page_is_light(
    browser: Browser, site: str, editions: Editions, language: str
) -> None:
    """The page, its pictures on the first screen, and a search that answers."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    loaded: dict[str, int] = {}
    page.on("response", lambda r: loaded.update({r.url: len(gzip.compress(r.body(), 9))}))
    heaviest = {}
    for name in editions.pages(language):
        loaded.clear()
        page.goto(f"{site}/{language}/{name}")
        if name != "search.html":  # there the field has the focus, and "/" would be a query
            page.keyboard.press("/")
        page.wait_for_selector("#web-search[data-ready]")
        page.wait_for_load_state("networkidle")
        heaviest[name] = sum(loaded.values())
        page.goto("about:blank")
    page.close()
    assert max(heaviest.values()) <= BUDGET, heaviest


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_loads(browser: Browser, site: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    for name in (f"ja/{CHAPTER}", f"en/{LAB}", "ja/glossary.html"):
        page.goto(f"{site}/{name}", wait_until="networkidle")
        shift = page.evaluate(
            """() => new Promise((done) => {
                let sum = 0;
                new PerformanceObserver((list) => {
                    for (const entry of list.getEntries()) sum += entry.value;
                }).observe({ type: 'layout-shift', buffered: true });
                setTimeout(() => done(sum), 300);
            })"""
        )
        assert shift < 0.01, name
    page.close()


# --- Editions ------------------------------------------------------------------


def test_the_other_language_opens_at_the_same_place(browser: Browser, editions: Editions) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    start = (editions.build / "site" / "ja" / CHAPTER).as_uri()
    page.goto(f"{start}#ch01-scenes")
    page.click(".edition-switch a")
    page.wait_for_url("**/en/part1/ch01-overview.html#ch01-scenes")
    assert page.evaluate("document.documentElement.lang") == "en"
    top = page.locator("#ch01-scenes").evaluate("element => element.getBoundingClientRect().top")
    assert 0 <= top < 200
    # The reader has left the section of the address: the one on the screen counts.
    page.locator("#ch01-versions, #ch01-agpl, section[id]").last.scroll_into_view_if_needed()
    page.wait_for_function(
        "document.getElementById('ch01-scenes').getBoundingClientRect().bottom < 0"
    )
    page.click(".edition-switch a")
    page.wait_for_url("**/ja/part1/ch01-overview.html#*")
    assert not page.url.endswith("#ch01-scenes")
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_header_offers_the_books_of_this_version(
    browser: Browser, site: str, editions: Editions, language: str
) -> None:
    page = browser.new_page()
    page.goto(f"{site}/{language}/{CHAPTER}")
    page.click(".web-downloads summary")
    links = page.locator(".web-downloads a")
    assert links.count() == 2
    for kind, link in zip(("pdf", "epub"), links.all(), strict=True):
        address = str(link.evaluate("link => link.href"))
        assert address == f"{site}/downloads/proxmox-ve-lab-{language}.{kind}"
        response = page.request.get(address)
        size = len(response.body())
        assert f"{size / 1024 / 1024:.1f} MiB" in link.inner_text()
    assert book_version() in page.inner_text(".web-footer")
    with zipfile.ZipFile(editions.book(language, "epub")) as book:
        assert f'"schema:version">{book_version()}<' in book.read("content.opf").decode()
    page.keyboard.press("Escape")
    assert not page.locator(".web-downloads").evaluate("menu => menu.open")
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_names_itself_in_both_languages(editions: Editions, language: str) -> None:
    for name in editions.pages(language):
        page = editions.page(language, name)
        assert page.get("lang") == language
        links = page.xpath("//link[@rel='alternate'][@hreflang]")
        assert sorted(link.get("hreflang") for link in links) == sorted(LANGUAGES)
        for link in links:
            assert link.get("href").endswith(f"{link.get('hreflang')}/{name}")


# --- Reading -------------------------------------------------------------------


def test_a_chapter_on_a_phone_from_search_to_the_next_chapter(browser: Browser, site: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{site}/ja/index.html")
    page.tap(".web-search-button")
    page.keyboard.type("採用判断シート")
    page.locator(".web-results a", has_text="採用判断シート").first.tap()
    page.wait_for_url("**/ch01-overview.html#*")
    page.tap(".web-open-page-toc")
    page.locator("#web-page-toc a", has_text="何をする製品か").tap()
    page.wait_for_url("**#ch01-what")
    assert not page.locator("dialog[open]").count()
    page.locator(".web-next").tap()
    page.wait_for_url(lambda url: "ch01" not in url)
    page.tap(".web-open-contents")
    assert page.locator("dialog[open] [aria-current=page]").count() == 1
    page.keyboard.press("Escape")
    page.goto(f"{site}/ja/index.html")
    # Nothing but the reader's own place is kept, and it is offered again.
    assert page.locator(".web-resume").is_visible() == page.evaluate(
        "Boolean(localStorage.getItem('web-place-ja'))"
    )
    context.close()


def test_the_place_of_reading_is_kept_and_offered(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/ja/{CHAPTER}")
    page.locator("#ch01-strengths").evaluate("section => section.scrollIntoView()")
    page.wait_for_selector(
        "#web-page-toc [href='#ch01-strengths'][aria-current]", state="attached"
    )
    read = float(
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--web-read')")
    )
    assert 0.1 < read < 0.9
    page.goto(f"{site}/ja/index.html")
    page.click(".web-resume a")
    page.wait_for_url("**/ch01-overview.html#ch01-strengths*")
    context.close()


def test_dark_and_light_follow_the_system_until_chosen(browser: Browser, site: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{site}/ja/{CHAPTER}")

    def ground() -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert ground() < 200
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-theme=light]")
    assert ground() > 600
    button = page.locator(".web-scheme")
    assert button.get_attribute("aria-label") == "配色: 自動"
    button.click()
    button.click()
    assert button.get_attribute("aria-label") == "配色: 暗い"
    assert ground() < 200
    page.goto(f"{site}/ja/glossary.html")
    assert ground() < 200
    figure = "() => getComputedStyle(document.querySelector('figure img')).filter"
    page.goto(f"{site}/ja/{CHAPTER}")
    assert page.evaluate(figure) != "none"
    context.close()


def test_print_shows_the_text_alone_on_white(browser: Browser, site: str, tmp_path: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{site}/ja/{CHAPTER}")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for hidden in (".bd-sidebar-primary", ".bd-header-article", ".web-neighbours", ".web-copy"):
        for element in page.locator(hidden).all():
            assert not element.is_visible(), hidden
    assert page.locator("h1").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    folds = page.locator("details.answer")
    assert folds.count()
    assert all(fold.evaluate("fold => fold.open") for fold in folds.all())
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not any(fold.evaluate("fold => fold.open") for fold in folds.all())
    page.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 50_000
    page.close()


def test_commands_and_files_of_the_lab(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/ja/{LAB}")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    blocks = page.locator(".command")
    assert blocks.count() > 5
    for block in blocks.all()[:8]:
        block.locator(".web-copy").click()
        copied = page.evaluate("window.copied")
        first = block.locator("pre").inner_text().splitlines()[0]
        assert copied.splitlines()[0] == first[2:]
        assert "\xa0" not in copied
    assert page.locator(".command-danger .command-risk").count()
    assert not page.locator(".output .web-copy").count()
    downloads = page.locator("a.download")
    assert downloads.count()
    for link in downloads.all():
        assert page.request.get(str(link.evaluate("link => link.href"))).ok
    page.close()


def test_answers_open_by_key(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/ja/{CHAPTER}")
    summary = page.locator("details.answer summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.answer").first.evaluate("fold => fold.open")
    page.close()


def test_every_stop_of_the_keyboard_is_seen(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site}/ja/colophon.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#main-content"
    seen = 0
    for _ in range(60):
        state = page.evaluate(
            """async () => {
                const element = document.activeElement;
                if (element === document.body) return null;
                // The bar with the link that skips to the text slides in.
                await Promise.all(document.getAnimations().map(moving => moving.finished));
                const style = getComputedStyle(element);
                const box = element.getBoundingClientRect();
                return [style.outlineStyle !== 'none' || style.boxShadow !== 'none',
                    box.width > 0 && box.bottom > 0 && box.top < innerHeight,
                    element.outerHTML.slice(0, 120)];
            }"""
        )
        if state is None:
            break
        assert state[0], f"no focus is shown on {state[2]}"
        assert state[1], f"out of sight: {state[2]}"
        seen += 1
        page.keyboard.press("Tab")
    assert seen > 10
    page.close()


def test_the_page_reads_without_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(f"{site}/ja/{CHAPTER}")
    assert page.locator("h1").is_visible()
    assert page.locator(".web-search-button").is_hidden()
    assert page.locator("figure img").first.is_visible()
    assert page.locator(".web-next").is_visible()
    context.close()


SHOWN = [
    ("ja/index.html", 390, "light"),
    (f"ja/{CHAPTER}", 390, "light"),
    (f"ja/{CHAPTER}", 1280, "dark"),
    (f"en/{CHAPTER}", 1280, "light"),
    (f"ja/{LAB}#ch03-lab", 390, "dark"),
    (f"ja/{LAB}#ch03-lab", 1280, "light"),
    ("ja/glossary.html", 1280, "light"),
    ("ja/genindex.html", 390, "dark"),
    ("ja/search.html?q=%E3%83%8E%E3%83%BC%E3%83%89", 390, "light"),
    ("404.html", 1280, "light"),
]


def test_pictures_for_the_eye(browser: Browser, site: str, tmp_path: Path) -> None:
    """Ten pages, kept where TEST_PICTURES says; nobody compares them by pixel."""
    folder = Path(os.environ.get("TEST_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, width, scheme) in enumerate(SHOWN):
        page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        page.goto(f"{site}/{name}", wait_until="networkidle")
        target = folder / f"{number}-{re.sub(r'[^a-z0-9]+', '-', name)[:30]}-{width}-{scheme}.png"
        page.screenshot(path=target)
        assert target.stat().st_size > 5000
        page.close()


def test_the_text_keeps_its_distance_from_a_captioned_listing(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site}/ja/part4/ch14-operations.html")
    gaps = page.evaluate(
        """() => [...document.querySelectorAll('.bd-article .literal-block-wrapper')]
            .filter(each => !each.closest('.command, .output, .labfile')
                && each.nextElementSibling)
            .map(each => each.nextElementSibling.getBoundingClientRect().top
                - each.getBoundingClientRect().bottom)"""
    )
    page.close()
    assert gaps
    assert min(gaps) >= 16
