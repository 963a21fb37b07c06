"""The divisions of the book, told to LaTeX.

The toctrees of the root document are the spine of the book; a caption opens a
part, or the front or the back matter.  HTML shows captions in the sidebar, but
Sphinx drops them from LaTeX, where they decide how pages and chapters are
numbered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.texescape import escape

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def mark_divisions(app: Sphinx, doctree: nodes.document) -> None:
    r"""Put LaTeX commands before the toctrees of the root document (doctree-read).

    A numbered toctree is a part.  What stands before the first part is front
    matter, what stands after the last one is back matter.  The commands
    ``\frontmatter``, ``\mainmatter`` and ``\backmatter`` are those of LaTeX's
    book classes.
    """
    if app.env.current_document.docname != app.config.root_doc:
        return
    toctrees = [tree for tree in doctree.findall(addnodes.toctree) if tree["entries"]]
    parts = [position for position, tree in enumerate(toctrees) if tree.get("numbered")]
    if not parts:
        return
    for position, tree in enumerate(toctrees):
        commands = []
        if position == 0 and parts[0] > 0:
            commands.append(r"\frontmatter")
        if position == parts[0]:
            commands.append(r"\mainmatter")
        if position in parts and tree.get("caption"):
            commands.append(rf"\part{{{escape(tree['caption'], app.config.latex_engine)}}}")
        if position == parts[-1] + 1:
            commands.append(r"\backmatter")
        if commands:
            mark = nodes.raw("", "\n".join(commands) + "\n", format="latex")
            wrapper = tree.parent
            wrapper.parent.insert(wrapper.parent.index(wrapper), mark)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the listener."""
    app.connect("doctree-read", mark_divisions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
