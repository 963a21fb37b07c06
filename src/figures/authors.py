"""For those who draw: a figure to start from, and all figures on one page."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from . import house
from .book import BookError
from .checking import MASTER
from .colours import DARK_FILTER
from .rendering import rendered
from .safety import unsafe

if TYPE_CHECKING:
    from .book import Book
    from .findings import Finding

TEMPLATES = Path(__file__).with_name("templates")

WIDE = 720
"""CSS pixels of the wide pictures on the contact sheet."""

_NAME = re.compile(r"(?:[a-z]+[0-9]*/)*[a-z0-9]+(?:-[a-z0-9]+)*")


def begin(book: Book, name: str) -> tuple[Path, str]:
    """Start a figure; return its file and the lines that show it in a chapter.

    Args:
        book: its folders.
        name: like ``part2/ch7/frame-journey``.

    Raises:
        BookError: the name is not of that form, or is taken.
    """
    if not _NAME.fullmatch(name):
        raise BookError(f"NAME={name!r} is not like part2/ch7/frame-journey, in lower-case ASCII")
    path = book.diagrams / f"{name}.svg"
    stem = path.stem
    for master in book.masters:
        if master.stem == stem:
            taken = master.relative_to(book.diagrams)
            raise BookError(f"the name {stem!r} is taken by {taken}: choose another")
    template = (TEMPLATES / "figure.svg").read_text(encoding="utf-8").replace("NAME", stem)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(house.dressed(template.encode(), book.sheet))
    chapter = re.search(r"ch(\d+)/", name)
    label = f"fig-ch{int(chapter[1]):02}-{stem}" if chapter else f"fig-{stem}"
    shown = f":::{{figure}} ../../diagrams/{name}.svg\n:name: {label}\n:alt: …\n\n図の題\n:::"
    return path, shown


def contact_sheet(book: Book, folder: Path, findings: list[Finding]) -> Path:
    """Write a page with every figure in every language, light, dark and grey; return it.

    Args:
        book: its folders.
        folder: to write to; what is in it is removed.
        findings: what the checks say, shown beside the figures.
    """
    shutil.rmtree(folder, ignore_errors=True)
    figures = []
    for master in book.masters:
        path = master.relative_to(book.diagrams)
        data = master.read_bytes()
        drawings = {}
        # A page shows no drawing that the book refuses.
        if not any(finding.kind in {"unsafe", "broken"} for finding in unsafe("", data)):
            for language, messages in {MASTER: {}, **book.translations(master)}.items():
                target = folder / language / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(rendered(data, language.replace("_", "-"), messages))
                drawings[language] = target.relative_to(folder).as_posix()
        figures.append(
            {
                "name": path.with_suffix("").as_posix(),
                "path": path.as_posix(),
                "shown": sorted(book.documents.get(master, ())),
                "findings": [
                    f"line {one.line}: {one.message}"
                    for one in findings
                    if one.path == str(master)
                ],
                "drawings": drawings,
                "missing": [one for one in book.languages if one not in drawings],
            }
        )
    loader = jinja2.FileSystemLoader(os.fspath(TEMPLATES))
    page = jinja2.Environment(loader=loader, autoescape=True).get_template("sheet.html")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "index.html"
    target.write_text(
        page.render(
            title="Figures",
            figures=figures,
            languages=[MASTER, *book.languages],
            findings=len(findings),
            wide=WIDE,
            narrow=f"{house.SCREEN_WIDTH:g}",
            filter=DARK_FILTER,
        ),
        encoding="utf-8",
    )
    return target
