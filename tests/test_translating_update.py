"""Catalogs change where the book has changed, and nowhere else."""

from __future__ import annotations

import subprocess

import pytest
from translate.storage import pypo

from tests.conftest import PROJECT
from tests.workshop import ENGLISH, Workshop
from translating.__main__ import main


@pytest.fixture
def workshop(tiny_book, monkeypatch) -> Workshop:
    made = Workshop(tiny_book("workshop"))
    monkeypatch.chdir(made.book.source)
    assert made.run() == 0
    made.translate(ENGLISH)
    assert made.catalog("index").percent_translated() == 100
    assert made.catalog("second").percent_translated() == 100
    return made


def entries(text: bytes) -> list[str]:
    return text.decode("utf-8").split("\n\n")


def test_a_second_update_changes_nothing(workshop) -> None:
    assert workshop.run() == 0
    before = workshop.state()
    assert workshop.run() == 0
    assert workshop.state() == before


def test_a_blank_line_changes_nothing(workshop) -> None:
    before = workshop.state()
    workshop.book.edit("index.md", "ノードを 3 台", "\n\nノードを 3 台")
    assert workshop.run() == 0
    assert workshop.state() == before


def test_one_new_sentence_is_one_changed_entry_that_knows_what_it_was(workshop) -> None:
    before = workshop.state()
    workshop.book.edit("second.md", "名前が並びます。", "名前が並びます。\n順序は番号です。")
    assert workshop.run() == 0
    after = workshop.state()
    assert after["en/LC_MESSAGES/index.po"] == before["en/LC_MESSAGES/index.po"]
    name = "en/LC_MESSAGES/second.po"
    old, new = entries(before[name]), entries(after[name])
    assert len(old) == len(new)
    [(changed_from, changed_to)] = [
        (one, other) for one, other in zip(old, new, strict=True) if one != other
    ]
    sentence = "ここでは `qm list` で一覧を見ます。一覧には名前が並びます。"
    assert sentence in changed_from
    assert changed_to.splitlines() == [
        "#: second.md",
        "#, fuzzy",
        f'#| msgid "{sentence}"',
        f'msgid "{sentence}順序は番号です。"',
        f'msgstr "{ENGLISH[sentence]}"',
    ]


def test_a_paragraph_that_moves_to_another_page_takes_its_translation_along(workshop) -> None:
    moved = "電源を入れる前に、LAN の線を確かめます。"
    workshop.book.edit("index.md", f"{moved}\n", "")
    workshop.book.edit("second.md", "同じ文です。", moved)
    assert workshop.run() == 0
    entry = workshop.catalog("second").find(moved)
    assert entry.msgstr == ENGLISH[moved]
    assert not entry.fuzzy


def test_what_is_translated_in_two_ways_is_not_offered_for_a_third_place(workshop) -> None:
    path = workshop.path("second")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("The same sentence.", "Quite another."), encoding="utf-8")
    third = workshop.book.source / "third.md"
    third.write_text("(third)=\n# 三つ目\n\n同じ文です。\n", encoding="utf-8")
    workshop.book.edit("index.md", "second\n", "second\nthird\n")
    assert workshop.run() == 0
    assert workshop.catalog("third").find("同じ文です。").msgstr == ""


def test_a_sentence_of_another_page_that_is_merely_alike_is_not_offered(workshop) -> None:
    workshop.book.edit("second.md", "同じ文です。", "電源を切る前に、LAN の線を確かめます。")
    assert workshop.run() == 0
    entry = workshop.catalog("second").find("電源を切る前に、LAN の線を確かめます。")
    assert entry.msgstr == ""
    assert not entry.fuzzy


def test_locations_name_the_file_and_no_line(workshop) -> None:
    for entry in workshop.catalog("second"):
        assert entry.occurrences == [("second.md", "")]


def test_the_date_of_the_templates_is_in_no_catalog(workshop) -> None:
    assert b"POT-Creation-Date" not in b"".join(workshop.state().values())


def test_what_is_gone_is_kept_once_comes_back_and_can_be_cleared(workshop) -> None:
    gone = "電源を入れる前に、LAN の線を確かめます。"
    for _ in range(2):
        workshop.book.edit("index.md", f"{gone}\n", "")
        assert workshop.run() == 0
        assert [entry.msgid for entry in workshop.catalog("index").obsolete_entries()] == [gone]
        workshop.book.edit("index.md", "同じ文です。", f"{gone}\n\n同じ文です。")
        assert workshop.run() == 0
        assert not workshop.catalog("index").obsolete_entries()
        assert workshop.catalog("index").find(gone).msgstr == ENGLISH[gone]
    workshop.book.edit("index.md", f"{gone}\n", "")
    assert workshop.run() == 0
    kept = [(entry.msgid, entry.msgstr) for entry in workshop.catalog("index")]
    assert workshop.run("clear") == 0
    catalog = workshop.catalog("index")
    assert not catalog.obsolete_entries()
    assert [(entry.msgid, entry.msgstr) for entry in catalog] == [
        (msgid, msgstr) for msgid, msgstr in kept if msgid != gone
    ]


def test_the_catalog_of_a_page_that_is_gone_is_named_and_removed_on_demand(
    workshop, capsys
) -> None:
    (workshop.book.source / "second.md").unlink()
    workshop.book.edit("index.md", "```{toctree}\nsecond\n```\n", "")
    assert workshop.run() == 0
    assert "second.po: no page has this name" in capsys.readouterr().out
    assert workshop.path("second").is_file()
    assert workshop.run("clear") == 0
    assert not workshop.path("second").exists()
    assert workshop.path("index").is_file()


def test_a_new_language_starts_with_one_step(workshop) -> None:
    assert workshop.run(language="zh_TW") == 0
    catalog = workshop.catalog("second", "zh_TW")
    assert catalog.metadata["Language"] == "zh_TW"
    assert catalog.metadata["Plural-Forms"].startswith("nplurals=1;")
    assert {entry.msgid for entry in catalog} == {
        entry.msgid for entry in workshop.catalog("second")
    }
    assert not any(entry.msgstr for entry in catalog)
    checked = subprocess.run(
        ["msgfmt", "--check", "--output-file=/dev/null", workshop.path("second", "zh_TW")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert checked.stderr == ""
    # From then on, the edition of the master updates every language.
    workshop.book.edit("second.md", "# 二つ目の章", "# 次の章")
    assert workshop.run(language="ja") == 0
    for language in ("en", "zh_TW"):
        assert workshop.catalog("second", language).find("次の章")


def test_what_is_no_language_is_refused_in_one_line(workshop, capsys) -> None:
    assert workshop.run(language="xx_YY") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: EDITION=xx_YY is no language")
    assert not (workshop.locale / "xx_YY").exists()


def test_a_broken_catalog_is_named_with_its_line_and_nothing_is_written(workshop, capsys) -> None:
    path = workshop.path("second")
    text = path.read_text(encoding="utf-8").replace('msgstr "The second', "msgstr The second")
    path.write_text(text, encoding="utf-8")
    line = text[: text.index("msgstr The second")].count("\n") + 1
    before = workshop.state()
    assert workshop.run() == 1
    said = capsys.readouterr().err
    assert f"locale/en/LC_MESSAGES/second.po:{line}" in said
    assert "Traceback" not in said
    assert workshop.state() == before


def test_the_head_of_another_tool_is_replaced_once_and_the_translator_stays(workshop) -> None:
    path = workshop.path("second")
    head = (
        "# SOME DESCRIPTIVE TITLE.\n# FIRST AUTHOR <EMAIL@ADDRESS>, YEAR.\n#\n#, fuzzy\n"
        'msgid ""\nmsgstr ""\n"Last-Translator: Someone <a@example.org>\\n"\n'
        '"PO-Revision-Date: YEAR-MO-DA HO:MI+ZONE\\n"\n'
        '"POT-Creation-Date: 2026-01-01 00:00+0000\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"'
    )
    rest = path.read_text(encoding="utf-8").partition("\n\n")[2]
    path.write_text(f"{head}\n\n{rest}", encoding="utf-8")
    assert workshop.run() == 0
    catalog = workshop.catalog("second")
    assert catalog.metadata["Last-Translator"] == "Someone <a@example.org>"
    assert catalog.metadata["PO-Revision-Date"].startswith("20")
    assert not catalog.metadata_is_fuzzy
    assert "SOME DESCRIPTIVE" not in catalog.header
    assert path.read_text(encoding="utf-8").endswith(rest)


def test_what_another_program_has_wrapped_comes_back(workshop) -> None:
    workshop.book.edit("second.md", "名前が並びます。", "名前が並びます。\n順序は番号です。")
    workshop.book.edit("index.md", "電源を入れる前に、LAN の線を確かめます。\n", "")
    assert workshop.run() == 0
    before = workshop.state()
    # Fuzzy with its previous msgid, obsolete, a comment of the translator: nothing is lost.
    path = workshop.path("second")
    text = path.read_text(encoding="utf-8")
    assert "#| msgid" in text
    assert "#~ msgid" in workshop.path("index").read_text(encoding="utf-8")
    for catalog in workshop.locale.rglob("*.po"):
        wrapped = subprocess.run(
            ["msgcat", "--width=40", catalog], check=True, capture_output=True
        ).stdout
        assert wrapped != catalog.read_bytes()
        store = pypo.pofile(width=30)
        store.parse(wrapped)
        catalog.write_bytes(bytes(store))
    assert workshop.run() == 0
    assert workshop.state() == before


# --- what translators' programs make of them ---------------------------------------------------


@pytest.mark.parametrize(
    "path",
    sorted((PROJECT / "locale").rglob("*.po")),
    ids=lambda path: path.relative_to(PROJECT / "locale").as_posix(),
)
def test_the_book_s_catalogs_pass_through_other_programs_unharmed(path) -> None:
    # What gettext (Poedit's way of writing) and translate-toolkit (Weblate's) write.
    data = path.read_bytes()
    through = subprocess.run(["msgcat", "--no-wrap", path], check=True, capture_output=True)
    assert through.stdout == data
    store = pypo.pofile(width=-1)
    store.parse(data)
    assert bytes(store) == data
    checked = subprocess.run(
        ["msgfmt", "--check", "--output-file=/dev/null", path], check=True, capture_output=True
    )
    assert checked.stderr == b""


@pytest.mark.parametrize("verb", ["update", "clear", "pseudo"])
def test_without_templates_nothing_is_touched(tmp_path, capsys, verb) -> None:
    code = "qps" if verb == "pseudo" else "de"
    catalog = tmp_path / "locale" / code / "LC_MESSAGES" / "index.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('msgid ""\nmsgstr ""\n', encoding="utf-8")
    templates = tmp_path / "gettext"
    language = [] if verb == "pseudo" else [code]
    assert main([verb, str(templates), str(tmp_path / "locale"), *language]) == 1
    assert capsys.readouterr().err == f"error: no templates in {templates}: run make pot\n"
    assert catalog.is_file()
