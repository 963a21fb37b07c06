"""What MyST loses on the way to a translation, brought back or refused.

Sphinx extracts and translates only nodes that know their place in a source
file.  MyST (5.2) gives the cells of a Markdown table none, so they stay in
the source language in every translated edition, without a word.  It also marks
every Markdown table as one of automatic widths, even inside a `table` directive
with `:widths:`; HTML and EPUB then leave the widths of the columns out.  A link
whose address is defined elsewhere in the page cannot be brought back: it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from markdown_it import MarkdownIt
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)


class PlaceTableCells(SphinxTransform):
    """Give every paragraph of a table cell the place of its table.

    Rows of a Markdown table are one line each: header, delimiter, body.
    """

    # Before Sphinx keeps the originals of translatable nodes (10).
    default_priority = 4

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Complete the places of this document."""
        for table in self.document.findall(nodes.table):
            source = table.source or self.document["source"]
            first = table.line or 1
            for number, row in enumerate(table.findall(nodes.row)):
                # The line of dashes under the header is no row.
                line = first + number + (1 if number else 0)
                for paragraph in row.findall(nodes.paragraph):
                    if paragraph.source is None:
                        paragraph.source, paragraph.line = source, line


class KeepColumnWidths(SphinxTransform):
    """Let the widths that an author gave win over MyST's mark of automatic ones."""

    default_priority = 4

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Take the mark from the tables of this document that have widths."""
        for table in self.document.findall(nodes.table):
            if "colwidths-given" in table["classes"]:
                table["classes"] = [name for name in table["classes"] if name != "colwidths-auto"]


def refuse_reference_definitions(_app: Sphinx, docname: str, content: list[str]) -> None:
    """Warn of links whose address stands elsewhere in the page (source-read).

    Bad: ``[公式の文書][docs]`` with ``[docs]: https://…`` below
    Good: ``[公式の文書](https://…)``

    A message is one paragraph: its translation never sees the definition, and the
    reader would see the brackets in the place of a link.
    """
    environment: dict[str, Any] = {}
    MarkdownIt().parse(content[0], environment)
    for label, definition in environment.get("references", {}).items():
        if not label.startswith("^"):  # a footnote
            logger.warning(
                "a translation would lose the link [%s]: write its address where it is used, "
                "[text](%s), and take the definition out",
                label.lower(),
                definition["href"],
                location=(docname, definition["map"][0] + 1),
                type="translatable",
                subtype="definition",
            )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transforms."""
    app.add_transform(PlaceTableCells)
    app.add_transform(KeepColumnWidths)
    app.connect("source-read", refuse_reference_definitions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
