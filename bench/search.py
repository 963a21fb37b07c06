# ruff: noqa: INP001 - a script that is run, not imported
"""Compare searches over the same pages: ours, stock Sphinx's, Pagefind's.

``python bench/search.py OURS STOCK PAGEFIND`` takes three folders with the
Japanese edition, see ``docs/decisions/search.md`` for how they are made.  A
query is answered if a page that contains it is among the first three results;
a query for what is nowhere is answered if there is no result.
"""

from __future__ import annotations

import gzip
import re
import shutil
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lxml import html
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
from web_edition.folding import fold

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST = 3
QUERIES = [
    "仮想マシン",
    "ライブマイグレーション",
    "クォーラム",
    "成功判定",
    "想マシ",  # out of the middle of a word
    "ﾊﾞｯｸｱｯﾌﾟ",
    "ばっくあっぷ",
    "ｐｖｅｖｅｒｓｉｏｎ",
    "QM CONFIG",
    "/etc/pve/corosync.conf",
    "pvesm status",
    "かそうましん",
    "サーバー",  # the book writes サーバ
    "enterprise.proxmox.com/debian/pve trixie InRelease 401 Unauthorized",
    "量子暗号通信",
]
ABSENT = {"量子暗号通信"}

# Each function gives the addresses of the first results of a query.
OURS = """async (query) => (await window.bookSearch.results(query, 3)).map((r) => r.page)"""
STOCK = """() => [...document.querySelectorAll('#search-results li a')].slice(0, 3)
    .map((link) => link.getAttribute('href').split(/[?#]/)[0].replace(/\\.html$/, ''))"""
PAGEFIND = """async (query) => {
    const pagefind = await import('/pagefind/pagefind.js');
    const found = (await pagefind.search(query)).results.slice(0, 3);
    const data = await Promise.all(found.map((result) => result.data()));
    return data.map((each) => each.url.replace(/^\\//, '').replace(/\\.html.*$/, ''));
}"""


class Quiet(SimpleHTTPRequestHandler):
    """A server without a log."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def texts_of(folder: Path) -> dict[str, str]:
    """Return the folded text of each page."""
    texts = {}
    for path in folder.rglob("*.html"):
        articles = html.fromstring(path.read_bytes()).xpath("//article")
        if articles:
            name = path.relative_to(folder).with_suffix("").as_posix()
            texts[name] = fold(" ".join(articles[0].text_content().split()))
    return texts


def weight(folder: Path, address: str) -> int:
    """Return the gzip bytes of a file if it belongs to the search."""
    name = unquote(urlsplit(address).path).lstrip("/")
    if not re.search(r"search(?!\.html)|pagefind|language_data|stemmer", name):
        return 0
    path = folder / name
    return len(gzip.compress(path.read_bytes(), 6)) if path.is_file() else 0


def stock(page: Page, home: str, query: str) -> list[str]:
    """Ask Sphinx's own search page."""
    page.goto(f"{home}/search.html?q={query}")
    for _ in range(40):
        page.wait_for_timeout(50)
        if page.locator("#search-results p.search-summary, #search-results li").count():
            break
    page.wait_for_timeout(300)
    return list(page.evaluate(STOCK))


def measure(kind: str, folder: Path, texts: dict[str, str]) -> None:
    """Print what one search answers, its bytes and its time."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}"
    answered, empty, costs, times = 0, 0, [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for query in QUERIES:
            page = browser.new_page()
            page.goto(f"{home}/search.html" if kind != "pagefind" else f"{home}/blank.html")
            if kind == "ours":
                page.wait_for_selector("#web-search[data-ready]")
            loaded: list[int] = []
            page.on("request", lambda r, to=loaded: to.append(weight(folder, r.url)))
            start = time.perf_counter()
            if kind == "ours":
                found = page.evaluate(OURS, query)
            elif kind == "stock":
                found = stock(page, home, query)
            else:
                found = page.evaluate(PAGEFIND, query)
            times.append((time.perf_counter() - start) * 1000)
            page.wait_for_timeout(100)
            costs.append(sum(loaded))
            folded = fold(query)
            right = {name for name, text in texts.items() if folded in text}
            good = (
                not found
                if query in ABSENT
                else bool(right & set(found)) or (not right and bool(found))
            )
            answered += good
            empty += not found
            print(f"{kind:9} {'+' if good else '-'} {query:45} {found}")  # noqa: T201
            page.close()
        browser.close()
    server.shutdown()
    times.sort()
    print(  # noqa: T201
        f"{kind}: {answered} of {len(QUERIES)} answered, {empty} without a result, "
        f"median {times[len(times) // 2]:.0f} ms, "
        f"bytes a query: median {sorted(costs)[len(costs) // 2]}, most {max(costs)}"
    )


def main() -> None:
    """Measure the three folders of the command line."""
    folders = [Path(argument) for argument in sys.argv[1:]]
    texts = texts_of(folders[0])
    for kind, folder in zip(("ours", "stock", "pagefind"), folders, strict=False):
        measure(kind, folder, texts)


if __name__ == "__main__":
    main()
