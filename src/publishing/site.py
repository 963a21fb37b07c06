"""Assemble the site: all editions under one roof, ready for any static server."""

from __future__ import annotations

import hashlib
import html
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from translating import editions
from translating.coverage import Coverage
from web_edition.words import words_of

from . import cards, findable, hosting
from .editions import ROOT, PublishingError, book_version, publish_tree, stamped
from .templates import render

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "proxmox-ve-lab"
KINDS = ("pdf", "epub")
MIB = 1024 * 1024
_NOTE = re.compile(r'<p class="web-translation"[^>]* data-done="(\d+)" data-total="(\d+)"')


def assemble(build: Path, languages: Sequence[str]) -> None:
    """Make ``build/site`` from the published editions.

    Args:
        build: the folder that holds ``html/<lang>``, ``epub/<lang>`` and
            ``pdf/<lang>``.
        languages: the editions, the first one being the original.

    Raises:
        PublishingError: an edition has not been built, or is of another
            version of the book than the pages that would offer it, or a page
            of it is not translated far enough.
    """
    _see_that_translated(build, languages)
    with tempfile.TemporaryDirectory() as temporary:
        site = Path(temporary, "site")
        downloads = site / "downloads"
        downloads.mkdir(parents=True)
        for language in languages:
            pages = build / "html" / language
            if not pages.is_dir():
                raise PublishingError(
                    f"{pages} is not there: run 'make html EDITION={language}' first"
                )
            shutil.copytree(pages, site / language)
            for kind in KINDS:
                shutil.copy(_book(build, kind, language), downloads)
            _offer_downloads(site / language, language, downloads)
        _write_checksums(downloads)
        _write_start_page(site, languages)
        address = findable.address_of(site, languages)
        findable.write(site, languages, address)
        if address:
            cards.draw(site, languages)
        hosting.write(site, address)
        publish_tree(site, build / "site")


def _see_that_translated(build: Path, languages: Sequence[str]) -> None:
    """Refuse languages with a page below the threshold of ``editions.toml``.

    Both are asked: the catalogs, and the pages, which may have changed since.
    """
    found: dict[str, int] = {}
    for language in languages:
        if language == editions.SOURCE:
            continue
        for name, percent in editions.behind(language).items():
            found[f"{language}/{name}"] = percent
        folder = build / "html" / language
        for page in folder.rglob("*.html"):
            if note := _NOTE.search(page.read_text(encoding="utf-8")):
                percent = Coverage(int(note[1]), 0, int(note[2]) - int(note[1])).percent
                if percent < editions.threshold():
                    name = page.relative_to(folder).with_suffix("").as_posix()
                    found[f"{language}/{name}"] = percent
    if found:
        pages = ", ".join(f"{name}: {percent} %" for name, percent in sorted(found.items()))
        raise PublishingError(
            f"these pages are translated less than {editions.threshold()} % (editions.toml), "
            f"see make po-report: {pages}"
        )


def _book(build: Path, kind: str, language: str) -> Path:
    """Return a book to download; see that it is of the version of the pages."""
    book = build / kind / language / f"{NAME}-{language}.{kind}"
    command = f"run 'make {kind} EDITION={language}' first"
    if not book.is_file():
        raise PublishingError(f"{book} is not there: {command}")
    theirs, ours = stamped(build / kind / language), stamped(build / "html" / language)
    if theirs != ours:
        raise PublishingError(
            f"{book} is of version {theirs or 'unknown'}, the web edition of {ours}: {command}"
        )
    return book


def _offer_downloads(pages: Path, language: str, downloads: Path) -> None:
    """Put the menu of the books into the header of every page of an edition."""
    words = words_of(language)
    books = _books(downloads, language)
    for page in pages.rglob("*.html"):
        root = "../" * (len(page.relative_to(pages).parts) - 1)
        mark = f"<!-- downloads {root or './'} -->"
        text = page.read_text(encoding="utf-8")
        if mark in text:
            menu = _menu(books, f"{root}../", words["downloads"])
            page.write_text(text.replace(mark, menu), encoding="utf-8")


def _menu(books: list[dict[str, str]], root: str, label: str) -> str:
    label = html.escape(label)
    items = "\n".join(
        f'<li><a href="{root}{book["href"]}" download>{book["kind"]} ({book["size"]})</a></li>'
        for book in books
    )
    return (
        f'<details class="web-menu web-downloads"><summary aria-label="{label}" title="{label}">'
        f'<span class="icon icon-download" aria-hidden="true"></span></summary>\n'
        f"<ul>\n{items}\n</ul></details>"
    )


def _write_checksums(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _write_start_page(site: Path, languages: Sequence[str]) -> None:
    page = render(
        "start.html",
        editions={language: editions.row(language) for language in languages},
        words={language: words_of(language) for language in languages},
        books={language: _books(site / "downloads", language) for language in languages},
        version=book_version(),
        policy=hosting.policy(),
    )
    (site / "index.html").write_text(page, encoding="utf-8")
    for name in ("start.css", "favicon.svg"):
        folder = "static" if name == "favicon.svg" else "site"
        shutil.copyfile(ROOT / "_templates" / folder / name, site / name)
    # GitHub Pages would drop the folders that begin with an underscore.
    (site / ".nojekyll").touch()


def _books(downloads: Path, language: str) -> list[dict[str, str]]:
    """Return what there is to download in a language, with addresses below the site."""
    books = ((kind, downloads / f"{NAME}-{language}.{kind}") for kind in KINDS)
    return [
        {"kind": kind.upper(), "href": f"downloads/{file.name}", "size": _size(file)}
        for kind, file in books
    ]


def _size(file: Path) -> str:
    return f"{file.stat().st_size / MIB:.1f} MiB"
