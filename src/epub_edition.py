"""The EPUB as reading systems and their readers want it.

Sphinx's builder writes an NCX whose identifier differs from the package's, an
English title over the contents, no landmarks and nothing about accessibility.
The templates of this builder, in ``_templates/epub``, have all of these.
"""

from __future__ import annotations

import html
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

from sphinx.builders.epub3 import Epub3Builder
from sphinx.locale import _
from sphinx.util._pathlib import _StrPath

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import _epub_base, epub3

TEMPLATES = Path(__file__).resolve().parents[1] / "_templates" / "epub"

# What the book is and has, in the vocabulary of EPUB Accessibility 1.1.  The
# conformance statement comes with the audit that it would have to rest on.
ACCESSIBILITY = (
    ("schema:accessMode", "textual"),
    ("schema:accessMode", "visual"),
    ("schema:accessModeSufficient", "textual"),
    ("schema:accessibilityFeature", "alternativeText"),
    ("schema:accessibilityFeature", "displayTransformability"),
    ("schema:accessibilityFeature", "index"),
    ("schema:accessibilityFeature", "readingOrder"),
    ("schema:accessibilityFeature", "structuralNavigation"),
    ("schema:accessibilityFeature", "tableOfContents"),
    ("schema:accessibilityHazard", "none"),
)


ZIP_BEGINS = 315_532_800
"""The first second that a ZIP archive can tell: 1980-01-01, as seconds since 1970."""


class BookEpubBuilder(Epub3Builder):
    """Sphinx's EPUB 3 builder with the book's own package documents."""

    template_dir = _StrPath(TEMPLATES)

    def init(self) -> None:
        """Name contents and cover in the language of the edition."""
        super().init()
        self.guide_titles = {"toc": _("Table of Contents"), "cover": _("Cover")}

    def build_content(self) -> None:
        """Write the package document.

        Sphinx keeps a copy of its notes where a setting has changed since the
        last build, and its packer would then warn of that file.
        """
        (self.outdir / ".buildinfo.bak").unlink(missing_ok=True)
        super().build_content()

    def content_metadata(self) -> dict[str, Any]:
        """Return the metadata of the package document, escaped for XML."""
        summary = self.config.epub_accessibility_summary
        accessibility = list(ACCESSIBILITY)
        if summary:
            accessibility.append(("schema:accessibilitySummary", html.escape(summary)))
        return super().content_metadata() | {"accessibility": accessibility}

    def navigation_doc_metadata(self, navlist: list[epub3.NavPoint]) -> dict[str, Any]:
        """Return the contents of the navigation document, landmarks included."""
        landmarks = [{"type": "toc", "href": "#toc", "title": self.guide_titles["toc"]}]
        if navlist:
            landmarks.append(
                {"type": "bodymatter", "href": navlist[0].refuri, "title": navlist[0].text}
            )
        if self.use_index:
            landmarks.append({"type": "index", "href": "genindex.xhtml", "title": _("Index")})
        return super().navigation_doc_metadata(navlist) | {"landmarks": landmarks}

    def toc_metadata(self, level: int, navpoints: list[_epub_base.NavPoint]) -> dict[str, Any]:
        """Return the contents of the NCX, for reading systems before EPUB 3."""
        return super().toc_metadata(level, navpoints) | {
            "identifier": html.escape(self.config.epub_identifier),
            "lang": html.escape(self.config.epub_language),
        }

    def build_epub(self) -> None:
        """Pack the book; with SOURCE_DATE_EPOCH the same sources give the same bytes."""
        super().build_epub()
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if not epoch:
            return
        date = time.gmtime(max(int(epoch), ZIP_BEGINS))[:6]
        path = self.outdir / f"{self.config.epub_basename}.epub"
        with ZipFile(path) as packed:
            parts = [(part, packed.read(part)) for part in packed.infolist()]
        with ZipFile(path, "w") as packed:
            for part, data in parts:
                dated = ZipInfo(part.filename, date)
                dated.compress_type = part.compress_type
                dated.external_attr = 0o644 << 16
                packed.writestr(dated, data)


def setup(app: Sphinx) -> dict[str, Any]:
    """Put the builder in the place of Sphinx's."""
    app.add_config_value("epub_accessibility_summary", "", "env", types=frozenset({str}))
    app.add_builder(BookEpubBuilder, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
