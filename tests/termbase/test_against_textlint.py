"""What textlint with textlint-rule-prh gets wrong on MyST, and termbase gets right.

Both are given the same rules: the ones that termbase exports.  The real
textlint is asked, so that a claim about it is never older than the lock.
"""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import pytest

from termbase.exchange import to_prh
from termbase.terms import Place, Status, Term, Termbase, Variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import TinyBook

    from .conftest import Textlint

GLOSSARY = """(glossary)=
# 用語集

:::{glossary}
ノード
  :reading: のーど
  :avoid: ホスト
  :allow: ホスト名

  機械。

サーバ
  :reading: さーば
  :avoid: サーバー

  機能。

削除する
  :reading: さくじょする
  :avoid: 消す

  なくす。
:::
"""
NFD = unicodedata.normalize("NFD", "サーバー")

# Markdown with one avoided form, which textlint does not see.
MISSED = {
    "admonition": "```{note}\nサーバーです。\n```",
    "admonition title": "```{admonition} サーバーの話\n本文。\n```",
    "caption": "```{figure} a.png\nサーバーの図\n```",
    "code caption": "```{code-block} text\n:caption: サーバーの例\n\nx\n```",
    "list table": "```{list-table}\n* - サーバー\n  - 値\n```",
    "role text": "{abbr}`HA (サーバーの機能)`です。",
    "block quote": "> サーバーです。",
    "link text": "[サーバー](https://example.org/)です。",
    "alt text": "![サーバーの図](a.png)",
    "line break": "これはサー\nバーです。",
    "emphasis inside": "これは**サー**バーです。",
    "half width": "これはｻｰﾊﾞｰです。",
    "decomposed": f"これは{NFD}です。",
    "inflection": "ファイルを消しました。",
    "negation": "ファイルを消さないでください。",
}
# Markdown without an avoided form, in which textlint reports one.
FALSE_ALARMS = {
    "target": "(サーバー)=\n\n本文。",
    "comment": "% サーバーのこと\n\n本文。",
    "another verb": "操作を取り消す。",
}


def _term(surface: str, avoid: str, *allow: str) -> Term:
    place = Place("glossary.md", 1)
    variants = [Variant(avoid, Status.DEPRECATED, "ja", place)]
    variants += [Variant(form, Status.ADMITTED, "ja", place) for form in allow]
    return Term(surface, place, variants=tuple(variants))


RULES = to_prh(
    Termbase(
        [
            _term("ノード", "ホスト", "ホスト名"),
            _term("サーバ", "サーバー"),
            _term("削除する", "消す"),
        ]
    )
)


def by_textlint(textlint: Textlint, folder, text: str) -> int:
    [page] = json.loads(textlint.lint(folder, RULES, f"# 題\n\n{text}\n").stdout)
    return len(page["messages"])


@pytest.fixture
def by_termbase(tiny_book: Callable[[str], TinyBook]) -> Callable[[str], int]:
    def count(text: str) -> int:
        book = tiny_book("termbase-translations")
        (book.source / "index.md").write_text(
            f"# 題\n\n{text}\n\n```{{toctree}}\nglossary\n```\n", encoding="utf-8"
        )
        (book.source / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
        (book.source / "a.png").write_bytes(b"")
        run = book.build("terminology", "-D", "locale_dirs=none")
        lines = (run.folder / "output.json").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return sum(each["filename"] == "index.md" for each in found)

    return count


@pytest.mark.parametrize("text", MISSED.values(), ids=MISSED)
def test_what_textlint_misses_is_found_once(textlint, by_termbase, tmp_path, text) -> None:
    assert by_textlint(textlint, tmp_path, text) == 0
    assert by_termbase(text) == 1


@pytest.mark.parametrize("text", FALSE_ALARMS.values(), ids=FALSE_ALARMS)
def test_what_textlint_reports_wrongly_is_silent(textlint, by_termbase, tmp_path, text) -> None:
    assert by_textlint(textlint, tmp_path, text) > 0
    assert by_termbase(text) == 0


def test_a_fix_leaves_an_allowed_phrase_alone(textlint, tmp_path) -> None:
    text = "ノード名（ホスト名）とホストです。\n"
    stock = "version: 1\nrules:\n  - expected: ノード\n    pattern: ホスト\n"
    assert textlint.fix(tmp_path, stock, text) == "ノード名（ノード名）とノードです。\n"
    # With the exported rules even textlint respects the allowed phrase.
    assert textlint.fix(tmp_path, RULES, text) == "ノード名（ホスト名）とノードです。\n"
