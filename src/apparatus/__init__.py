"""The apparatus of a technical book: commands, expected output, files, answers.

Four directives say what plain code blocks cannot: ``command`` (what is typed,
where it runs, what it destroys), ``output`` (what should be seen, and what
that is derived from), ``labfile`` (a real file of the lab, shown and offered
for download) and ``answer`` (of an exercise, folded until asked for).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .answers import (
    Answer,
    answer,
    depart_answer_html,
    depart_answer_latex,
    visit_answer_html,
    visit_answer_latex,
)
from .blocks import Command, Output
from .files import LabArchive, LabFile, WithoutDownloads
from .placeholders import CollectWords, TranslateWords, code_word, skip_word
from .session import SessionLexer

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, the node of an answer and the lexer of sessions."""
    app.add_config_value("apparatus_machines", [], "env", types=frozenset({list}))
    app.add_config_value("apparatus_files", "lab/files", "env", types=frozenset({str}))
    app.add_lexer("session", SessionLexer)
    app.add_node(
        answer,
        html=(visit_answer_html, depart_answer_html),
        latex=(visit_answer_latex, depart_answer_latex),
    )
    app.add_node(code_word, html=(skip_word, None), latex=(skip_word, None))
    app.add_transform(CollectWords)
    app.add_transform(TranslateWords)
    app.add_directive("command", Command)
    app.add_directive("output", Output)
    app.add_directive("labfile", LabFile)
    app.add_directive("labarchive", LabArchive)
    app.add_directive("answer", Answer)
    app.add_post_transform(WithoutDownloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
