"""The search of the web edition: what it finds, how it is used, what it costs."""

from __future__ import annotations

import gzip
import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from web_edition import search
from web_edition.folding import fold

from .conftest import LANGUAGES, PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from .conftest import Editions

# As in search.js, which the index is made for.
FIRST = 3


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page()
    page.goto(address)
    page.keyboard.press("/")
    page.wait_for_selector("#web-search[data-ready]")
    return page


# What a query's first results are: names of pages, after the texts have confirmed them.
ASK = """async (queries) => {
    const answers = [];
    for (const query of queries) {
        const found = await window.bookSearch.results(query, 3);
        answers.push(found.map((result) => result.page));
    }
    return answers;
}"""


def ask(page: Page, queries: list[str]) -> list[list[str]]:
    answers: list[list[str]] = page.evaluate(ASK, queries)
    return answers


# --- Folding -------------------------------------------------------------------


@pytest.fixture(scope="module")
def blank(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that has nothing but the script of the search."""
    folder = tmp_path_factory.mktemp("fold")
    script = PROJECT / "_templates" / "web" / "static" / "search.js"
    (folder / "search.js").write_bytes(script.read_bytes())
    (folder / "index.html").write_text(
        "<meta charset=utf-8><script src=search.js></script>", encoding="utf-8"
    )
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    yield page
    page.close()


TEXTS = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs", "Cn", "Co", "Cc"]), max_size=30
)


def test_browser_and_index_fold_alike(blank: Page) -> None:
    texts = [
        "ﾊﾞｯｸｱｯﾌﾟ",
        "ｐｖｅｃｍ",
        "サーバ",
        "①㈱",
        "ΑΣ",
        "ー―—–−",
        "か\u3099",
        "\u3000全 角",
        "Ａ｜Ｂ",
    ]

    @given(TEXTS)
    @example("ﾎﾟｰﾄ")
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    folded = blank.evaluate("texts => texts.map(window.bookSearch.fold)", texts)
    assert folded == [fold(text) for text in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ﾊﾞｯｸｱｯﾌﾟ", "バックアップ"),
        ("ばっくあっぷ", "バックアップ"),
        ("ｐｖｅｃｍ", "pvecm"),
        ("QM Migrate", "qm migrate"),
        ("ライブ\u3000マイグレーション", "ライブ マイグレーション"),
    ],
)
def test_differences_that_nobody_means(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_words_that_are_meant_to_differ_do() -> None:
    assert fold("ハブ") != fold("バブ")
    assert fold("サーバ") != fold("サーバー")


# --- The index -----------------------------------------------------------------

PAGE = """<article><section id="a-top"><h1>1. 仮想<a class="headerlink" href="#">#</a></h1>
<p>本文<b>の</b>\n文。</p><div class="termbase-tips">しまう</div>
<section id="a-two"><h2>次</h2><pre>qm  list</pre><img alt="図の説明"></section></section>
<dl class="glossary"><dt id="term-vm">仮想マシン</dt><dd><p class="termbase-meta">
<span class="termbase-reading">かそうましん</span></p><p>定義。</p></dd></dl></article>"""


def test_a_page_is_read_by_its_sections() -> None:
    page = search.read_page("a", PAGE)
    assert page
    found = [(s.anchor, s.title, s.text, s.term, s.aliases) for s in page.sections]
    assert found == [
        ("a-top", "1. 仮想", "本文の 文。", False, []),
        ("a-two", "次", "qm list\n図の説明", False, []),
        ("term-vm", "仮想マシン", "定義。", True, ["かそうましん"]),
    ]
    assert search.read_page("b", "<p>no article</p>") is None


@given(st.sets(st.integers(0, 5000)))
def test_numbers_survive_packing(numbers: set[int]) -> None:
    digits = {digit: number for number, digit in enumerate(search._VLQ)}
    unpacked, last, difference = [], -1, 0
    for digit in search.packed(sorted(numbers)):
        difference = (difference << 5) + (digits[digit] & 31)
        if not digits[digit] & 32:
            last, difference = last + difference, 0
            unpacked.append(last)
    assert unpacked == sorted(numbers)


# --- The real book -------------------------------------------------------------


def head_of(editions: Editions, language: str) -> dict[str, Any]:
    text = (editions.build / "site" / language / "_static" / "search" / "head.js").read_text(
        "utf-8"
    )
    data: dict[str, Any] = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    return data


def plain(title: str) -> str:
    return re.sub(r"^(?:\d+\.)+\s*", "", title)


def wanted(head: dict[str, Any], query: str) -> tuple[set[str], set[str]]:
    """Return the pages that may stand first, and those of them that must."""
    folded = fold(query).strip()
    may, must = set(), set()
    for name, sections in head["pages"]:
        for _anchor, title, *aliases in sections:
            names = [fold(title), fold(plain(title)), *map(fold, aliases[0] if aliases else ())]
            if any(folded in each for each in names):
                may.add(name)
            if aliases and fold(title) == folded:
                must.add(name)
    for entry, targets in head["entries"]:
        if folded in fold(entry):
            may.update(head["pages"][page][0] for page, _order, _anchor in targets)
    return may, may if len(may) <= FIRST else must


def queries_of(head: dict[str, Any]) -> list[str]:
    """Every term, entry and heading, and 2 to 8 characters out of each heading."""
    chosen = random.Random(1)  # noqa: S311 - the same queries in every run
    titles = {plain(section[1]) for _, sections in head["pages"] for section in sections}
    pieces = {
        title[at : at + length]
        for title in titles
        for length in range(2, 9)
        for at in range(len(title) - length + 1)
    }
    pieces = {piece for piece in pieces if len(re.findall(r"\w", fold(piece))) > 1}
    some = chosen.sample(sorted(pieces), min(len(pieces), 1200))
    return sorted({*titles, *(entry for entry, _ in head["entries"]), *some})


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_stands_in_a_heading_the_glossary_or_the_index_is_found(
    browser: Browser, site: str, editions: Editions, language: str
) -> None:
    head = head_of(editions, language)
    queries = queries_of(head)
    assert len(queries) >= 500
    page = opened(browser, f"{site}/{language}/index.html")
    missed = []
    for query, first in zip(queries, ask(page, queries), strict=True):
        may, must = wanted(head, query)
        if not must <= set(first) or (len(may) > FIRST and not set(first) <= may):
            missed.append(f"{query!r}: {first}, wanted {sorted(must or may)}")
    assert not missed, f"{len(missed)} of {len(queries)}: " + "\n".join(missed[:40])
    page.close()


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("仮想マシン", "glossary"),
        ("かそうましん", "glossary"),
        ("ﾗｲﾌﾞﾏｲｸﾞﾚｰｼｮﾝ", "glossary"),
        ("サーバー", "glossary"),  # a form that the book avoids leads to the one it uses
        ("ｐｖｅｖｅｒｓｉｏｎ", "part1/ch03-installation"),
        ("採用判断シート", "part1/ch01-overview"),
    ],
)
def test_what_readers_type(browser: Browser, site: str, query: str, page: str) -> None:
    tab = opened(browser, f"{site}/ja/index.html")
    assert page in ask(tab, [query])[0]
    tab.close()


def test_an_absent_word_brings_nothing(browser: Browser, site: str) -> None:
    page = opened(browser, f"{site}/ja/index.html")
    queries = ["量子暗号通信", "zzqxv", "仮想マンション", "/etc/pve/nosuchfile.cfg"]
    assert ask(page, queries) == [[]] * len(queries)
    page.keyboard.type("量子暗号通信")
    page.wait_for_selector(".web-search-none")
    assert "見つかりませんでした" in page.inner_text(".web-search-status")
    assert page.locator(".web-search-none a").count() == 3
    page.close()


def test_a_long_message_is_found_though_a_part_of_it_differs(
    browser: Browser, site: str, editions: Editions
) -> None:
    # A sentence of the book as it would be pasted, with a number of the reader's own.
    texts = editions.page("ja", "part1/ch03-installation.html").xpath("//article//pre")
    lines = [line for pre in texts for line in pre.text_content().splitlines()]
    line = max((line for line in lines if 6 <= len(line.split()) <= 14), key=len)
    page = opened(browser, f"{site}/ja/index.html")
    assert "part1/ch03-installation" in ask(page, [line, f"{line} 4711xyz"])[1]
    page.close()


def test_search_by_keyboard_alone_from_a_folder(browser: Browser, editions: Editions) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    start = editions.build / "site" / "ja" / "part1" / "ch01-overview.html"
    page.goto(start.as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("ノードの")
    page.wait_for_selector(".web-results a")
    result = page.locator(".web-results a").nth(1)
    assert result.locator("mark").count()
    assert result.locator(".web-result-title").inner_text()
    target = result.get_attribute("href")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(str(target))
    anchor = str(target).partition("#")[2]
    assert anchor
    assert page.locator(f"[id='{anchor}']").count() == 1
    page.keyboard.press("/")
    page.keyboard.type("ストレージ")
    page.wait_for_selector(".web-results a")
    page.keyboard.press("Escape")
    assert not page.locator("#web-search").evaluate("dialog => dialog.open")
    assert all(request.startswith(("file:", "data:")) for request in requests)
    page.close()


def test_the_search_page_takes_its_query_from_the_address(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/ja/search.html?q=%E3%83%8E%E3%83%BC%E3%83%89")
    page.wait_for_selector(".web-results a")
    assert page.input_value("input[name=q]") == "ノード"
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_query_costs_little(
    browser: Browser, site: str, editions: Editions, language: str
) -> None:
    sizes = {
        path.name: len(gzip.compress(path.read_bytes(), 6))
        for path in (editions.build / "site" / language / "_static" / "search").iterdir()
    }
    assert sizes["head.js"] < 60_000
    page = browser.new_page()
    loaded: list[str] = []
    page.on(
        "request",
        lambda request: (
            loaded.append(request.url.rpartition("/")[2].partition("?")[0])
            if "/search/" in request.url
            else None
        ),
    )
    for query in ("ライブマイグレーション", "error message", "/etc/pve/corosync.conf"):
        page.goto(f"{site}/{language}/index.html")
        loaded.clear()
        page.keyboard.press("/")
        page.keyboard.type(query, delay=1)
        page.wait_for_selector(f"#web-search[data-answered='{query}']")
        cost = sum(sizes[name] for name in loaded if name != "head.js")
        assert cost < 250_000, (query, cost)
    page.close()


def test_the_files_of_an_older_index_go(tmp_path: Path) -> None:
    (tmp_path / "g99.js").write_text("old", encoding="utf-8")
    search.write(tmp_path, {"a": PAGE})
    assert not (tmp_path / "g99.js").exists()
    assert len(list(tmp_path.iterdir())) == search.SHARES + 2
