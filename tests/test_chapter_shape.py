"""A chapter that lacks a part of its shape is told what and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import TinyBook


@pytest.fixture
def chapter(tiny_book) -> TinyBook:
    book = tiny_book("apparatus")
    book.edit("conf.py", 'exclude_patterns = ["part1"]\n', "")
    book.edit("index.md", "# 装置\n", "# 装置\n\n```{toctree}\npart1/ch02-whole\n```\n")
    return book


def test_a_whole_chapter_is_accepted(chapter) -> None:
    run = chapter.build("dummy", "-W")
    assert run.status == 0, run.output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("(ch02-production)=\n", "", "no section '本番ではどう変えるか' with the label (ch02-pro"),
        ("(ch02-summary)=", "(ch02-next)=\n## 次\n\n(ch02-summary)=", ""),
        ("### ★ 一", "### 一", "the exercise '一' does not begin with its level"),
        ("### ★★★ 三", "### ★★ 三", "演習 has no exercise of the level ★★★"),
        ("::::{answer}\n二\n::::", "二", "the exercise '★★ 二' has no {answer}"),
        ("| 症状 | 確認 | 原因 | 処置 |\n|---|---|---|---|\n| a | b | c | d |", "無", "no table"),
        ("```{output} pve1\n:from: docs: qm.adoc\nok\n```", "ok", "no {output} block"),
        ("```{command} pve1\n# true\n```", "true", "ラボ手順 has no {command} block"),
    ],
)
def test_what_is_missing_is_told(chapter, old, new, told) -> None:
    chapter.edit("part1/ch02-whole.md", old, new)
    run = chapter.build("dummy", "-W", "--keep-going")
    assert run.status != 0
    assert told in run.output
    assert "part1/ch02-whole.md:" in run.output
    assert "Traceback" not in run.output


def test_sections_out_of_order_are_told(chapter) -> None:
    text = (chapter.source / "part1" / "ch02-whole.md").read_text(encoding="utf-8")
    summary = "(ch02-summary)=\n## まとめ\n\n"
    moved = text.replace(summary, "").replace("(ch02-goal)=", f"{summary}(ch02-goal)=")
    (chapter.source / "part1" / "ch02-whole.md").write_text(moved, encoding="utf-8")
    run = chapter.build("dummy", "-W", "--keep-going")
    assert run.status != 0
    assert "the sections are not in the order 章のゴール → " in run.output


def test_a_chapter_may_be_excused_from_a_section(chapter) -> None:
    chapter.edit("part1/ch02-whole.md", "(ch02-lab)=\n", "")
    chapter.edit(
        "conf.py",
        "apparatus_m",
        'chapter_shape_without = {"part1/ch02-whole": ["lab"]}\napparatus_m',
    )
    run = chapter.build("dummy", "-W")
    assert run.status == 0, run.output


def test_a_chapter_called_lab_has_its_steps_under_steps(chapter) -> None:
    path = chapter.source / "part1" / "ch02-whole.md"
    text = path.read_text(encoding="utf-8")
    top = text.splitlines()[0]
    steps = text.replace("(ch02-lab)=", "(ch02-steps)=").replace(top, "(ch02-lab)=", 1)
    path.write_text(steps, encoding="utf-8")
    run = chapter.build("dummy", "-W")
    assert run.status == 0, run.output
    path.write_text(steps.replace("(ch02-steps)=", "(ch02-else)="), encoding="utf-8")
    run = chapter.build("dummy", "-W", "--keep-going")
    assert "no section 'ラボ手順' with the label" in run.output
