"""Every chapter has the shape that its readers have learnt to expect.

The sections that all chapters share are known by their labels, so the check
works in every edition; what a chapter must have beyond them (an exercise of
each level with an answer, expected output, a table of failures) is checked in
the section where it belongs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging

from apparatus.answers import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

CHAPTER = re.compile(r"part\d+/(ch\d\d)-[a-z0-9-]+")

SECTIONS = {
    "goal": "章のゴール",
    "scope": "この章で分かること / 分からないこと",
    "terms": "用語メモ",
    "lab": "ラボ手順",
    "check": "成功判定",
    "pitfalls": "うまくいかないとき",
    "production": "本番ではどう変えるか",
    "exercises": "演習",
    "summary": "まとめ",
    "next": "次に読む章",
}
"""Ends of the labels, in the order of the chapter, and what the section is called."""

LEVELS = ("★", "★★", "★★★")


def missing(chapter: nodes.document, name: str, without: list[str]) -> Iterator[str]:
    """Yield what a chapter lacks, one sentence each.

    Bad::

        (ch04-exercises)=
        ## 演習

        ### ★ 題      (no answer, and no exercise of ★★ and ★★★)

    Good: the sections of :data:`SECTIONS`, in that order, each complete.

    Args:
        chapter: the doctree, as it was read.
        name: of the chapter in its labels (``ch04``).
        without: ends of the labels that this chapter does not need.
    """
    # A chapter that is itself called chNN-lab has its steps under chNN-steps.
    sections = {
        "lab" if label == f"{name}-steps" else label.removeprefix(f"{name}-"): section
        for section in chapter.findall(nodes.section)
        if section.parent is not chapter
        for label in section["ids"]
    }
    wanted = [end for end in SECTIONS if end not in without]
    for end in wanted:
        if end not in sections:
            yield f"no section {SECTIONS[end]!r} with the label ({name}-{end})="
    found = [end for end in sections if end in wanted]
    expected = [end for end in wanted if end in sections]
    if found != expected:
        titles = " → ".join(SECTIONS[end] for end in expected)
        yield f"the sections are not in the order {titles}"
    if "exercises" in sections:
        yield from _exercises(sections["exercises"])
    if "pitfalls" in sections and next(sections["pitfalls"].findall(nodes.table), None) is None:
        yield "うまくいかないとき has no table of symptom, check, cause and remedy"
    if "lab" in wanted and "check" in sections and not _blocks(sections["check"], "output"):
        yield "成功判定 has no {output} block with the expected output"
    if "lab" in wanted and "lab" in sections and not _blocks(sections["lab"], "command"):
        yield "ラボ手順 has no {command} block"


def _blocks(section: nodes.section, kind: str) -> list[nodes.container]:
    return [block for block in section.findall(nodes.container) if kind in block["classes"]]


def _exercises(section: nodes.section) -> Iterator[str]:
    levels = set()
    for exercise in section.children:
        if not isinstance(exercise, nodes.section):
            continue
        title = exercise[0].astext()
        level = title.partition(" ")[0]
        if level not in LEVELS:
            yield f"the exercise {title!r} does not begin with its level (★, ★★ or ★★★)"
        levels.add(level)
        if next(exercise.findall(answer), None) is None:
            yield f"the exercise {title!r} has no {{answer}}"
    for level in LEVELS:
        if level not in levels:
            yield f"演習 has no exercise of the level {level}"


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Report what a chapter lacks (doctree-read)."""
    docname = app.env.current_document.docname
    chapter = CHAPTER.fullmatch(docname)
    if chapter is None:
        return
    without = app.config.chapter_shape_without.get(docname, [])
    for lack in missing(doctree, chapter[1], without):
        logger.warning(
            "chapter %s: %s",
            chapter[1],
            lack,
            location=(docname, 1),
            type="chapter_shape",
            subtype="missing",
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the listener."""
    app.add_config_value("chapter_shape_without", {}, "env", types=frozenset({dict}))
    app.connect("doctree-read", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
