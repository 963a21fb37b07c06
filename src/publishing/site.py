"""Assemble the site: all editions under one roof, ready for any static server."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, select_autoescape

from .editions import PublishingError, publish_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
NAME = "proxmox-ve-lab"
MIB = 1024 * 1024


def assemble(build: Path, languages: Sequence[str]) -> None:
    """Make ``build/site`` from the published editions.

    Args:
        build: the folder that holds ``html/<lang>``, ``epub/<lang>`` and
            ``pdf/<lang>``.
        languages: the editions, the first one being the original.

    Raises:
        PublishingError: an edition has not been built.
    """
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
            for kind in ("epub", "pdf"):
                book = build / kind / language / f"{NAME}-{language}.{kind}"
                if not book.is_file():
                    raise PublishingError(
                        f"{book} is not there: run 'make {kind} EDITION={language}' first"
                    )
                shutil.copyfile(book, downloads / book.name)
        _write_checksums(downloads)
        _write_start_page(site, languages)
        publish_tree(site, build / "site")


def _write_checksums(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _write_start_page(site: Path, languages: Sequence[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    environment = Environment(
        loader=FileSystemLoader(ROOT / "_templates" / "site"), autoescape=select_autoescape()
    )
    books = {
        language: [
            {
                "kind": kind.upper(),
                "href": f"downloads/{NAME}-{language}.{kind}",
                "size": _size(site / "downloads" / f"{NAME}-{language}.{kind}"),
            }
            for kind in ("pdf", "epub")
        ]
        for language in languages
    }
    page = environment.get_template("start.html").render(books=books, version=project["version"])
    (site / "index.html").write_text(page, encoding="utf-8")
    shutil.copyfile(ROOT / "_templates" / "site" / "start.css", site / "start.css")
    # GitHub Pages would drop the folders that begin with an underscore.
    (site / ".nojekyll").touch()


def _size(file: Path) -> str:
    return f"{file.stat().st_size / MIB:.1f} MiB"
