"""The directive ``answer``: folded on a screen, framed on paper."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .words import word

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.writers.html5 import HTML5Translator
    from sphinx.writers.latex import LaTeXTranslator


class answer(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """The answer of an exercise; ``title`` is what the fold is called."""


class Answer(SphinxDirective):
    """The answer of the exercise under whose heading it stands."""

    has_content = True

    def run(self) -> list[Node]:
        """Parse the content into an answer."""
        node = answer("", *self.parse_content_to_nodes())
        node["title"] = word(self.config.language, "answer")
        self.set_source_info(node)
        return [node]


def visit_answer_html(translator: HTML5Translator, node: answer) -> None:
    """Open the fold; reading systems that cannot fold get it open."""
    opened = ' open="open"' if translator.builder.name == "epub" else ""
    title = html.escape(node["title"])
    translator.body.append(f'<details class="answer"{opened}><summary>{title}</summary>\n')


def depart_answer_html(translator: HTML5Translator, _node: answer) -> None:
    """Close the fold."""
    translator.body.append("</details>\n")


def visit_answer_latex(translator: LaTeXTranslator, node: answer) -> None:
    """Open the environment of the house style."""
    translator.body.append(f"\n\\begin{{bookanswer}}{{{translator.encode(node['title'])}}}\n")


def depart_answer_latex(translator: LaTeXTranslator, _node: answer) -> None:
    """Close it."""
    translator.body.append("\n\\end{bookanswer}\n")
