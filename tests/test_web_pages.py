"""Every page of the built site in a real browser: nothing fails, nothing overflows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from lxml import html

from web_edition.words import all_words

from .conftest import LANGUAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from .conftest import Editions

AXE = Path(__file__).parent / "axe"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LATIN = re.compile(r"[A-Za-z]{2,}")
JAPANESE = re.compile(r"[぀-ヿ㐀-䶿一-鿿々]")


class Listener:
    """Everything a page complains of, and every request to another host."""

    def __init__(self, page: Page, home: str) -> None:
        self.heard: list[str] = []
        page.on("console", lambda m: self.hear(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.hear(str(error)))
        page.on("requestfailed", lambda request: self.hear(f"failed: {request.url}"))
        page.on(
            "response", lambda r: self.hear(f"{r.status}: {r.url}") if r.status > 399 else None
        )
        page.on(
            "request",
            lambda r: (
                None if r.url.startswith((home, "data:")) else self.hear(f"foreign: {r.url}")
            ),
        )

    def hear(self, text: str) -> None:
        self.heard.append(text)


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, from the lock beside the tests."""
    folder = tmp_path_factory.mktemp("axe")
    for file in AXE.iterdir():
        shutil.copy(file, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


#: Pictures below the first screen load when they come near: they are asked for, each is awaited.
BROKEN_PICTURES = """async () => {
    const pictures = [...document.images];
    await Promise.all(pictures.map((picture) => {
        picture.loading = 'eager';
        return picture.complete || new Promise((done) => {
            picture.addEventListener('load', done);
            picture.addEventListener('error', done);
        });
    }));
    return pictures.filter((picture) => !picture.naturalWidth).map((picture) => picture.src);
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_complains_or_overflows(
    browser: Browser, site: str, editions: Editions, language: str
) -> None:
    page = browser.new_page()
    listener = Listener(page, site)
    wide = []
    for name in editions.pages(language):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{site}/{language}/{name}")
        broken = page.evaluate(BROKEN_PICTURES)
        assert broken == [], name
        for width in (320, 390, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                wide.append(f"{name} at {width} px: {over} px too wide")
    assert not wide, "\n".join(wide)
    assert not listener.heard, "\n".join(listener.heard)
    page.close()


CONTRAST = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
WITHOUT_CONTRAST = {"runOnly": WCAG, "rules": {"color-contrast": {"enabled": False}}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(
    browser: Browser, site: str, editions: Editions, axe: str, language: str
) -> None:
    """Every page in both languages and widths; nothing is measured twice.

    What is wrong in the dark alone is a colour, and the editions share their
    colours, as the two widths do: contrast is computed where all parts of a
    page are seen.  The test after this one takes a chapter in all eight ways.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    found = []
    for name in [*editions.pages(language), "../index.html", "../404.html"]:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{site}/{language}/{name}")
        page.evaluate(axe)
        found += violations(page, name, {"runOnly": WCAG})
        if language == "ja":
            page.emulate_media(color_scheme="dark")
            found += violations(page, f"{name} (dark)", {"runOnly": CONTRAST})
            page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 844})
        found += violations(page, f"{name} (390)", WITHOUT_CONTRAST)
    assert not found, "\n".join(found)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_chapter_in_all_eight_ways(
    browser: Browser, site: str, axe: str, scheme: str
) -> None:
    found = []
    for language in LANGUAGES:
        for width in (390, 1280):
            page = browser.new_page(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            page.goto(f"{site}/{language}/preface.html")
            page.evaluate(axe)
            found += violations(page, f"{language} {width} {scheme}", {"runOnly": WCAG})
            page.close()
    assert not found, "\n".join(found)


def violations(page: Page, name: str, options: dict[str, object]) -> list[str]:
    result = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{name}: {violation['id']}: {node['target']}: {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def test_axe_would_find_something(browser: Browser, axe: str) -> None:
    page = browser.new_page()
    page.set_content("<html lang=ja><body><img src=x><p style='color:#ccc'>薄い</p></body></html>")
    page.evaluate(axe)
    assert len(violations(page, "bad", {"runOnly": WCAG})) >= 2
    page.close()


def test_open_search_and_drawers_are_accessible(
    browser: Browser, site: str, axe: str, editions: Editions
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    found = []
    name = "part1/ch01-overview.html"
    for step in ("[data-search-open]:visible", ".web-open-contents", ".web-open-page-toc"):
        page.goto(f"{site}/ja/{name}")
        page.locator(step).first.click()
        if "search" in step:
            page.keyboard.type("仮想マシン")
            page.locator(".web-results a").first.wait_for()
        page.evaluate(axe)
        found += violations(page, step, {"runOnly": WCAG})
    assert not found, "\n".join(found)
    page.close()
    assert editions.pages("ja")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_somewhere(editions: Editions, language: str) -> None:
    root = editions.build / "site"
    ids: dict[Path, set[str]] = {}

    def identifiers(path: Path) -> set[str]:
        if path not in ids:
            document = html.fromstring(path.read_bytes())
            ids[path] = {*document.xpath("//@id"), ""}
        return ids[path]

    for name in [f"{language}/{page}" for page in editions.pages(language)] + [
        "index.html",
        "404.html",
    ]:
        document = html.fromstring((root / name).read_bytes())
        for address in document.xpath("//@href | //@src"):
            if re.match(r"(?:https?|mailto|data):", address):
                continue
            target, fragment = urldefrag(urljoin(f"http://x/{name}", address))
            path = root / unquote(target).removeprefix("http://x/").partition("?")[0]
            assert path.is_file(), f"{name}: {address}"
            if path.suffix == ".html":
                assert unquote(fragment) in identifiers(path), f"{name}: {address}"


def test_no_english_ui_string_on_japanese_pages(editions: Editions) -> None:
    text_of_ui = (
        "//body//*[not(ancestor-or-self::article) and not(ancestor-or-self::*[@lang='en'])]"
        # A title may quote a command.
        "[not(self::script or self::style or ancestor-or-self::code)]/text()"
    )
    # Names that are the same in every language.
    same = re.compile(
        r"Proxmox VE|The Proxmox VE Lab Book contributors|JavaScript|PDF|EPUB|MiB|Enter|Esc|"
        r"\b[A-Z]{2,}\b|ch\d+|AGPL|Debian|Linux|Web UI"
    )
    for name in editions.pages("ja"):
        page = editions_page(editions, "ja", name)
        # An entry of the index is called what the entry says.
        outside = "//body//*[not(ancestor::*[@class='web-index'])]"
        attributes = page.xpath(
            f"{outside}/@aria-label | {outside}/@title | {outside}/@placeholder"
        )
        own_titles = {
            " ".join(node.text_content().split())
            for node in page.xpath("//nav//a | //*[contains(@class, 'web-neighbour')]")
        }
        for text in [*attributes, *page.xpath(text_of_ui)]:
            words = " ".join(text.split())
            if not words or words in own_titles or JAPANESE.search(words):
                continue
            assert not LATIN.search(same.sub("", words)), f"{name}: {words!r}"


def editions_page(editions: Editions, language: str, name: str) -> html.HtmlElement:
    return html.fromstring((editions.build / "site" / language / name).read_bytes())


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_every_language_has_the_same_words() -> None:
    words = all_words()
    assert words["ja"].keys() == words["en"].keys()
    for key, text in words["ja"].items():
        assert placeholders(text) == placeholders(words["en"][key]), key
        assert JAPANESE.search(text) or key in {"locale", "size"}, key
        assert not JAPANESE.search(words["en"][key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_for_the_scripts_is_one_of_the_language(
    editions: Editions, language: str
) -> None:
    words = set(all_words()[language].values())
    for name in editions.pages(language):
        (body,) = editions_page(editions, language, name).xpath("//body")
        said = {key: text for key, text in body.attrib.items() if key.startswith("data-")}
        assert len(said) == 5
        assert set(said.values()) <= words, f"{name}: {said}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_inline_and_a_strict_policy_on_every_page(
    editions: Editions, language: str
) -> None:
    for name in editions.pages(language):
        page = editions_page(editions, language, name)
        policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.xpath("//script[not(@src)] | //style | //@style") == [], name
        assert [a for e in page.iter() for a in e.attrib if a.startswith("on")] == [], name
        assert page.xpath("//link[@rel='stylesheet']/@href")[0].endswith("_static/web.css")


def test_the_policy_stops_what_is_smuggled_in(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/ja/index.html")
    page.evaluate(
        """() => new Promise((done) => {
            const script = document.createElement('script');
            script.textContent = 'window.smuggled = true';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="smuggled = true">');
            // Heard after the handler in the attribute would have been.
            document.body.lastElementChild.addEventListener('error', done);
        })"""
    )
    assert page.evaluate("window.smuggled") is None
    page.close()
