"""Commands, outputs, files and answers: what a reader sees and an author is told."""

from __future__ import annotations

import zipfile

import polib
import pytest

from apparatus.session import Command, Printed, parse

from .conftest import Run, TinyBook


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Run:
    book = TinyBook("apparatus", tmp_path_factory.mktemp("apparatus"))
    run = book.build("html", "-W")
    assert run.status == 0, run.output
    return run


def test_a_session_is_told_apart() -> None:
    lines = ["# a \\", "    b", "out", "$ cat <<-'X' >f", "# in", "\tX", "", "# c <<Y", "z"]
    assert list(parse(lines)) == [
        Command("#", ("a \\", "    b"), 0),
        Printed("out", 2),
        Command("$", ("cat <<-'X' >f", "# in", "\tX"), 3),
        Printed("", 6),
        Command("#", ("c <<Y", "z"), 7),  # an unfinished here-document takes the rest
    ]


def test_a_command_says_where_it_runs_and_what_it_risks(page) -> None:
    (block,) = page.page("index.html").xpath("//div[contains(@class, 'command-danger')]")
    (place,) = block.xpath(".//div[@class='command-place docutils container']/p/text()")
    assert place == "実行する場所: pve1、母艦"
    (risk,) = block.xpath(".//div[contains(@class, 'command-risk')]/p")
    assert risk.text_content() == "sdb の中身がすべて消えます"
    assert risk.xpath("strong/text()") == ["すべて"]


def test_prompt_and_output_can_be_left_out_when_copied(page) -> None:
    (code,) = page.page("index.html").xpath("//div[contains(@class, 'command-danger')]//pre")
    assert code.xpath(".//span[@class='gp']/text()") == ["# ", "# ", "$ "]
    assert "".join(code.xpath(".//span[@class='go']/text()")) == "ops"
    for part in code.xpath(".//span[@class='gp' or @class='go']"):
        part.text = ""
    typed = code.text_content()
    assert "zpool create -o ashift=12 \\\n    tank /dev/sdb\n" in typed
    assert "# 見出し\nEOF\nid -un\n" in typed


def test_an_output_says_what_it_stems_from(page) -> None:
    (origin,) = page.page("index.html").xpath("//div[contains(@class, 'output-from')]/p/text()")
    assert origin == "書式の出典（ソースコード）: qemu-server src/PVE/CLI/qm.pm"


def test_a_file_of_the_lab_is_shown_and_handed_out(page) -> None:
    (whole,) = page.page("index.html").xpath("//div[contains(@class, 'labfile docutils')]")
    caption = whole.xpath("string(.//div[@class='code-block-caption'])")
    assert caption.startswith("gw1: /etc/nftables.conf")
    (href,) = whole.xpath(".//a[contains(@class, 'download')]/@href")
    assert (page.folder / href).read_text() == "table inet filter {\n}\n"


def test_all_files_of_the_lab_come_in_one_archive(page) -> None:
    (href,) = page.page("index.html").xpath("//a[contains(@href, 'lab-files.zip')]/@href")
    with zipfile.ZipFile(page.folder / href) as archive:
        assert archive.namelist() == ["lab-files/gw1/etc/nftables.conf"]


def test_an_answer_is_folded_on_a_screen_and_open_in_a_reading_system(tiny_book) -> None:
    book = tiny_book("apparatus")
    (fold,) = book.build("html", "-W").page("index.html").xpath("//details")
    assert fold.get("open") is None
    assert fold.xpath("string(summary)") == "解答の例"
    assert "答えは 42 です。" in fold.text_content()
    run = book.build("epub", "-W", "-D", "version=1", "-D", "copyright=x")
    assert run.status == 0, run.output
    text = (run.folder / "index.xhtml").read_text(encoding="utf-8")
    assert '<details class="answer" open="open">' in text
    assert "labfile-download" not in text


def test_latex_has_environments_for_the_apparatus(tiny_book) -> None:
    run = tiny_book("apparatus").build("latex", "-W", "-D", "latex_engine=lualatex")
    (tex,) = run.folder.glob("*.tex")
    text = tex.read_text(encoding="utf-8")
    assert "\\begin{bookanswer}{解答の例}" in text
    assert "\\begin{sphinxuseclass}{command-risk}" in text


def test_only_the_words_of_the_author_reach_the_catalog(tiny_book) -> None:
    run = tiny_book("apparatus").build("gettext", "-W")
    messages = {entry.msgid for entry in polib.pofile(str(run.folder / "index.pot"))}
    assert "sdb の中身が**すべて**消えます" in messages
    assert not [message for message in messages if "場所" in message or "出典" in message]
    assert not [message for message in messages if "gw1:" in message or "zpool" in message]


def test_english_readers_get_english_words(tiny_book) -> None:
    page = tiny_book("apparatus").build("html", "-W", "-D", "language=en").page("index.html")
    assert page.xpath("string(//div[contains(@class, 'command-place')]/p)") == (
        "Run on: pve1, the lab machine"
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{command} pve1, outer", "{command} pve9", "index.md:3: ERROR|unknown place 'pve9'"),
        ("# zpool", "zpool", ""),
        (":from: source: qemu", ":from: rumour: qemu", "say what this output stems from"),
        (":from: source: qemu-server src/PVE/CLI/qm.pm\n", "", "say what this output stems from"),
        ("{labfile} gw1/etc/nftables.conf", "{labfile} gw1/etc/gone.conf", "gone.conf"),
    ],
)
def test_mistakes_are_told_with_their_place(tiny_book, old, new, told) -> None:
    book = tiny_book("apparatus")
    book.edit("index.md", old, new)
    run = book.build("html", "-W", "--keep-going")
    assert "Traceback" not in run.output
    if not told:
        assert run.status == 0  # the block still has commands
        return
    assert run.status != 0
    assert told.rpartition("|")[2] in run.output
    assert "index.md:" in run.output


def test_a_block_without_any_command_is_refused(tiny_book) -> None:
    book = tiny_book("apparatus")
    path = book.source / "index.md"
    path.write_text("# 題\n\n```{command} pve1\nqm list\n```\n", encoding="utf-8")
    run = book.build("html", "-W", "--keep-going")
    assert run.status != 0
    assert "index.md:3: WARNING: the block has no command" in run.output


def test_words_in_code_are_translated_with_the_chapter(tiny_book) -> None:
    book = tiny_book("apparatus")
    book.edit("index.md", "VMID NAME\n", "VMID <名前> <指紋> <vmid>\n")
    book.edit("index.md", "src/PVE/CLI/qm.pm\n", "src/PVE/CLI/qm.pm（見出し）\n")
    catalog = polib.pofile(str(book.build("gettext", "-W").folder / "index.pot"))
    messages = {entry.msgid for entry in catalog}
    assert {"名前", "指紋", "qemu-server src/PVE/CLI/qm.pm（見出し）"} <= messages
    assert "vmid" not in messages
    said = {"名前": "name", "qemu-server src/PVE/CLI/qm.pm（見出し）": "qm.pm (heading)"}
    translated = polib.POFile()
    translated.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    translated.extend(polib.POEntry(msgid=old, msgstr=new) for old, new in said.items())
    folder = book.source / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    translated.save(str(folder / "index.po"))
    run = book.build("html", "-W", "-D", "language=en", "-D", "locale_dirs=locale")
    assert run.status == 0, run.output
    (block,) = run.page("index.html").xpath("//div[contains(@class, 'output docutils')]")
    text = block.text_content()
    assert "VMID <name> <指紋> <vmid>" in text
    assert "Format derived from the source code: qm.pm (heading)" in text


def test_placeholders_of_plain_code_are_translated_too(tiny_book) -> None:
    book = tiny_book("apparatus")
    path = book.source / "index.md"
    plain = "```{code-block} text\n:caption: 題\nportal <住所>\n```\n\n```\n<番号>\n```\n"
    path.write_text(f"# 装置\n\n{plain}", encoding="utf-8")
    folder = book.source / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = polib.pofile(str(book.build("gettext", "-W").folder / "index.pot"))
    said = {"住所": "address", "番号": "number"}
    for entry in catalog:
        entry.msgstr = said.get(entry.msgid, "")
    assert said.keys() <= {entry.msgid for entry in catalog}
    catalog.save(str(folder / "index.po"))
    run = book.build("html", "-W", "-D", "language=en", "-D", "locale_dirs=locale")
    assert run.status == 0, run.output
    blocks = [block.text_content().strip() for block in run.page("index.html").xpath("//pre")]
    assert blocks == ["portal <address>", "<number>"]
