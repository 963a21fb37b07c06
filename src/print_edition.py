r"""The book on paper: what LaTeX needs that Sphinx's writer does not say.

Sphinx writes LaTeX for manuals.  A printed book also opens its chapters with
their goal, breaks long tables, prints the page after a reference, and puts
the imprint on its last page.  The look of all this is in
``_templates/latex/book-house.sty``; here is only what TeX cannot know by
itself, said with the commands of that file (they begin with ``\book``).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from pygments.style import Style
from pygments.token import Comment, Generic, Keyword, Name, Operator, String, _TokenType
from sphinx.config import ENUM
from sphinx.locale import _
from sphinx.writers.latex import LaTeXTranslator

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx

GOAL = "-goal"
"""End of the id of the section that says what a chapter is for."""

LINE = 86
"""Latin letters that a line of a table holds, from margin to margin."""

COLUMN_GAP = 3
"""Letters lost between two columns."""

TALL = 16
"""Lines from which a table may break; a page has about 40."""


class PaperStyle(Style):
    """Colours of code that stay apart when they are printed in grey.

    What is printed by the machine is grey, what a person types is black.
    """

    background_color = "#ffffff"
    styles: ClassVar[dict[_TokenType, str]] = {
        Comment: "italic #4b5a62",
        Keyword: "bold",
        Name.Tag: "bold",
        Name.Section: "bold",
        Operator.Word: "bold",
        String: "#1d2a30",
        Generic.Prompt: "bold #0b4f6c",
        Generic.Output: "#4b5a62",
        Generic.Heading: "bold",
        Generic.Deleted: "#4b5a62",
        Generic.Inserted: "bold",
        Generic.Emph: "italic",
        Generic.Strong: "bold",
    }


def letters(text: str) -> int:
    """Return the width of a text in Latin letters; a Japanese character has two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def lines_of(table: nodes.table) -> int:
    """Estimate how many lines the body of a table takes.

    Good enough to tell a table that may break from one that is kept whole:
    the fonts are TeX's business.
    """
    columns = [column.get("colwidth", 1) for column in table.findall(nodes.colspec)]
    share = (LINE - COLUMN_GAP * len(columns)) / max(sum(columns), 1)
    lines = 0
    for row in table.findall(nodes.row):
        if isinstance(row.parent, nodes.thead):
            continue
        heights = [1]
        for entry, column in zip(row.findall(nodes.entry), columns, strict=False):
            room = max(share * column, 1)
            paragraphs = entry.astext().splitlines() or [""]
            heights.append(sum(-(-letters(text) // int(room)) or 1 for text in paragraphs))
        lines += max(heights)
    return lines


class PaperTranslator(LaTeXTranslator):
    """Sphinx's writer, with the commands of the house style."""

    def astext(self) -> str:
        """Return the document, with what must stand before its class.

        Whether this TeX can write tagged PDF is for TeX to find out.
        """
        language = self.config.language
        return (
            f"\\def\\booklanguage{{{language}}}\\def\\bookprofile{{{self.config.print_profile}}}"
            f"\\input{{book-metadata.tex}}\n{super().astext()}"
        )

    def visit_start_of_file(self, node: Element) -> None:
        """Put the index before the imprint, which closes a book."""
        if node["docname"] == self.config.print_colophon:
            self.body.append(f"\n\\bookindex{{{self.escape(_('Index'))}}}\n\\bookcolophon\n")
        super().visit_start_of_file(node)

    def visit_section(self, node: Element) -> None:
        """Open the chapter's own page where the chapter says what it is for."""
        if any(_is_goal(child) for child in node.children):
            self.body.append("\n\\bookopening\n")
        super().visit_section(node)
        if _is_goal(node):
            self.body.append("\\begin{bookgoal}\n")

    def depart_section(self, node: Element) -> None:
        """Close it."""
        if _is_goal(node):
            self.body.append("\n\\end{bookgoal}\n")
        super().depart_section(node)

    def visit_Text(self, node: nodes.Text) -> None:  # noqa: N802 - the name of the node
        """Keep a comma from ending a title, which tagged PDF has in a list of keys."""
        super().visit_Text(node)
        if self.in_title:
            self.body[-1] = self.body[-1].replace(",", "{,}")

    def visit_table(self, node: Element) -> None:
        """Let a tall table break; its head is then repeated."""
        if not self.tables and isinstance(node, nodes.table) and lines_of(node) > TALL:
            node["classes"].append("longtable")
        heads = sum(1 for head in node.findall(nodes.thead) for _row in head.findall(nodes.row))
        self.body.append(f"\n\\booktableheads{{{heads}}}")
        super().visit_table(node)

    def visit_image(self, node: Element) -> None:
        """Hand the alternative text to the tagged PDF."""
        if alt := node.get("alt"):
            self.body.append(f"\\bookalt{{{self.escape(' '.join(alt.split()))}}}%\n")
        super().visit_image(node)

    def depart_reference(self, node: Element) -> None:
        """Print the page of a section that is referred to."""
        super().depart_reference(node)
        target = node.get("refuri", "")
        if not target and "refid" in node:
            target = f"#{node['refid']}"
        internal = target.startswith(("#", "%"))
        named = any("std-ref" in child.get("classes", []) for child in node.findall(nodes.inline))
        if internal and named and not self.in_title and not self.in_caption:
            document, _hash, identifier = target.removeprefix("%").partition("#")
            label = f"{document or self.curfilestack[-1]}:{identifier or ':doc'}"
            self.body.append(f"\\bookpageref{{{self.idescape(label)}}}")


def _is_goal(node: nodes.Node) -> bool:
    return isinstance(node, nodes.section) and any(each.endswith(GOAL) for each in node["ids"])


def use_paper(app: Sphinx) -> None:
    """Put the writer in the place of Sphinx's, and colour the code for paper (builder-inited).

    Not in `setup`: where any translator stands before this event, the theme of the
    web edition adds to that one and leaves the pages without its own, so that wide
    tables no longer scroll in a box of theirs.
    """
    if app.builder.format == "latex":
        app.set_translator("latex", PaperTranslator)
        app.config.pygments_style = f"{PaperStyle.__module__}.{PaperStyle.__name__}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the setting and the handler of this module."""
    app.add_config_value("print_colophon", "colophon", "env", types=frozenset({str}))
    # "screen" to be read on one, "press" for a printing house.
    app.add_config_value("print_profile", "screen", "", types=ENUM("screen", "press"))
    app.connect("builder-inited", use_paper)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
