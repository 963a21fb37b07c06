"""What search engines, feed readers and readers of links are given."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from lxml import html
from markdown_it import MarkdownIt

from .editions import ROOT, PublishingError
from .templates import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Made from the name of the book, so that it never changes with an address.
FEED = uuid5(NAMESPACE_URL, "proxmox-ve-lab")
NOT_INDEXED = '<meta name="robots" content="noindex">'
_RELEASE = re.compile(r"^## (\S+) \((\d{4}-\d{2}-\d{2}|unreleased)\)$")


@dataclass(frozen=True)
class Release:
    """A section of the changelog.

    Attributes:
        version: of the book.
        date: of its publication, in the form YYYY-MM-DD; of the last commit
            for one that is not published yet.
        changes: HTML.
    """

    version: str
    date: str
    changes: str

    @property
    def identifier(self) -> str:
        """A name that is the same wherever the feed is published."""
        return f"urn:uuid:{uuid5(FEED, self.version)}"


def address_of(site: Path, languages: Sequence[str]) -> str:
    """Return where the site is published, as its pages say; empty if they do not.

    The address is one setting of the book (``BOOK_ADDRESS``, conf.py), known
    here by the canonical link of the first page.
    """
    language = languages[0]
    page = html.fromstring((site / language / "index.html").read_bytes())
    canonical = page.xpath("string(//link[@rel='canonical']/@href)")
    return str(canonical).removesuffix(f"/{language}/index.html")


def write(site: Path, languages: Sequence[str], address: str) -> None:
    """Write the feed, and with a known address ``sitemap.xml`` and ``robots.txt``."""
    updated = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = read_changelog(text, updated.date().isoformat())
    feed = render("feed.xml", identifier=f"urn:uuid:{FEED}", releases=releases, address=address)
    (site / "feed.xml").write_text(feed, encoding="utf-8")
    if not address:
        return
    names = sorted(
        path.relative_to(site / languages[0]).as_posix()
        for path in (site / languages[0]).rglob("*.html")
        if "_static" not in path.parts and NOT_INDEXED not in path.read_text(encoding="utf-8")
    )
    pages = [
        [
            (language, f"{address}/{language}/{name}")
            for language in languages
            if (site / language / name).is_file()
        ]
        for name in names
    ]
    sitemap = render("sitemap.xml", pages=pages, updated=updated.date().isoformat())
    (site / "sitemap.xml").write_text(sitemap, encoding="utf-8")
    robots = f"User-agent: *\nAllow: /\nSitemap: {address}/sitemap.xml\n"
    (site / "robots.txt").write_text(robots, encoding="utf-8")


def read_changelog(text: str, today: str) -> list[Release]:
    """Read the releases of a changelog, the newest first.

    Args:
        text: Markdown; a release is ``## VERSION (DATE)`` or
            ``## VERSION (unreleased)`` and what follows.
        today: date for what is not released.

    Raises:
        PublishingError: a heading says no date.
    """
    releases: list[Release] = []
    head: tuple[str, str] | None = None
    body: list[str] = []
    markdown = MarkdownIt()

    def close() -> None:
        if head:
            releases.append(Release(*head, markdown.render("\n".join(body))))

    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("## "):
            body.append(line)
            continue
        close()
        found = _RELEASE.match(line)
        if not found:
            raise PublishingError(
                f"CHANGELOG.md:{number}: {line!r} has no date: "
                "write '## 1.2.3 (2026-12-31)' or '## 1.2.3 (unreleased)'"
            )
        version, date = found.groups()
        head, body = (version, today if date == "unreleased" else date), []
    close()
    return releases
