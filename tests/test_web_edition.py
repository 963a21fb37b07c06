"""The web edition of a tiny book: what its pages are told, and what is taken out of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pydata_sphinx_theme
import pytest
import sphinx_book_theme
from lxml import etree

from publishing import cards, findable
from publishing.editions import PublishingError
from web_edition.moved import address_between
from web_edition.pages import repository_addresses, without_inline_styles
from web_edition.stylesheet import Vocabulary, condense

from .conftest import PROJECT, Run, TinyBook

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

ADDRESS = "https://book.example/x"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    runs: dict[tuple[str, ...], Run] = {}

    def build(*options: str) -> Run:
        if options not in runs:
            book = TinyBook("web", tmp_path_factory.mktemp("web"))
            runs[options] = book.build("html", "-W", *options)
            assert runs[options].status == 0, runs[options].output
        return runs[options]

    return build


# --- Pages ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<col style="width: 30.0%" />', '<col class="w-30" />'),
        ('<img class="a" style="width: 50%;" src="b">', '<img class="w-50 a" src="b">'),
        ('<p style="color: red">x</p>', "<p>x</p>"),
        ("<p>style=&quot;x&quot;</p>", "<p>style=&quot;x&quot;</p>"),
    ],
)
def test_styles_in_a_page_become_classes(body: str, expected: str) -> None:
    assert without_inline_styles(body) == expected


def test_columns_have_the_widths_that_the_author_gave(built) -> None:
    page = (built().folder / "index.html").read_text(encoding="utf-8")
    assert '<col class="w-30"' in page
    assert '<col class="w-70"' in page


def test_a_table_scrolls_in_a_box_of_its_own(built) -> None:
    page = (built().folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<table") == page.count('class="pst-scrollable-table-container"><table') == 1


def test_nothing_of_the_theme_that_no_page_loads_is_left(built) -> None:
    static = built().folder / "_static"
    names = {path.name for path in static.iterdir()}
    assert {"web.css", "web.js", "early.js", "search.js", "search"} <= names
    assert not names & {"scripts", "styles", "vendor", "searchtools.js", "doctools.js"}
    assert not (built().folder / "searchindex.js").exists()


def test_old_addresses_lead_to_what_they_named(built, browser: Browser) -> None:
    folder = built().folder
    page = browser.new_page()
    page.goto(f"{(folder / 'index.html').as_uri()}#old")
    assert page.evaluate("document.querySelector(':target').nextElementSibling.id") == "second"
    for old in ("index.html#away", "lost.html#lost-top", "lost.html"):
        page.goto(f"{folder.as_uri()}/{old}")
        page.wait_for_url("**/part/other.html#other-top")
        page.goto("about:blank")
    page.close()
    # Without scripts a link remains.
    lost = built().page("lost.html")
    assert lost.xpath("//*[@id='lost-top']/a/@href") == ["part/other.html#other-top"]
    assert address_between("a/b", "c/d#e") == "../c/d.html#e"


def test_a_page_says_how_far_it_is_translated(built) -> None:
    page = built("-Dlanguage=en").page("index.html")
    note = page.xpath("string(//*[contains(@class, 'web-translation')])")
    assert note.startswith("2 of the ")
    marked = {node.text_content() for node in page.xpath("//article//p[@lang='ja']")}
    assert "訳されない段落です。" in marked
    assert "pve1" not in marked  # needs no translation
    assert not any("First" in text for text in marked)
    assert page.xpath("//h2[@lang='ja']")
    other = built("-Dlanguage=en").page("part/other.html")
    assert "0 of the 2" in other.xpath("string(//*[contains(@class, 'web-translation')])")
    assert not built().page("index.html").xpath("//*[contains(@class, 'web-translation')]")


def test_without_an_address_none_is_written(built) -> None:
    page = built().page("index.html")
    assert not page.xpath("//link[@rel='canonical'] | //meta[starts-with(@property, 'og:')]")
    assert not page.xpath("//*[contains(@class, 'web-help')]")


def test_with_an_address_pages_say_where_they_are(built) -> None:
    page = built(f"-Dhtml_baseurl={ADDRESS}/ja/", "-Dweb_repository=https://git.example/o/r").page(
        "part/other.html"
    )
    [canonical] = page.xpath("//link[@rel='canonical']/@href")
    assert canonical == f"{ADDRESS}/ja/part/other.html"
    properties = {
        node.get("property"): node.get("content")
        for node in page.xpath("//meta[starts-with(@property, 'og:')]")
    }
    assert properties["og:image"] == f"{ADDRESS}/ja/_cards/part-other.png"
    assert properties["og:title"] == "別の題"
    assert properties["og:description"] == "本文。"
    assert page.xpath("//*[contains(@class, 'web-help')]/a/@href") == [
        "https://git.example/o/r/issues/new?title=part%2Fother.md",
        "https://git.example/o/r/edit/main/source/part/other.md",
    ]


def test_addresses_at_gitlab() -> None:
    edit, report = repository_addresses("https://gitlab.example/o/r/", "a.md")
    assert edit == "https://gitlab.example/o/r/-/edit/main/source/a.md"
    assert report == "https://gitlab.example/o/r/-/issues/new?issue%5Btitle%5D=a.md"


# --- Commands ------------------------------------------------------------------


def test_what_is_copied_is_the_commands_alone(built, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((built().folder / "index.html").as_uri())
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    buttons = page.locator(".web-copy")
    buttons.nth(0).click()
    expected = "qm list\nqm set 101 \\\n    --name web1\ncat <<EOF\n一行目\nEOF"
    assert page.evaluate("window.copied") == expected
    assert page.get_by_text("コピーしました").count()
    buttons.nth(1).click()
    assert page.evaluate("window.copied") == "[a]\nb = 1"
    page.close()


def test_a_prompt_is_not_selected(built, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((built().folder / "index.html").as_uri())
    style = page.locator(".gp").first.evaluate("prompt => getComputedStyle(prompt).userSelect")
    assert style == "none"
    page.close()


# --- The stylesheet ------------------------------------------------------------


def test_rules_that_concern_nothing_go() -> None:
    words = Vocabulary.of(['<p class="a b" id="c">'], ["x.classList.add('shown')"])
    sheet = """
    /* note */ @charset "utf-8"; @import url(x.css);
    @font-face { font-family: FontAwesome; src: url(f.woff2) }
    .a, .z { color: red } p#c > .b { color: var(--used) } video { color: red }
    .shown:hover { color: blue } :is(.z, .a) p { margin: 0 } .a:not(.z) { top: 0 }
    :root { --used: 1; --icon: url("data:x;y(z)"); --unused: 2 }
    @media print { .z { top: 0 } } @media print { .a { top: 1px } }
    @keyframes spin { to { top: 0 } } @keyframes turn { to { top: 0 } } .a { animation: turn 1s }
    """
    condensed = condense([sheet], words)
    for kept in (".a{", "p#c > .b", ".shown:hover", ".a:not(.z)", "--used: 1", "@media print{.a"):
        assert kept in condensed, kept
    for gone in (".z{", "note", "@import", "FontAwesome", "video", "--unused", "--icon", "spin"):
        assert gone not in condensed, gone
    assert "@keyframes turn" in condensed


COMPUTE = """() => [...document.querySelectorAll('body, body *')].map((element) => {
    const style = getComputedStyle(element);
    return [`${element.tagName} ${element.className}`,
        Object.fromEntries([...style].filter((name) => !name.startsWith('--'))
            .map((name) => [name, style.getPropertyValue(name)]))];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_looks_the_same_with_the_condensed_sheet(
    built, browser: Browser, tmp_path: Path, scheme: str
) -> None:
    """Every element of a page has the computed style that the whole sheets give it."""
    folder = tmp_path / "whole"
    shutil.copytree(built().folder, folder)
    themes = {
        pydata_sphinx_theme: "pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css",
        sphinx_book_theme: "sphinx_book_theme/static/styles/sphinx-book-theme.css",
    }
    sheets = [Path(theme.__path__[0], "theme", name) for theme, name in themes.items()]
    sheets += [PROJECT / "src" / "termbase" / "static" / "termbase.css"]
    sheets += [PROJECT / "_templates" / "web" / "static" / "book.css"]
    whole = [sheet.read_text(encoding="utf-8") for sheet in sheets]
    pages = [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]
    scripts = [path.read_text(encoding="utf-8") for path in (folder / "_static").glob("*.js")]
    condensed = condense(whole, Vocabulary.of(pages, scripts))
    assert len(condensed) < len("".join(whole)) / 4
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    looks = []
    for sheet in ("\n".join(whole), condensed):
        (folder / "_static" / "web.css").write_text(sheet, encoding="utf-8")
        page.goto((folder / "index.html").as_uri())
        looks.append(page.evaluate(COMPUTE))
    page.close()
    assert len(looks[0]) > 100
    different = [
        (name, key, one[key], other[key])
        for (name, one), (_, other) in zip(*looks, strict=True)
        for key in one
        if one[key] != other[key]
    ]
    assert not different, "\n".join(map(str, different[:20]))


# --- The site ------------------------------------------------------------------


def test_the_changelog_becomes_a_feed(tmp_path: Path) -> None:
    findable.write(tmp_path, ["ja"], "")
    feed = etree.fromstring((tmp_path / "feed.xml").read_bytes())
    names = {"a": "http://www.w3.org/2005/Atom"}
    for path in ("a:id", "a:title", "a:updated", "a:author/a:name", "a:entry/a:id"):
        assert feed.xpath(f"string({path})", namespaces=names), path
    assert "<li>" in feed.xpath("string(a:entry/a:content)", namespaces=names)
    assert not (tmp_path / "sitemap.xml").exists()
    text = "# C\n\n## 1.1 (2026-12-31)\n\n- b\n\n## 1.0 (unreleased)\n\n- a\n"
    first, second = findable.read_changelog(text, "2026-01-01")
    assert (first.version, first.date, second.date) == ("1.1", "2026-12-31", "2026-01-01")
    with pytest.raises(PublishingError, match=r"CHANGELOG.md:3: '## 1.1' has no date"):
        findable.read_changelog("# C\n\n## 1.1\n", "2026-01-01")


def test_with_an_address_the_site_has_a_sitemap_and_cards(built, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(built(f"-Dhtml_baseurl={ADDRESS}/ja/").folder, site / "ja")
    assert findable.address_of(site, ["ja"]) == ADDRESS
    findable.write(site, ["ja"], ADDRESS)
    sitemap = etree.fromstring((site / "sitemap.xml").read_bytes())
    found = sitemap.xpath("//*[local-name() = 'loc']/text()")
    assert f"{ADDRESS}/ja/part/other.html" in found
    assert not any("search.html" in each or "lost.html" in each for each in found)
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in (site / "robots.txt").read_text(encoding="utf-8")
    cards.draw(site, ["ja"])
    for card in ("index.png", "part-other.png"):
        head = (site / "ja" / "_cards" / card).read_bytes()[:24]
        assert head[1:4] == b"PNG"
        assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (1200, 630)


def test_titles_of_cards_break_where_they_may() -> None:
    assert cards.wrapped("短い題") == ["短い題"]
    lines = cards.wrapped("3. Proxmox VE のネットワーク、ファイアウォール、そしてクラスタの設計")
    assert len(lines) > 1
    assert not any(line[0] in "、ーッ" for line in lines)
    assert any("Proxmox" in line for line in lines)
    assert len(cards.wrapped("長" * 200)) == cards.LINES


def test_tables_are_the_themes_though_another_builder_has_a_translator(built) -> None:
    [table] = (
        built("-Dextensions=myst_parser,anchors,apparatus,print_edition,web_edition")
        .page("index.html")
        .xpath("//table")
    )
    assert table.get("class") == "table"
    assert "pst-scrollable-table-container" in table.getparent().get("class")
