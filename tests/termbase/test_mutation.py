"""Every avoided form at every kind of place: exactly one finding, exactly there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .test_places import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import TinyBook

#: Sources with § where the form goes; what surrounds it is right.
PLACES = {
    "paragraph": "段落に§を置く。\n",
    "second line": "段落の\n二行目に§を置く。\n",
    "heading": "## 見出しの§。\n",
    "list": "- 項目\n  の続きに§を置く。\n",
    "quote": "> 引用の\n> 続きに§を置く。\n",
    "strong": "ここで**§**を置く。\n",
    "link": "ここで[§](https://example.com/)を置く。\n",
    "table": "| 甲 | 乙 |\n|---|---|\n| `a` | §。 |\n",
    "list-table": "```{list-table}\n* - 甲\n  - §。\n```\n",
    "admonition title": ":::{admonition} 注意の§。\n\n本文\n:::\n",
    "admonition": ":::{note}\n本文の§。\n:::\n",
    "figure caption": "```{figure} a.png\n:alt: 図\n\n説明の§。\n```\n",
    "alt": "```{figure} a.png\n:alt: 図の§。\n\n説明\n```\n",
    "inline alt": "絵は![代替の§。](a.png)です。\n",
    "footnote": "本文[^a]\n\n[^a]: 注の§。\n",
    "caption": "```{code-block} bash\n:caption: 題の§。\n\necho\n```\n",
    "abbr": "これは{abbr}`X (§。)`です。\n",
    "nested": "::::{note}\n:::{tip}\n- §。\n:::\n::::\n",
    "index": "```{index} single: §\n```\n",
    "role text": "これは{ref}`§。 <genindex>`です。\n",
}
FORMS = {"ホスト": "ホスト", "物理ホスト": "物理ホスト", "クラスター": "クラスター"}
FORMS |= {"立ち上げる": "立ち上げる", "出来る": "出来る"}


@pytest.mark.parametrize("form", FORMS)
def test_one_finding_at_each_place(tiny_book: Callable[[str], TinyBook], form: str) -> None:
    book = tiny_book("termbase-tiny")
    expected = {}
    for number, (name, text) in enumerate(PLACES.items()):
        source = f"# 章\n\n`{form}` の前。\n\n{text}\n"
        offset = source.index("§")
        line = source.count("\n", 0, offset) + 1
        column = offset - source.rfind("\n", 0, offset)
        expected[f"p{number}.md"] = (name, line, column)
        book.source.joinpath(f"p{number}.md").write_text(
            source.replace("§", form), encoding="utf-8"
        )
    run = book.build("terminology", "-q")
    found = {r["filename"]: (r["lineno"], r["column"]) for r in records(run)}
    assert len(records(run)) == len(PLACES)
    assert {k: (v[0], *found[k]) for k, v in expected.items()} == expected
