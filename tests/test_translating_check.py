"""What `make po-check` says of a translation, each with a wrong and a right example."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import polib
import pytest

from tests.conftest import PROJECT
from translating.__main__ import main
from translating.checking import KINDS, POFILTER, check
from translating.sections import check_sections

if TYPE_CHECKING:
    from pathlib import Path

CATALOGS = sorted((PROJECT / "locale" / "en").rglob("*.po"))

# kind, msgid, wrong, right
EXAMPLES = [
    ("number", "ノードは 3 台です。", "There are 4 nodes.", "There are three nodes."),
    ("number", "ノードは 3 台です。", "There are nodes.", "There are 3 nodes."),
    ("number", "三つのノードです。", "These are 5 nodes.", "These are 3 nodes."),
    ("number", "上限は 10 万です。", "The limit is 10,000.", "The limit is 100,000."),
    ("number", "1,024 個です。", "There are 1,042.", "There are 1024."),
    ("number", "2026 年 8 月です。", "It is July 2026.", "It is August 2026."),
    ("number", "差は 1 割です。", "It is 1 %.", "It is 10 %."),
    ("number", "16 進で書きます。", "Write it down.", "Write it in hexadecimal."),
    (
        "number",
        "9 系にはありません。",
        "8.x does not have it.",
        "The 9.x series does not have it.",
    ),
    ("number", "二十一番です。", "It is number 22.", "It is number 21."),
    ("number", "メモリは 6 GiB です。", "It has 6 GB of memory.", "It has 6 GiB of memory."),
    ("number", "30 秒待ちます。", "Wait 30 minutes.", "Wait 30 seconds."),
    ("number", "5 分まで失えます。", "You may lose five hours.", "You may lose five minutes."),
    ("number", "pve1 を止めます。", "Stop pve2.", "Stop pve1."),
    ("number", "3. 止まる時間は", "4\\. How long?", "3\\. How long?"),
    ("option", "--agent を書く。", "Write --angent.", "Write --agent."),
    ("option", "置き場は /etc/pve です。", "It is in /etc/pev.", "It is in /etc/pve."),
    ("option", "10.10.10.1 に入る。", "Log in to it.", "Log in to 10.10.10.1."),
    ("ending", "ノードです。", "It is a node", "It is a node."),
    ("ending", "ノード", "A node.", "A node"),
    ("ending", "次のとおりです。", "As follows", "As follows:"),
    ("ending", "期限は", "The end.", "When is the end?"),
    ("balance", "ノード（一台）です。", "It is a node (one.", "It is a node (one)."),
    ("balance", "ノードです。", "It is a node).", "It is a (single) node."),
    ("balance", "「ノード」です。", "It is a “node.", "It is a “node”."),
    ("balance", "「ノード」です。", 'It is a "node.', "It is a “node.”"),
    ("quotation", "「ノード」です。", 'It is a "node."', "It is a “node.”"),
    ("quotation", "ノードのディスク", "The node's disk", "The node’s disk"),
    (
        "quotation",
        "`echo 'a'` と書き、{guilabel}`Join 'lab'` を押す。",
        "Write '`echo 'a'`' and press {guilabel}`Join 'lab'`.",
        "Write `echo 'a'` and press {guilabel}`Join 'lab'`.",
    ),
    ("balance", "**ノード**です。", "It is a **node.", "It is a **node**."),
    ("balance", "`qm` です。", "It is `qm.", "It is `qm`."),
    ("emphasis", "**ノード**です。", "It is a node.", "It is a **node**."),
    ("untranslated", "ノードです。", "ノードです。", "It is a node."),
    (
        "untranslated",
        "{term}`ノード`です。",
        "It is a {term}`ノード`.",
        "It is a {term}`node <ノード>`.",
    ),
    ("doubled", "ノードです。", "It is is a a node.", "It is a node. A node it is."),
    ("pofilter", "全部で %s 台です。", "%d in all.", "In all %s of them."),
    ("pofilter", "ノードです。", "It is a node. ", "It is a node."),
    ("pofilter", "ノードです。", "It is a  node.", "It is a node."),
]


def findings(folder: Path, msgid: str, msgstr: str, comment: str = "") -> list[tuple[str, int]]:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    strings = [polib.escape(text) for text in (msgid, msgstr)]
    lines = [f"# {comment}"] if comment else []
    lines += ["#: index.md", f'msgid "{strings[0]}"', f'msgstr "{strings[1]}"', ""]
    path = folder / "index.po"
    path.write_text("\n".join([head, *lines]), encoding="utf-8")
    at = 3 + len(lines) - 1
    found = check(path, "locale/en/LC_MESSAGES/index.po", "en")
    assert all(one.place.path == "locale/en/LC_MESSAGES/index.po" for one in found)
    # An allowance is at the line of its entry, everything else in the translation.
    assert all(one.place.line == at for one in found if one.kind != "allowance")
    return [(one.kind, one.place.column) for one in found]


@pytest.mark.parametrize(("kind", "msgid", "wrong", "right"), EXAMPLES)
def test_what_is_wrong_is_found_and_what_is_right_is_not(
    tmp_path, kind, msgid, wrong, right
) -> None:
    assert kind in {one for one, _ in findings(tmp_path, msgid, wrong)}
    assert findings(tmp_path, msgid, right) == []


def test_every_kind_has_an_example() -> None:
    assert {kind for kind, *_ in EXAMPLES} == KINDS.keys() - {"allowance"}


def test_the_day_of_a_date_is_no_length_of_time(tmp_path) -> None:
    right = "At the end of a month: from May 1 on."
    assert findings(tmp_path, "月末です。5 月 1 日からです。", right) == []


def test_a_finding_stands_at_its_character(tmp_path) -> None:
    [(kind, column)] = findings(tmp_path, "ノードです。", "It is is a node.")
    assert (kind, column) == ("doubled", len('msgstr "It ') + 1)


def test_an_allowance_has_a_reason_and_an_effect(tmp_path) -> None:
    wrong = "ノードは 3 台です。", "There are 4 nodes."
    allowed = "po-check: allow number -- the English lab has one more"
    assert findings(tmp_path, *wrong, allowed) == []
    for comment in (
        "po-check: allow number",
        "po-check: allow ending -- nothing is wrong with it",
        "po-check: allow nonsense -- there is no such kind",
    ):
        kinds = {kind for kind, _ in findings(tmp_path, *wrong, comment)}
        assert kinds == {"number", "allowance"}, comment


def test_another_language_need_not_spell_small_numbers(tmp_path) -> None:
    path = tmp_path / "index.po"
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "ノードは 3 台、メモリは 64 GiB です。"\n'
        'msgstr "Es sind drei Knoten mit 32 GiB Speicher."\n',
        encoding="utf-8",
    )
    said = [one.message for one in check(path, "x.po", "de")]
    assert any("32" in message for message in said)
    assert any("64" in message for message in said)
    assert not any("3 台" in message or "number 3 " in message for message in said)


def test_the_tests_of_pofilter_exist() -> None:
    from translate.filters import checks

    known = checks.StandardChecker().getfilters()
    assert POFILTER.keys() <= known.keys()


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_the_book_s_catalogs_have_no_findings(path) -> None:
    assert [f"{one.place}: {one.message}" for one in check(path, path.name, "en")] == []


def write_catalogs(folder: Path, pages: dict[str, dict[str, str]]) -> list[Path]:
    paths = []
    for name, messages in pages.items():
        catalog = polib.POFile()
        catalog.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
        for msgid, msgstr in messages.items():
            catalog.append(polib.POEntry(msgid=msgid, msgstr=msgstr))
        paths.append(folder / f"{name}.po")
        catalog.save(str(paths[-1]))
    return paths


def test_a_section_is_called_the_same_in_all_chapters(tmp_path) -> None:
    paths = write_catalogs(
        tmp_path,
        {
            "ch01": {"まとめ": "Summary", "ラボ手順 L1": "Lab Steps: L1", "次の図": "This figure"},
            "ch02": {"まとめ": "In Short", "ラボ手順 — L2": "Work: L2", "次の図": "The figure"},
            "ch03": {"まとめ": "Summary", "ラボ手順": "Lab Steps", "演習のための設定": "Exercise"},
            # Not translated yet, and a term as it stands within a sentence.
            "ch04": {"まとめ": "", "ラボ手順 L4": "Lab Steps: L4", "演習": "Exercises"},
            "glossary": {"まとめ": "summary"},
        },
    )
    found = list(check_sections(paths))
    assert [(one.kind, one.surface) for one in found] == [
        ("section", "In Short"),
        ("section", "Work"),
    ]
    assert all(one.place.path.endswith("ch02.po") for one in found)
    assert "'Summary' in most chapters" in found[0].message
    lines = (tmp_path / "ch02.po").read_text(encoding="utf-8").splitlines()
    assert lines[found[0].place.line - 1] == 'msgstr "In Short"'


def test_the_verb_tells_of_sections_too(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    write_catalogs(folder, {name: {"演習": "Exercises"} for name in ("ch01", "ch02", "ch03")})
    assert main(["check", "locale", "en"]) == 0
    write_catalogs(folder, {"ch03": {"演習": "Problems"}})
    assert main(["check", "locale", "en"]) == 1
    assert "locale/en/LC_MESSAGES/ch03.po:" in (said := capsys.readouterr().out)
    assert "[translation.section]" in said


def test_the_sections_of_the_book_are_called_the_same_in_all_chapters() -> None:
    assert [one.message for one in check_sections(CATALOGS)] == []


def test_another_language_decides_on_its_quotation_marks(tmp_path) -> None:
    [path] = write_catalogs(tmp_path, {"index": {"ノードです。": 'C\'est un "nœud".'}})
    assert check(path, "x.po", "fr") == []
    assert {one.kind for one in check(path, "x.po", "en_GB")} == {"quotation"}


def mutants(msgid: str, msgstr: str) -> dict[str, str]:
    """Return by kind what a tired translator might have made of a translation."""
    made = {}
    # A number of two digits is no word, and the source says it in digits too.  Code is
    # compared by termbase.
    prose = re.sub(r"`[^`]*`", lambda code: "`" * len(code[0]), msgstr)
    if re.search(r"(?<![\d.`])[2-9]\d(?![\d.`])", re.sub(r"`[^`]*`", "`", msgid)) and (
        found := re.search(r"(?<![\w.,:/`-])([2-9]\d)(?![\w.,:/`-])", prose)
    ):
        made["number"] = f"{msgstr[: found.start()]}97{msgstr[found.end() :]}"
    if msgid.endswith("。") and msgstr.endswith("."):
        made["ending"] = msgstr[:-1]
    if "**" in msgid and msgstr.count("**") == msgid.count("**"):
        made["emphasis"] = msgstr.replace("**", "", 2)
    if found := re.search(r"\d (GiB)", prose):
        made["unit"] = f"{msgstr[: found.start(1)]}MiB{msgstr[found.end(1) :]}"
    return made


def test_errors_put_into_the_book_s_catalogs_are_found(tmp_path) -> None:
    seen: dict[str, int] = {}
    missed = []
    for entry in (entry for path in CATALOGS for entry in polib.pofile(str(path))):
        if entry.obsolete or entry.fuzzy or not entry.msgstr:
            continue
        for kind, msgstr in mutants(entry.msgid, entry.msgstr).items():
            seen[kind] = seen.get(kind, 0) + 1
            if not findings(tmp_path, entry.msgid, msgstr):
                missed.append((kind, entry.msgid, msgstr))
    assert missed == []
    assert all(seen.get(kind, 0) >= 50 for kind in ("number", "ending", "emphasis", "unit")), seen


def test_the_verb_tells_line_and_kind_and_fails(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    findings(folder, "ノードは 3 台です。", "There are 4 nodes.")
    line = (folder / "index.po").read_text(encoding="utf-8").splitlines().index(
        'msgstr "There are 4 nodes."'
    ) + 1
    records = [
        {"filename": name, "lineno": 7, "column": 2, "kind": "equivalent", "message": "said"}
        for name in ("locale/en/LC_MESSAGES/index.po", "source/index.md")
    ]
    output = tmp_path / "output.json"
    output.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    assert main(["check", "locale", "ja", "--findings", str(output)]) == 1
    said = capsys.readouterr()
    name = "locale/en/LC_MESSAGES/index.po"
    assert f"{name}:7:2: said [termbase.equivalent]\n" in said.out
    assert re.search(
        rf"^{name}:{line}:\d+: the number 3 .* \[translation\.number\]$", said.out, re.MULTILINE
    )
    assert "source/index.md" not in said.out
    assert said.err == "1 catalogs, 3 findings\n"
    (folder / "index.po").write_text('msgid "x\n', encoding="utf-8")
    assert main(["check", "locale", "en"]) == 1
    said = capsys.readouterr()
    assert f"{name}:1:" in said.out
    assert "Traceback" not in said.out + said.err
