"""What the tests share: tiny books built by the real sphinx-build, a real browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html
from playwright.sync_api import sync_playwright
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser
    from xdist.remote import Producer

PROJECT = Path(__file__).resolve().parents[1]
LANGUAGES = ["ja", "en"]
ROOTS = PROJECT / "tests" / "roots"
POINT = 25.4 / 72
"""Millimetres in a point of PDF."""
MAY_NOT_BEGIN = "、。，．）」』】〕》・：；！？ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
MAY_NOT_END = "（「『【〔《"
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


#: Files whose tests share what takes minutes to make, or would be in each other's way.
TOGETHER = {
    "test_editions.py": "book",
    "test_formats_agree.py": "book",
    "test_translating_pseudo.py": "book",
    "test_web_pages.py": "book",
    "test_web_reading.py": "book",
    "test_web_search.py": "book",
    # One machine at a time: they share their image, and the memory.
    "test_boot.py": "machines",
    "test_vlan.py": "machines",
}


def together(nodeid: str) -> str:
    """Return what a test runs with: its file, or a group of files."""
    file = nodeid.partition("::")[0].rpartition("/")[2]
    return TOGETHER.get(file, file)


class Together(LoadScopeScheduling):
    """Gives a file, or a group of files, to one process: its fixtures are made once.

    The marks of ``--dist=loadgroup`` reach no scheduler with pytest 9.2 (pytest-xdist #1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, and refuse a file that would build the book once more."""
    for item in items:
        if "editions" in getattr(item, "fixturenames", ()) and together(item.nodeid) != "book":
            message = f"{item.nodeid} needs the book: name its file in TOGETHER"
            raise pytest.UsageError(message)
    items.sort(key=lambda item: together(item.nodeid) == "book", reverse=True)


@dataclass(frozen=True)
class Run:
    """What a command left: exit status, what it printed, where it wrote."""

    status: int
    output: str
    folder: Path

    def page(self, name: str) -> html.HtmlElement:
        return html.fromstring((self.folder / name).read_bytes())

    def warnings(self) -> list[str]:
        return [line for line in self.output.splitlines() if "WARNING:" in line]


class TinyBook:
    """A copy of one of the books under ``tests/roots``, to be built and changed."""

    def __init__(self, name: str, folder: Path) -> None:
        self.source = folder / "source"
        self.folder = folder
        shutil.copytree(ROOTS / f"test-{name}", self.source)

    def build(self, builder: str, *options: str) -> Run:
        out = self.folder / builder
        command = [sys.executable, "-m", "sphinx", "-b", builder]
        command += ["-d", str(self.folder / f"doctrees-{builder}"), *options]
        done = subprocess.run(
            [*command, str(self.source), str(out)],
            env=os.environ | {"PYTHONPATH": str(PROJECT / "src"), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr, out)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.source / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def tiny_book(tmp_path: Path) -> Callable[[str], TinyBook]:
    return lambda name: TinyBook(name, tmp_path)


@pytest.fixture(scope="session")
def ace(tmp_path_factory) -> Callable[[Path], list[str]]:
    """Ace by DAISY from the lock in tests/ace: called with an EPUB, it tells violations."""
    folder = tmp_path_factory.mktemp("ace")
    for file in (PROJECT / "tests" / "ace").iterdir():
        shutil.copy(file, folder)
    # The scripts would download browsers; Debian's Chromium is used.
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(install, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    chromium = shutil.which("chromium")
    assert chromium

    def violations(book: Path) -> list[str]:
        out = tmp_path_factory.mktemp("report")
        program = folder / "node_modules" / ".bin" / "ace-puppeteer"
        done = subprocess.run(
            [program, "--force", "--outdir", out, book],
            env=os.environ | {"PUPPETEER_EXECUTABLE_PATH": chromium},
            check=False,
            capture_output=True,
            text=True,
        )
        assert (out / "report.json").is_file(), done.stdout + done.stderr
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        return [
            f"{page['earl:testSubject']['url']}: {found['earl:test']['dct:title']}"
            for page in report["assertions"]
            for found in page["assertions"]
            if found["earl:result"]["earl:outcome"] == "fail"
        ]

    return violations


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_OPTIONS
        )
        yield chromium
        chromium.close()


def broken_lines(text: str) -> Iterator[str]:
    """Yield lines that Japanese typesetting would not break so.

    Bad: ``、次の行`` and ``行の終わり（``.
    """
    for line in text.splitlines():
        stripped = line.strip()
        if len(stripped) > 1 and (stripped[0] in MAY_NOT_BEGIN or stripped[-1] in MAY_NOT_END):
            yield stripped


@dataclass(frozen=True)
class Editions:
    """Where ``make all`` put everything, and what it said."""

    build: Path
    output: str

    def page(self, language: str, name: str) -> html.HtmlElement:
        return html.fromstring((self.build / "html" / language / name).read_bytes())

    def pages(self, language: str) -> list[str]:
        """Return the names of all pages of the web edition."""
        folder = self.build / "site" / language
        names = (path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
        return sorted(name for name in names if not name.startswith("_"))

    def book(self, language: str, kind: str) -> Path:
        return self.build / kind / language / f"proxmox-ve-lab-{language}.{kind}"


def make(*arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    # This test may itself run under make; the flags of that one are not for this one.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=cwd,
        env=inherited,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    """The real book, built by ``make all``.

    Who works on the tests names a folder with finished editions in TEST_BUILD
    and waits for no build.
    """
    if finished := os.environ.get("TEST_BUILD"):
        return Editions(Path(finished).resolve(), "")
    build = tmp_path_factory.mktemp("book")
    done = make("all", f"BUILD={build}")
    assert done.returncode == 0, done.stdout[-5000:]
    return Editions(build, done.stdout)


class QuietHandler(SimpleHTTPRequestHandler):
    """A static server that says nothing of its own."""

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def site(editions: Editions) -> Iterator[str]:
    """The address at which the assembled site is served."""
    handler = partial(QuietHandler, directory=str(editions.build / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
