"""Links: internal ones are checked in every build, external ones by ``make linkcheck``."""

from __future__ import annotations

import runpy
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from .conftest import PROJECT, TinyBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Names and addresses that exist in the lab or in no network at all.
ELSEWHERE = [
    "https://10.10.10.11:8006/",
    "https://pve1.lab.example:8006/",
    "https://localhost:8006/",
    "http://192.0.2.7/",
    "https://vpn.example.com/",
]


class Site(BaseHTTPRequestHandler):
    """A site with one page, which has one section."""

    def do_GET(self) -> None:
        body = b"<html><body><h1 id='here'>page</h1></body></html>"
        self.send_response(200 if self.path == "/page" else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def book(tiny_book: Callable[[str], TinyBook]) -> TinyBook:
    """The tiny book with the settings for links of the real one."""
    book = tiny_book("links")
    settings = {
        name: value
        for name, value in runpy.run_path(str(PROJECT / "conf.py")).items()
        if name == "nitpicky" or name.startswith("linkcheck_")
    }
    assert "linkcheck_ignore" in settings
    with (book.source / "conf.py").open("a", encoding="utf-8") as conf:
        conf.writelines(f"{name} = {value!r}\n" for name, value in settings.items())
    return book


def test_links_that_work_pass_and_those_of_the_lab_are_not_asked(book, site) -> None:
    links = [f"<{site}/page>", f"[節]({site}/page#here)", *(f"<{each}>" for each in ELSEWHERE)]
    book.edit("index.md", "本文です。", "、".join(links))
    done = book.build("linkcheck", "-q", "-W", "--keep-going")
    assert done.status == 0, done.output
    told = (done.folder / "output.json").read_text(encoding="utf-8")
    assert told.count('"status": "ignored"') == len(ELSEWHERE)
    assert told.count('"status": "working"') == 2


@pytest.mark.parametrize("path", ["/gone", "/page#gone"])
def test_a_broken_link_is_refused_at_its_line(book, site, path: str) -> None:
    book.edit("other.md", "本文です。", f"<{site}{path}>です。")
    done = book.build("linkcheck", "-q", "-W", "--keep-going")
    assert done.status != 0
    (told,) = [line for line in done.warnings() if "broken link" in line]
    assert "other.md:4: WARNING" in told
    assert site in told


def test_internal_links_that_work_pass(book) -> None:
    assert book.build("dummy", "-W", "--keep-going").status == 0


@pytest.mark.parametrize(
    "link",
    [
        "[節](#gone)",
        "[節](other.md#gone)",
        "[頁](gone.md)",
        "{ref}`gone`",
        "{doc}`gone`",
        "{numref}`gone`",
        "{term}`gone`",
        "{download}`gone.txt`",
        "![図](gone.svg)",
    ],
)
def test_a_broken_internal_link_is_refused_at_its_line(book, link: str) -> None:
    book.edit("index.md", "本文です。", f"{link}です。")
    done = book.build("dummy", "-W", "--keep-going")
    assert done.status != 0
    assert any("index.md:8: WARNING" in line for line in done.warnings()), done.output
