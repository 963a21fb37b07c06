"""Parts and matter of the book in LaTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Run


def test_divisions_stand_before_their_first_chapter(tiny_book) -> None:
    run = tiny_book("spine").build("latex", "-W")
    assert run.status == 0, run.output
    [tex] = run.folder.glob("*.tex")
    order = re.findall(
        r"\\(?:front|main|back)matter|\\setcounter\{chapter\}\{-?\d+\}|\\part\{.*?\}|\\chapter\{.*?\}",
        tex.read_text("utf-8"),
    )
    assert order == [
        r"\frontmatter",
        r"\chapter{front}",
        r"\mainmatter",
        r"\setcounter{chapter}{0}",
        r"\part{第 1 部 100 \% \& more}",
        r"\chapter{one}",
        r"\part{第 2 部}",
        r"\chapter{two}",
        r"\backmatter",
        r"\chapter{back}",
    ]


def numbers(run: Run, name: str) -> list[str]:
    found = run.page(name).xpath(
        "//h1/span/text() | //h2/span/text() | //figcaption/p/span[1]/text()"
    )
    return [text.strip() for text in found]


def test_chapters_and_figures_are_counted_through_all_parts(tiny_book) -> None:
    book = tiny_book("spine")
    book.edit("conf.py", "project", "numfig = True\nspine_first_chapter = 0\nproject")
    for name in ("one", "two"):
        path = book.source / f"{name}.md"
        section = "\n\n## 節\n\n```{figure} a.svg\n:name: NAME\n\n図\n```\n".replace("NAME", name)
        path.write_text(path.read_text(encoding="utf-8") + section, encoding="utf-8")
    (book.source / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    run = book.build("html", "-W")
    assert run.status == 0, run.output
    assert numbers(run, "one.html") == ["0.", "0.1.", "図 0.1"]
    assert numbers(run, "two.html") == ["1.", "1.1.", "図 1.1"]
    again = book.build("html", "-W")
    assert "0 added, 0 changed, 0 removed" in again.output
    assert "writing output... [" not in again.output  # numbers that stay outdate no page
    tex = "".join(
        path.read_text("utf-8") for path in book.build("latex", "-W").folder.glob("*.tex")
    )
    assert r"\setcounter{chapter}{-1}" in tex
