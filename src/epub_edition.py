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
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from docutils import nodes
    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.builders import _epub_base, epub3

TEMPLATES = Path(__file__).resolve().parents[1] / "_templates" / "epub"

# What the book is and has, in the vocabulary of EPUB Accessibility 1.1.
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


COVER_WORDS = {"ja": "表紙", "en": "Cover"}
COVER = "_images/book-cover.svg"


def cover(lines: list[str]) -> str:
    """Return the cover as SVG: the last line is the subtitle, the others the title.

    It is the cover of the PDF in the shape of a screen.  The drawing is one
    node, then three: what the reader builds.
    """
    *title, subtitle = lines
    node = (
        '<g transform="translate({},{})"><rect x="-80" y="-50" width="160" height="100" rx="12" '
        'fill="#fff"/><circle cx="-46" r="11"/><path d="M-10-13h65M-10 13h65" '
        'stroke="#0b4f6c" stroke-width="11"/></g>'
    )
    places = [(350, 1750), (850, 1450), (1350, 1750), (850, 1080)]
    text = "".join(
        f'<text x="150" y="{300 + 150 * number}" font-size="118" font-weight="700">'
        f"{html.escape(line)}</text>"
        for number, line in enumerate(title)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1700 2400" '
        'width="1700" height="2400">\n'
        f"<title>{html.escape(' '.join(lines))}</title>\n"
        '<path fill="#0b4f6c" d="M0 0h1700v2400H0z"/>\n'
        f'<g fill="#fff" font-family="sans-serif">{text}'
        f'<text x="150" y="{300 + 150 * len(title)}" font-size="62">{html.escape(subtitle)}</text>'
        "</g>\n"
        '<path d="M0 860h1700" stroke="#fff" stroke-width="10"/>\n'
        '<path d="M350 1750 850 1450 1350 1750z" fill="none" stroke="#fff" stroke-width="8"/>\n'
        '<path d="M850 1450V1080" stroke="#fff" stroke-width="8" stroke-dasharray="24 20"/>\n'
        f'<g fill="#0b4f6c">{"".join(node.format(*place) for place in places)}</g>\n'
        "</svg>\n"
    )


class BookEpubTranslator(HTML5Translator):
    """Sphinx's writer, with notes that reading systems let pop up."""

    def visit_title(self, node: nodes.title) -> None:
        """Give the caption of a toctree, which Sphinx calls a heading, its level."""
        start = len(self.body)
        super().visit_title(node)
        self.body[start:] = [
            part.replace('role="heading"', 'role="heading" aria-level="2"')
            for part in self.body[start:]
        ]

    def visit_footnote_reference(self, node: Element) -> None:
        """Mark the number as one that leads to a note."""
        start = len(self.body)
        super().visit_footnote_reference(node)
        self.body[start:] = [
            part.replace('role="doc-noteref"', 'role="doc-noteref" epub:type="noteref"')
            for part in self.body[start:]
        ]

    def visit_footnote(self, node: nodes.footnote) -> None:
        """Mark the note."""
        start = len(self.body)
        super().visit_footnote(node)
        self.body[start:] = [
            part.replace('role="doc-footnote"', 'role="doc-footnote" epub:type="footnote"')
            for part in self.body[start:]
        ]


ZIP_BEGINS = 315_532_800
"""The first second that a ZIP archive can tell: 1980-01-01, as seconds since 1970."""


class BookEpubBuilder(Epub3Builder):
    """Sphinx's EPUB 3 builder with the book's own package documents."""

    template_dir = _StrPath(TEMPLATES)

    def init(self) -> None:
        """Name contents and cover in the language of the edition."""
        self.config.templates_path = [*self.config.templates_path, str(TEMPLATES)]
        super().init()
        self.guide_titles = {
            "toc": _("Table of Contents"),
            # Sphinx has no translation of this word.
            "cover": COVER_WORDS.get(self.config.language, COVER_WORDS["en"]),
        }
        # Every page says its language; Sphinx's say none.
        language = html.escape(self.config.epub_language or self.config.language)
        self.html_tag = (
            '<html xmlns="http://www.w3.org/1999/xhtml" '
            'xmlns:epub="http://www.idpf.org/2007/ops" '
            f'lang="{language}" xml:lang="{language}">'
        )

    def build_content(self) -> None:
        """Write the package document.

        Sphinx keeps a copy of its notes where a setting has changed since the
        last build, and its packer would then warn of that file.
        """
        (self.outdir / ".buildinfo.bak").unlink(missing_ok=True)
        if self.config.epub_cover_lines:
            image = self.outdir / COVER
            image.parent.mkdir(exist_ok=True)
            image.write_text(cover(self.config.epub_cover_lines), encoding="utf-8")
            self.config.epub_cover = (COVER, "epub-cover.html")
        super().build_content()

    def content_metadata(self) -> dict[str, Any]:
        """Return the metadata of the package document, escaped for XML."""
        summary = self.config.epub_accessibility_summary
        accessibility = list(ACCESSIBILITY)
        if summary:
            accessibility.append(("schema:accessibilitySummary", html.escape(summary)))
        return super().content_metadata() | {
            "accessibility": accessibility,
            "provenance": html.escape(self.config.epub_provenance),
        }

    def navigation_doc_metadata(self, navlist: list[epub3.NavPoint]) -> dict[str, Any]:
        """Return the contents of the navigation document, landmarks included."""
        landmarks = [{"type": "toc", "href": "#toc", "title": self.guide_titles["toc"]}]
        if self.config.epub_cover:
            title = self.guide_titles["cover"]
            landmarks.insert(0, {"type": "cover", "href": self.coverpage_name, "title": title})
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


def use_translator(app: Sphinx) -> None:
    """Put the writer in the place of Sphinx's (builder-inited).

    Not in `setup`: the theme of the web edition leaves its pages without its own
    writer where any other has been set before.
    """
    if app.builder.name == "epub":
        app.set_translator("epub", BookEpubTranslator)


def setup(app: Sphinx) -> dict[str, Any]:
    """Put the builder in the place of Sphinx's."""
    app.add_config_value("epub_accessibility_summary", "", "env", types=frozenset({str}))
    app.add_config_value("epub_cover_lines", [], "env", types=frozenset({list}))
    app.add_config_value("epub_provenance", "", "env", types=frozenset({str}))
    app.add_builder(BookEpubBuilder, override=True)
    app.connect("builder-inited", use_translator)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
