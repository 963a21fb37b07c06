"""What the tests share: tiny books built by the real sphinx-build, a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

PROJECT = Path(__file__).resolve().parents[1]
ROOTS = PROJECT / "tests" / "roots"
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


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
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_OPTIONS
        )
        yield chromium
        chromium.close()
