"""What MyST loses on the way to the translators, brought back.

Sphinx extracts and translates only nodes that know their place in a source
file.  MyST (5.2) gives the cells of a Markdown table none, so they stay in
the source language in every translated edition, without a word.
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


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_transform(PlaceTableCells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
