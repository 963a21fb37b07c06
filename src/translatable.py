"""What MyST loses of Markdown tables, brought back.

Sphinx extracts and translates only nodes that know their place in a source
file.  MyST (5.2) gives the cells of a Markdown table none, so they stay in
the source language in every translated edition, without a word.  It also marks
every Markdown table as one of automatic widths, even inside a `table` directive
with `:widths:`; HTML and EPUB then leave the widths of the columns out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx


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


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transforms."""
    app.add_transform(PlaceTableCells)
    app.add_transform(KeepColumnWidths)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
