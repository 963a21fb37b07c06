"""Every avoided form at every kind of place: exactly one finding, exactly there."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
FORMS = ("ホスト", "物理ホスト", "クラスター", "立ち上げる", "出来る")


def test_one_finding_at_each_place(tiny_book: Callable[[str], TinyBook]) -> None:
    book = tiny_book("termbase-tiny")
    expected = {}
    for form in FORMS:
        for number, (name, text) in enumerate(PLACES.items()):
            source = f"# 章\n\n`{form}` の前。\n\n{text}\n"
            offset = source.index("§")
            line = source.count("\n", 0, offset) + 1
            column = offset - source.rfind("\n", 0, offset)
            page = f"{form}{number}.md"
            expected[page] = (name, form, line, column)
            book.source.joinpath(page).write_text(source.replace("§", form), encoding="utf-8")
    found = records(book.build("terminology", "-q"))
    assert len(found) == len(expected)
    names = {page: name for page, (name, *_) in expected.items()}
    assert {
        r["filename"]: (names[str(r["filename"])], r["variant"], r["lineno"], r["column"])
        for r in found
    } == expected
