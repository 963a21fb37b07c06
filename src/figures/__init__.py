"""Diagrams that speak the language of the edition.

One SVG master per figure.  Its labels travel in the catalog of the chapter
that shows it, and a translated edition gets a drawing made from the master.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .translation import CollectLabels, TranslateDrawings, diagram_label, skip_label

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the invisible node and the two transforms around translation."""
    app.add_node(
        diagram_label,
        html=(skip_label, None),
        latex=(skip_label, None),
        text=(skip_label, None),
    )
    app.add_transform(CollectLabels)
    app.add_post_transform(TranslateDrawings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
