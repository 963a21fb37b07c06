"""The divisions of the book: parts, and chapters counted through all of them.

The toctrees of the root document are the spine of the book; a caption opens a
part, or the front or the back matter.  HTML shows captions in the sidebar, but
Sphinx drops them from LaTeX, where they decide how pages and chapters are
numbered.  Sphinx also counts the chapters of every part from 1 again, where a
book counts on; and it cannot begin with a chapter 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.util.texescape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


class CountingThrough(TocTreeCollector):
    """Numbers the chapters of all parts in one count.

    Figures are numbered after the sections, so theirs follow.
    """

    def assign_section_numbers(self, env: BuildEnvironment) -> list[str]:
        """Number the sections; return the documents whose numbers have changed."""
        before = env.toc_secnumbers
        super().assign_section_numbers(env)
        counted = env.config.spine_first_chapter - 1
        for tree in self._numbered(env):
            chapters = [name for _, name in tree["entries"] if env.toc_secnumbers.get(name)]
            for name in chapters:
                _shift(env, name, counted)
            counted += len(chapters)
        return [
            name for name, numbers in env.toc_secnumbers.items() if numbers != before.get(name)
        ]

    @staticmethod
    def _numbered(env: BuildEnvironment) -> Iterator[addnodes.toctree]:
        root = env.config.root_doc
        if root in env.numbered_toctrees:
            for tree in env.get_doctree(root).findall(addnodes.toctree):
                if tree.get("numbered"):
                    yield tree


def _shift(env: BuildEnvironment, docname: str, by: int) -> None:
    """Add ``by`` to the chapter number of everything that bears it."""
    env.toc_secnumbers[docname] = {
        anchor: (number[0] + by, *number[1:]) if number else number
        for anchor, number in env.toc_secnumbers[docname].items()
    }
    for bearer in (env.titles[docname], *env.tocs[docname].findall(nodes.reference)):
        if number := bearer.get("secnumber"):
            bearer["secnumber"] = [number[0] + by, *number[1:]]


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
            commands.append(rf"\setcounter{{chapter}}{{{app.config.spine_first_chapter - 1}}}")
        if position in parts and tree.get("caption"):
            commands.append(rf"\part{{{escape(tree['caption'], app.config.latex_engine)}}}")
        if position == parts[-1] + 1:
            commands.append(r"\backmatter")
        if commands:
            mark = nodes.raw("", "\n".join(commands) + "\n", format="latex")
            wrapper = tree.parent
            wrapper.parent.insert(wrapper.parent.index(wrapper), mark)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the listeners; ours numbers in the place of Sphinx's."""
    app.add_config_value("spine_first_chapter", 1, "env", types=frozenset({int}))
    app.connect("doctree-read", mark_divisions)
    for listener in list(app.events.listeners["env-get-updated"]):
        # Sphinx has no other word for replacing one of its collectors.
        if isinstance(getattr(listener.handler, "__self__", None), TocTreeCollector):
            app.disconnect(listener.id)
    app.connect("env-get-updated", CountingThrough().get_updated_docs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
