"""terms-fix rewrites what needs no thought, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from termbase import fix
from termbase.fix import Edit, applied

from .test_places import unmark

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import TinyBook

    Book = Callable[[str], TinyBook]


def test_edits_are_made_from_the_end_and_only_where_the_text_stands() -> None:
    wanted = [Edit(1, 1, "ホスト", "ノード"), Edit(1, 5, "ホスト", "ノード")]
    wanted.append(Edit(2, 1, "ホスト", "ノード"))
    text, left = applied("ホストとホスト\nホ**スト**", wanted)
    assert text == "ノードとノード\nホ**スト**"
    assert left == [wanted[2]]


def test_a_dry_run_shows_and_changes_nothing(
    tiny_book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "ホスト（`ホスト`、ホスト名）を")
    before = book.source.joinpath("index.md").read_text(encoding="utf-8")
    assert fix.main([str(book.source), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "+ノード（`ホスト`、ホスト名）を起動する。" in shown
    assert "1 replacements would be made" in shown
    assert book.source.joinpath("index.md").read_text(encoding="utf-8") == before


def test_the_second_run_changes_nothing(
    tiny_book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tiny_book("termbase-nesting")
    expected = unmark(book.source)
    fix.main([str(book.source)])
    first = capsys.readouterr().out
    assert f"{len(expected) - 4} replacements made" in first
    assert "is divided by markup" in first
    after = {p: p.read_bytes() for p in book.source.rglob("*") if p.is_file()}
    fix.main([str(book.source)])
    assert "\n0 replacements made" in capsys.readouterr().out
    assert {p: p.read_bytes() for p in after} == after
    assert b"`\xe3\x83\x9b\xe3\x82\xb9\xe3\x83\x88`" in after[book.source / "index.md"]


def test_replacements_follow_each_other_in_one_call(
    tiny_book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tiny_book("termbase-tiny")
    book.edit(
        "glossary.md",
        ":::{glossary}\n:sorted:\n",
        ":::{glossary}\n:sorted:\n\nリポジトリ\n  :avoid: レポジトリ\n\n  置き場。\n\n"
        "エンタープライズリポジトリ\n  :avoid: 有償版リポジトリ\n\n  契約者の置き場。\n",
    )
    book.edit("index.md", "ノードを", "有償版レポジトリを")
    assert fix.main([str(book.source)]) == 0
    shown = capsys.readouterr().out
    assert "+エンタープライズリポジトリを起動する。" in shown
    assert "2 replacements made" in shown
    after = book.source.joinpath("index.md").read_text(encoding="utf-8")
    assert fix.main([str(book.source)]) == 0
    assert "\n0 replacements made" in "\n" + capsys.readouterr().out
    assert book.source.joinpath("index.md").read_text(encoding="utf-8") == after


def test_a_catalog_is_mended_in_its_place(
    tiny_book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tiny_book("termbase-tiny")
    project = book.folder / "project"
    catalogs = project / "locale" / "en" / "LC_MESSAGES"
    catalogs.mkdir(parents=True)
    (project / "conf.py").write_text(
        f"locale_dirs = [{str(project / 'locale')!r}]\n"
        + book.source.joinpath("conf.py").read_text(encoding="utf-8").replace("locale_dirs", "_"),
        encoding="utf-8",
    )
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (catalogs / "index.po").write_text(
        header + '#: ../../index.md:3\nmsgid "ノードを起動する。"\n'
        'msgstr "Start the \\"x\\" "\n"host machine."\n',
        encoding="utf-8",
    )
    sources = {path: path.read_bytes() for path in book.source.iterdir()}
    (catalogs / "glossary.po").write_text(
        header + '#: ../../glossary.md:6\nmsgid "ノード"\nmsgstr "node"\n', encoding="utf-8"
    )
    assert fix.main([str(book.source), "-c", str(project)]) == 0
    assert "+++ b/locale/en/LC_MESSAGES/index.po" in capsys.readouterr().out
    mended = (catalogs / "index.po").read_text(encoding="utf-8")
    assert mended.endswith('msgstr "Start the \\"x\\" "\n"node."\n')
    assert {path: path.read_bytes() for path in sources} == sources


def test_a_replacement_is_written_as_the_format_wants_it(tmp_path: Path) -> None:
    record = {"kind": "variant", "lineno": 1, "column": 1, "surface": "host"}
    names = {"a.po": 'a \\"b\\" &', "a.svg": 'a "b" &amp;', "a.md": 'a "b" &'}
    for name in names:
        (tmp_path / name).write_text("host", encoding="utf-8")
    records = [{**record, "filename": name, "replacement": 'a "b" &'} for name in names]
    done = fix.rewritten((tmp_path,), records)
    assert {name: after for name, _, after in done.texts.values()} == names


def test_a_glossary_that_contradicts_itself_mends_nothing(
    tiny_book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("glossary.md", ":avoid: クラスター", ":avoid: ノード")
    with pytest.raises(SystemExit) as stopped:
        fix.main([str(book.source)])
    assert stopped.value.code == 2
    assert "preferred elsewhere" in capsys.readouterr().err
