"""The printed book: a tiny one, typeset by TeX and read back from the PDF."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest
from docutils import nodes

from print_edition import TALL, letters, lines_of
from publishing.editions import typeset

from .conftest import POINT, PROJECT, ROOTS, broken_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "proxmox-ve-lab-ja"
TEX_ROOT = PROJECT / ".tex-root"


@dataclass(frozen=True)
class Printed:
    """A PDF, and what can be read out of it."""

    pdf: Path
    tagged: bool

    def text(self, page: int | None = None, *options: str) -> str:
        chosen = ["-f", str(page), "-l", str(page)] if page else []
        command = ["pdftotext", *chosen, *options, str(self.pdf), "-"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def pages(self) -> list[str]:
        return self.text().split("\f")[:-1]

    def page_with(self, words: str) -> int:
        """Return the number, counted from 1, of the only page that holds the words."""
        found = [number for number, text in enumerate(self.pages(), 1) if words in text]
        assert len(found) == 1, (words, found)
        return found[0]


def write_latex(folder: Path, *options: str, source: Path = ROOTS / "test-print") -> Path:
    """Write the tiny book as the real one is written: same settings, same house style."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "latex", "-D", "language=ja"]
    # This book has no lab, and none of the pages of the real one.
    command += ["-D", "suppress_warnings=claims.lab,anchors", *options]
    command += ["-c", str(PROJECT), "-d", str(folder / "doctrees")]
    stage = folder / "latex"
    done = subprocess.run(
        [*command, str(source), str(stage)],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "src"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return stage


@pytest.fixture(scope="module", autouse=True)
def dated() -> Iterator[None]:
    """The date of a commit, as the Makefile gives it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1790000000")
        patch.setenv("FORCE_SOURCE_DATE", "1")
        yield


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> Printed:
    """Typeset with the TeX of this system."""
    stage = write_latex(tmp_path_factory.mktemp("print"))
    tagged = typeset(stage, NAME)
    return Printed(stage / f"{NAME}.pdf", tagged)


# --- Pages --------------------------------------------------------------------


def test_a_chapter_opens_with_its_goal_alone(printed) -> None:
    opening = printed.pages()[printed.page_with("値の表を引けるように") - 1]
    assert "最初の章" in opening
    assert "章のゴール" in opening
    assert "図のある節" not in opening


def test_a_part_is_a_leaf_without_a_folio(printed) -> None:
    pages = printed.pages()
    part = next(n for n, text in enumerate(pages) if re.sub(r"\s", "", text) == "第I部基礎")
    assert part % 2 == 0  # counted from 0: a right-hand page
    assert not pages[part + 1].strip()


def test_pages_are_labelled_as_they_are_numbered(printed) -> None:
    with pikepdf.open(printed.pdf) as document:
        numbers = document.Root.PageLabels.Nums
        starts = [(int(numbers[n]), str(numbers[n + 1].S)) for n in range(0, len(numbers), 2)]
    part = next(
        n for n, text in enumerate(printed.pages()) if re.sub(r"\s", "", text) == "第I部基礎"
    )
    assert starts == [(0, "/r"), (part, "/D")]


def test_contents_list_chapters_figures_and_tables_with_leaders(printed) -> None:
    pages = printed.pages()
    contents = next(text for text in pages if text.lstrip().startswith("目次"))
    assert re.search(r"最初の章[\s.]+\d", contents)
    assert contents.count(". . . .") >= 5
    lists = next(text for text in pages if text.lstrip().startswith("図表目次"))
    assert "箱の図" in lists
    assert "値の一覧" in lists


def test_the_index_stands_before_the_imprint_which_is_last(printed) -> None:
    pages = printed.pages()
    assert pages[-1].lstrip().startswith("奥付")
    assert "索引の語" in pages[-2]


def test_the_bookmarks_of_the_back_matter_are_in_no_part(printed) -> None:
    with pikepdf.open(printed.pdf) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
        part = next(item for item in outline.root if "第I部" in item.title)
        assert [item.title for item in part.children] == ["第0章 最初の章"]
    assert titles[-2:] == ["索引", "奥付"]


def test_numbers_bear_the_chapter_even_if_it_is_chapter_0(printed) -> None:
    assert re.search(r"図\s?0\.1\s+箱の図", printed.text())
    assert re.search(r"表\s?0\.1\s+値の一覧", printed.text())


def test_a_reference_names_the_page(printed) -> None:
    with pikepdf.open(printed.pdf) as document:
        first = int(document.Root.PageLabels.Nums[2])  # of the pages in arabic numbers
    there = printed.page_with("zpool create") - first
    preface = printed.pages()[printed.page_with("窓口は") - 1]
    assert re.search(rf"コードのある節\s?（p.\s?{there}）", preface)


def test_a_link_has_its_address_on_paper(printed) -> None:
    assert "https://pve.proxmox.com/" in printed.pages()[printed.page_with("窓口は") - 1]


# --- Blocks -------------------------------------------------------------------


def test_a_command_says_where_it_runs_and_what_it_destroys(printed) -> None:
    text = printed.text()
    assert "実行する場所: pve1" in text
    assert re.search(r"注意\s?：\s?sdb の中身がすべて消えます", text)
    assert "解答の例" in text


def test_code_is_copied_as_it_was_typed(printed) -> None:
    """The mark of a wrapped line is a drawing, blanks are characters."""
    lines = printed.text(printed.page_with("zpool create"), "-raw").splitlines()
    start = next(n for n, line in enumerate(lines) if "zpool" in line)
    assert lines[start] + lines[start + 1] == (
        "# zpool create -o ashift=12 tank mirror /dev/disk/by-id/ata-QEMU_HARDDISK_QM00001 "
        "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00003"
    )
    # pdftotext makes one blank of several; the tags below have them all.
    assert lines[start + 2] == '# echo "O0l1I" | tee /tmp/two spaces'


def test_a_tall_table_breaks_and_repeats_its_head(printed) -> None:
    heads = [text for text in printed.pages() if re.search(r"番号\s+説明", text)]
    assert len(heads) == 2
    assert "続く" in heads[0]


def test_nothing_stands_in_the_margin(printed) -> None:
    boxes = re.findall(r'xMin="([\d.]+)".*?xMax="([\d.]+)"', printed.text(None, "-bbox"))
    assert boxes
    for left, right in boxes:
        assert float(left) * POINT >= 20
        assert float(right) * POINT <= 182 - 20


def test_lines_are_broken_as_japanese_wants(printed) -> None:
    assert list(broken_lines("よい行\n、わるい行\nわるい行（\n")) == ["、わるい行", "わるい行（"]
    assert list(broken_lines(printed.text(None, "-layout"))) == []


# --- Again ------------------------------------------------------------------------


@pytest.fixture
def passes(tmp_path, monkeypatch) -> Callable[[], int]:
    """Tell how often TeX has run since it was last asked."""
    tex = shutil.which("lualatex")
    counter = tmp_path / "passes"
    wrapper = tmp_path / "bin" / "lualatex"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho >> {counter}\nexec {tex} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")

    def count() -> int:
        runs = counter.read_text(encoding="utf-8").count("\n") if counter.exists() else 0
        counter.unlink(missing_ok=True)
        return runs

    return count


def test_a_changed_chapter_takes_fewer_passes_and_gives_the_same_pages(tmp_path, passes) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOTS / "test-print", source)
    stage = write_latex(tmp_path / "again", source=source)
    typeset(stage, NAME)
    clean = passes()
    chapter = source / "part1" / "first.md"
    text = chapter.read_text(encoding="utf-8")
    assert "値の表を" in text
    chapter.write_text(text.replace("値の表を", "下の値の表を"), encoding="utf-8")
    write_latex(tmp_path / "again", source=source)
    typeset(stage, NAME)
    assert 1 <= passes() < clean
    afresh = write_latex(tmp_path / "afresh", source=source)
    typeset(afresh, NAME)
    again = Printed(stage / f"{NAME}.pdf", tagged=False)
    assert "下の値の表を" in again.text()
    assert again.text() == Printed(afresh / f"{NAME}.pdf", tagged=False).text()


def test_a_pdf_made_twice_is_the_same_file(printed, tmp_path) -> None:
    """In another folder, at another time."""
    stage = write_latex(tmp_path)
    typeset(stage, NAME)
    assert (stage / f"{NAME}.pdf").read_bytes() == printed.pdf.read_bytes()


# --- For a printing house ---------------------------------------------------------


def test_a_printing_house_gets_trim_marks_bleed_and_grey(tmp_path) -> None:
    stage = write_latex(tmp_path, "-D", "print_profile=press")
    assert not typeset(stage, NAME)
    with pikepdf.open(stage / f"{NAME}.pdf") as document:
        for page in document.pages:
            sizes = [
                tuple(float(box[n + 2] - box[n]) * POINT for n in (0, 1))
                for box in (page.mediabox, page.obj.BleedBox, page.obj.TrimBox)
            ]
            assert sizes[0] == pytest.approx((208, 283), abs=0.1)
            assert sizes[1] == pytest.approx((188, 263), abs=0.1)
            assert sizes[2] == pytest.approx((182, 257), abs=0.1)
            # No colour but grey, save in the drawings, which are forms of their own.
            used = {str(step.operator) for step in pikepdf.parse_content_stream(page)}
            assert not used & {"rg", "RG", "k", "K"}
        links = [a for page in document.pages for a in page.obj.get("/Annots", [])]
        assert all([float(x) for x in a.get("/Border", [0, 0, 0])][2] == 0 for a in links)
    fonts = subprocess.run(
        ["pdffonts", str(stage / f"{NAME}.pdf")], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts
    assert all(font.split()[-5] == "yes" for font in fonts)


# --- What the writer decides ------------------------------------------------------


def table(rows: int, text: str, widths: tuple[int, ...] = (30, 70)) -> nodes.table:
    body = nodes.tbody()
    for _ in range(rows):
        row = nodes.row()
        row += [nodes.entry("", nodes.paragraph(text, text)) for _width in widths]
        body += row
    group = nodes.tgroup(cols=len(widths))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += body
    return nodes.table("", group)


def test_a_japanese_character_is_two_letters_wide() -> None:
    assert letters("VM は") == 5


def test_lines_of_a_table_are_estimated() -> None:
    assert lines_of(table(3, "短い")) == 3
    assert lines_of(table(3, "長い説明" * 8)) == 9  # 64 letters in a column of 24
    assert lines_of(table(TALL + 1, "短い")) > TALL


# --- Tagged PDF -------------------------------------------------------------------


def new_enough() -> bool:
    """Whether the LaTeX of this system writes tagged PDF."""
    asked = subprocess.run(
        ["kpsewhich", "-var-value=SELFAUTOPARENT"], capture_output=True, text=True, check=False
    )
    version = subprocess.run(["lualatex", "--version"], capture_output=True, text=True, check=True)
    year = re.search(r"TeX Live (\d{4})", version.stdout)
    assert asked.returncode == 0
    assert year
    return int(year[1]) >= 2025


def test_the_pdf_says_whether_it_is_tagged(printed) -> None:
    assert printed.tagged == new_enough()
    with pikepdf.open(printed.pdf) as document:
        assert ("/StructTreeRoot" in document.Root) == printed.tagged


@pytest.fixture(scope="module")
def tagged(printed, tmp_path_factory) -> Printed:
    """Typeset by a TeX that tags: this system's, or the one of ``make tex-root``."""
    if printed.tagged:
        return printed
    if not TEX_ROOT.is_dir():
        pytest.skip("this TeX is too old for tagged PDF, and make tex-root has not been run")
    stage = write_latex(tmp_path_factory.mktemp("tagged"))
    # As people name it: beside them, not from the top.
    assert typeset(stage, NAME, Path(os.path.relpath(TEX_ROOT)))
    return Printed(stage / f"{NAME}.pdf", tagged=True)


def elements(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield the structure elements under one, in reading order."""
    children = node.get("/K")
    if children is None:
        return
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


def above(element: pikepdf.Object, roles: dict[str, str]) -> list[str]:
    """Return what a structure element stands in, the nearest first."""
    kinds = []
    while "/P" in element and "/S" in (element := element.P):
        kinds.append(roles.get(str(element.S), str(element.S)))
    return kinds


def test_the_tagged_pdf_is_what_a_screen_reader_needs(tagged) -> None:
    with pikepdf.open(tagged.pdf) as document:
        root = document.Root
        assert str(root.Lang) == "ja"
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        with document.open_metadata() as metadata:
            assert metadata.get("pdfuaid:part") == "2"
            assert metadata.get("dc:title")
        found = list(elements(root.StructTreeRoot))
        roles = {str(key): str(role) for key, role in root.StructTreeRoot.RoleMap.items()}
        kinds = [roles.get(str(element.S), str(element.S)) for element in found]
        expected = {"/H1", "/H2", "/H3", "/L", "/Link", "/Table", "/TD", "/TH", "/TOC"}
        assert expected - set(kinds) == set()
        code = [element for element in found if element.S == "/verbatim"]
        assert code
        assert not any("/L" in above(element, roles) for element in code)
        figures = [element for element in found if element.S == "/Figure"]
        assert [str(figure.Alt) for figure in figures] == [
            "四角い箱が一つあり、100% の印が付いている。"
        ]
        assert kinds.index("/Figure") < kinds.index("/Table")  # read where it stands


def inside(element: pikepdf.Object, roles: dict[str, str]) -> list[str]:
    """Return what stands directly in a structure element, in reading order."""
    children = element.get("/K", [])
    listed = children if isinstance(children, pikepdf.Array) else [children]
    kinds = [
        str(each.S) for each in listed if isinstance(each, pikepdf.Dictionary) and "/S" in each
    ]
    return [roles.get(kind, kind) for kind in kinds]


def test_headings_and_captions_stand_in_no_paragraph(tagged) -> None:
    with pikepdf.open(tagged.pdf) as document:
        tree = document.Root.StructTreeRoot
        found = list(elements(tree))
        roles = {str(key): str(role) for key, role in tree.RoleMap.items()}
        captions = [element for element in found if element.S == "/Caption"]
        parents = [above(element, roles)[0] for element in captions]
        # Figure, listing, table; that of a table that breaks is a row of its head.
        assert len(parents) == 3
        assert parents[2] == "/Table"
        tables = [element for element in found if element.S == "/Table"]
        assert inside(tables[1], roles)[0] == "/Caption"
        assert inside(tables[0], roles)[0] == "/TR"
        for element in found:
            if roles.get(str(element.S), str(element.S)) in {"/H2", "/H3", "/Caption", "/Table"}:
                assert "/P" not in above(element, roles)[:-1], element.S
        # A comma in a title stops LaTeX unless it is in braces, which the tag shows.
        titles = [str(element.T) for element in found if element.S == "/chapter"]
        assert "はじめに{,} 窓口{,} 箱" in titles


def test_the_text_of_the_tags_is_the_text_of_the_book(tagged) -> None:
    done = subprocess.run(
        ["pdfinfo", "-struct-text", str(tagged.pdf)], capture_output=True, check=True
    )
    told = done.stdout.decode(errors="replace")
    order = ["章のゴール", "図のある節", "箱の図", "実行する場所", "# zpool create", "値の一覧"]
    places = [told.index(words) for words in order]
    assert places == sorted(places)
    assert '# echo "O0l1I" | tee  /tmp/two  spaces' in told
