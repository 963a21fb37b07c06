"""A saved catalog is in the browser within seconds: `make live`, on a tiny book."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.workshop import ENGLISH, Workshop

SECONDS = 20  # far more than it takes, for a machine that has other work


def flags() -> list[str]:
    """Return the options of the verb, as the Makefile has them, folders left out."""
    text = (PROJECT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^live:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert recipe
    words = recipe[1].replace("\\\n", " ").replace("'", "").split()
    ignored = [words[at + 1] for at, word in enumerate(words) if word == "--ignore"]
    watched = [words[at + 1] for at, word in enumerate(words) if word == "--watch"]
    assert "locale" in watched
    return [option for pattern in ignored for option in ("--ignore", pattern)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, text: str) -> float:
    """Return after how many seconds a page has a text."""
    start = time.monotonic()
    while time.monotonic() - start < SECONDS:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - ours
                if text in answer.read().decode("utf-8"):
                    return time.monotonic() - start
        except OSError:
            pass
        time.sleep(0.2)
    return pytest.fail(f"{address} does not show {text!r} after {SECONDS} s")


def test_a_saved_catalog_is_in_the_browser_within_seconds(tiny_book, monkeypatch) -> None:
    workshop = Workshop(tiny_book("workshop"))
    monkeypatch.chdir(workshop.book.source)
    assert workshop.run() == 0
    workshop.translate(ENGLISH)
    port = free_port()
    out = workshop.book.folder / "live"
    command = [str(Path(sys.executable).with_name("sphinx-autobuild")), "-b", "html"]
    command += ["-D", "language=en", "--watch", "locale", *flags(), "--port", str(port)]
    with subprocess.Popen(
        [*command, ".", str(out)],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as live:
        try:
            address = f"http://127.0.0.1:{port}/second.html"
            wait_for(address, "The second chapter")
            path = workshop.path("second")
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("The second chapter", "Chapter Two"), encoding="utf-8")
            assert wait_for(address, "Chapter Two") < SECONDS
            # The compiled catalog, written by the build, starts no build of its own.
            time.sleep(3)
        finally:
            live.terminate()
            said = live.communicate(timeout=10)[0]
    assert said.count("Rebuilding") == 1, said
