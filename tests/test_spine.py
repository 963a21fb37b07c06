"""Parts and matter of the book in LaTeX."""

from __future__ import annotations

import re


def test_divisions_stand_before_their_first_chapter(tiny_book) -> None:
    run = tiny_book("spine").build("latex", "-W")
    assert run.status == 0, run.output
    [tex] = run.folder.glob("*.tex")
    order = re.findall(
        r"\\(?:front|main|back)matter|\\part\{.*?\}|\\chapter\{.*?\}", tex.read_text("utf-8")
    )
    assert order == [
        r"\frontmatter",
        r"\chapter{front}",
        r"\mainmatter",
        r"\part{第 1 部 100 \% \& more}",
        r"\chapter{one}",
        r"\part{第 2 部}",
        r"\chapter{two}",
        r"\backmatter",
        r"\chapter{back}",
    ]
