"""Findings as warnings, the builder's files, suppression, and what stops a build."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from termbase import enforcement

from .test_places import places, records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import TinyBook

    Book = Callable[[str], TinyBook]


def test_a_clean_book_has_no_finding(tiny_book: Book) -> None:
    run = tiny_book("termbase-tiny").build("terminology", "-W")
    assert (run.status, records(run)) == (0, [])


def test_a_warning_names_file_line_term_and_declaration(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "ホストを")
    (warning,) = book.build("html", "-q").warnings()
    assert warning.startswith(f"{book.source / 'index.md'}:3: WARNING: ")
    assert warning.endswith(
        "use 'ノード' instead of 'ホスト' (物理とは限らないため; declared at glossary.md:6) "
        "[termbase.variant]"
    )


@pytest.mark.parametrize("builder", ["html", "terminology", "gettext"])
def test_a_failure_stays_a_failure_when_nothing_is_read_again(
    tiny_book: Book, builder: str
) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "ホストを")
    first, second = (book.build(builder, "-q", "-W") for _ in range(2))
    assert (first.status, second.status) == (1, 1)
    assert len(first.warnings()) == len(second.warnings()) == 1


def test_warnings_can_be_suppressed_by_kind(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "ホストを")
    run = book.build("html", "-q", "-W", "-D", "suppress_warnings=termbase.variant")
    assert (run.status, run.warnings()) == (0, [])


def test_incremental_equals_clean_when_the_glossary_changes(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "計算機を")
    assert records(book.build("terminology", "-q")) == []
    book.edit("glossary.md", "ホスト、物理ホスト", "ホスト、計算機")
    assert places(book.build("terminology", "-q")) == [("index.md", 3, 1)]
    book.edit("index.md", "計算機を", "ノードを")
    assert records(book.build("terminology", "-q")) == []


def test_sarif_and_text(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "a ホストを")
    run = book.build("terminology", "-q")
    log = json.loads((run.folder / "output.sarif").read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == "termbase.variant"
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == "termbase.variant"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 3}
    text = (run.folder / "output.txt").read_text(encoding="utf-8")
    assert text.startswith("index.md:3:3: [variant] use 'ノード' instead of 'ホスト'")


SUPPRESSIONS: list[tuple[str, list[tuple[str, int]]]] = [
    ("{sic}`ホスト`と書かない。", []),
    ("{sic}`ノード`と書く。", [("suppression", 7)]),
    ("% termbase: allow ホスト -- 引用\n\nホストとホスト", []),
    ("% termbase: allow ホスト -- 引用\n\n- ホスト\n- `x`のホスト", []),
    ("% termbase: allow ホスト -- 引用\n\n## ホスト\n\nホスト", [("variant", 1)]),
    ("% termbase: allow ホスト -- 引用\n\nホスト\n\nホスト", [("variant", 1)]),
    ("% termbase: allow ホスト -- 引用\n\nノード", [("suppression", 3)]),
    ("% termbase: allow ホスト, クラスター -- 引用\n\nホスト", [("suppression", 3)]),
    ("% termbase: allow ホスト\n\nホスト", [("suppression", 3)]),
    ("% termbase: allow -- 理由\n\nノード", [("suppression", 3)]),
    ("% termbase: deny ホスト -- 理由\n\nノード", [("suppression", 3)]),
    ("ノード\n\n% termbase: allow ホスト -- 引用", [("suppression", 3)]),
    ("% termbase: allow 立ち上げる -- 引用\n\n立ち上げて", []),
]


def test_suppression(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    for number, (text, _) in enumerate(SUPPRESSIONS):
        book.source.joinpath(f"p{number:02}.md").write_text(f"# 章\n\n{text}\n", encoding="utf-8")
    found: dict[object, list[tuple[object, object]]] = {}
    for record in records(book.build("terminology", "-q")):
        found.setdefault(record["filename"], []).append((record["kind"], record["column"]))
    expected = {f"p{n:02}.md": hits for n, (_, hits) in enumerate(SUPPRESSIONS) if hits}
    assert found == expected


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (":why:", ":because:", "unknown field 'because'"),
        (":reading: のーど", ":reading:", "empty 'reading'"),
        (":reading: のーど", ":reading: のーど\n  :reading: のど", "is given twice"),
        (":avoid: クラスター", ":avoid: `クラスター`", "can never match: '`' is markup"),
        (":bad: ホストを足す", ":bad:", "empty 'bad'"),
        (":id: node", ":id: ノード", "is not an ASCII identifier"),
        (":bad: ホスト", ":bad: ノード", "holds no avoided form"),
        (":good: ホスト名", ":good: ホスト", "is reported"),
        ("Cluster\n", "ノード\n", "declared twice"),
        (":avoid: クラスター", ":avoid: ノード", "preferred elsewhere"),
        (":avoid: クラスター", ":avoid: ホスト名", "allowed elsewhere"),
        (":avoid: クラスター", ":avoid: ー", "can never match"),
    ],
)
def test_a_wrong_glossary_fails_the_build_and_names_the_line(
    tiny_book: Book, old: str, new: str, said: str
) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("glossary.md", old, new)
    run = book.build("dummy", "-q")
    assert run.status == 1
    (error,) = run.output.splitlines()
    assert "glossary.md:" in error
    assert "ERROR:" in error
    assert said in error


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (":avoid: クラスター", ":avoid:"),
        (":allow: ホスト名", ":allow: ホスト名、"),
        (":avoid: クラスター", ":avoid: クラスター, , 集合"),
    ],
)
def test_an_empty_list_or_item_declares_nothing(tiny_book: Book, old: str, new: str) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("glossary.md", old, new)
    run = book.build("dummy", "-q")
    assert run.status == 0, run.output


@pytest.mark.parametrize("builder", ["html", "terminology", "gettext"])
def test_a_failure_of_the_glossary_is_one_message_and_stays_one(
    tiny_book: Book, builder: str
) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("glossary.md", "Cluster\n", "ノード\n")
    book.edit("index.md", "ノードを", "ホストを")
    for _ in range(2):
        run = book.build(builder, "-q")
        assert run.status == 1
        (line,) = run.output.splitlines()
        assert "glossary.md:19: ERROR: the term 'ノード' is declared twice" in line
        assert "(the other place: glossary.md:6) [termbase.glossary]" in line
    if builder == "terminology":
        assert [(r["kind"], r["lineno"]) for r in records(run)] == [("glossary", 19)]
    book.edit("glossary.md", "クラスタ\nノード\n", "クラスタ\n")
    book.edit("index.md", "ホストを", "ノードを")
    assert book.build(builder, "-q").status == 0


@pytest.mark.parametrize("builder", ["html", "terminology"])
def test_a_missing_dictionary_is_one_message(tiny_book: Book, builder: str) -> None:
    book = tiny_book("termbase-tiny")
    conf = book.source / "conf.py"
    text = conf.read_text(encoding="utf-8")
    conf.write_text(f"import sys\n\nsys.modules['sudachipy'] = None\n{text}", encoding="utf-8")
    for _ in range(2):
        run = book.build(builder, "-q")
        assert run.status == 1
        (line,) = run.output.splitlines()
        assert line.startswith("ERROR: termbase needs SudachiPy and its dictionary")
        assert "[termbase.morphology]" in line


def test_a_missing_reading_is_derived_and_told_once(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    first, second = (book.build("dummy") for _ in range(2))
    said = "glossary.md:24: the term '起動する' has no reading, 'きどうする' is derived"
    assert said in first.output
    assert said not in second.output
    run = book.build("terminology", "-q", "-D", "termbase_require_reading=1")
    found = [(r["kind"], r["lineno"], r["surface"]) for r in records(run)]
    assert found == [("reading", 18, "クラスタ"), ("reading", 24, "起動する")]
    assert "きどうする" in str(records(run)[1]["message"])


def test_a_reading_that_changes_is_a_change_of_the_rule(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("glossary.md", "できる\n  :reading: できる\n  :avoid: 出来る", "とき\n  :avoid: 時")
    book.edit("index.md", "ノードを", "起動時にノードを")
    assert len(records(book.build("terminology", "-q"))) == 1
    book.edit("glossary.md", "とき\n", "とき\n  :reading: とき\n")
    assert records(book.build("terminology", "-q")) == []


def test_every_kind_that_is_reported_is_documented() -> None:
    emitted = set()
    for path in Path(enforcement.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in {"kind", "subtype"}:
                emitted |= constants(node.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                emitted |= constants(node.args[2]) if len(node.args) > 2 else set()
    emitted -= {"inconsistent_references"}
    assert emitted >= {"variant", "glossary", "equivalent", "reference", "unsafe", "catalog"}
    assert emitted <= enforcement.KINDS.keys()
    readme = (Path(enforcement.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert [kind for kind in enforcement.KINDS if f"`termbase.{kind}`" not in readme] == []


def constants(node: ast.expr) -> set[str]:
    values = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return {v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)}


def test_a_stopped_build_is_stopped_again(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("glossary.md", ":avoid: クラスター", ":avoid: ノード")
    first, second = (book.build("dummy", "-q") for _ in range(2))
    assert (first.status, second.status) == (1, 1)
    assert "glossary.md:20: ERROR:" in second.output
    assert "(the other place: glossary.md:6)" in second.output
    assert "Traceback" not in second.output


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("termbase_require_examples", "no 'bad' example"),
        ("termbase_require_id", "has no id"),
        ("termbase_require_reading", "has no reading"),
        ("termbase_unused", "is never used"),
    ],
)
def test_settings(tiny_book: Book, setting: str, said: str) -> None:
    run = tiny_book("termbase-tiny").build("terminology", "-q", "-W", "-D", f"{setting}=1")
    assert run.status != 0
    assert said in run.output


def test_text_in_drawings(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "![図](a.svg)\n\nノードを")
    book.source.joinpath("a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg">\n<title>図のホスト</title>\n'
        '<text x="1">ノード<tspan dy="1">クラス</tspan><tspan dy="1">ター</tspan></text>\n'
        '<text class="code">ホスト</text><text>&#x30DB;スト</text>\n<!-- ホスト --></svg>\n',
        encoding="utf-8",
    )
    run = book.build("terminology", "-q")
    assert places(run) == [("a.svg", 2, 10), ("a.svg", 3, 30), ("a.svg", 4, 36)]
    book.source.joinpath("a.svg").write_text(
        '<!DOCTYPE s [<!ENTITY a "b">]>\n<svg/>', encoding="utf-8"
    )
    (record,) = records(book.build("terminology", "-q"))
    assert (record["kind"], record["lineno"]) == ("drawing", 1)
