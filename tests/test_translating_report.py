"""How far a translation is: counted as gettext counts, told to translators and readers."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from lxml import html

from publishing.editions import PublishingError
from publishing.site import assemble
from tests.conftest import PROJECT, make
from tests.workshop import ENGLISH, Workshop
from translating import editions
from translating.__main__ import main
from translating.coverage import Coverage, of_catalog
from translating.reporting import word_diff

CATALOGS = sorted((PROJECT / "locale").rglob("*.po"))
SENTENCE = "ここでは `qm list` で一覧を見ます。一覧には名前が並びます。"


@pytest.fixture
def workshop(tiny_book, monkeypatch) -> Workshop:
    made = Workshop(tiny_book("workshop"))
    monkeypatch.chdir(made.book.source)
    assert made.run() == 0
    return made


def git(*arguments: str) -> None:
    author = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *author, *arguments], check=True, capture_output=True)


def statistics(path: Path) -> Coverage:
    """Return what msgfmt says: `1 translated message, 2 fuzzy translations, …`."""
    done = subprocess.run(
        ["msgfmt", "--statistics", "--output-file=/dev/null", path],
        check=True,
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )
    found = {
        word: int(number)
        for number, word in re.findall(r"(\d+) (translated|fuzzy|untranslated)", done.stderr)
    }
    return Coverage(
        found.get("translated", 0), found.get("fuzzy", 0), found.get("untranslated", 0)
    )


def test_the_figures_are_those_of_msgfmt(workshop) -> None:
    workshop.translate({msgid: ENGLISH[msgid] for msgid in ("小さな本", SENTENCE)})
    workshop.book.edit("second.md", "名前が並びます。", "名前が並びます。\n番号順です。")
    assert workshop.run() == 0
    path = workshop.path("second")
    text = path.read_text(encoding="utf-8")
    # What is marked fuzzy and is empty too, and what is obsolete.
    text = text.replace('msgid "同じ文です。"', '#, fuzzy\nmsgid "同じ文です。"')
    path.write_text(f'{text}\n#~ msgid "古い"\n#~ msgstr "old"\n', encoding="utf-8")
    assert of_catalog(path) == Coverage(translated=0, fuzzy=1, missing=2)
    for each in [path, workshop.path("index"), *CATALOGS]:
        assert of_catalog(each) == statistics(each), each


def test_sphinx_intl_reads_the_catalogs_and_counts_the_same() -> None:
    """Who knows the tool of Sphinx's own guide may ask it."""
    command = [sys.executable, "-m", "sphinx_intl", "stat", "-d", "locale", "-l", "en"]
    done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    line = re.compile(r"(\S+): (\d+) translated, (\d+) fuzzy, (\d+) untranslated\.")
    counted = {
        PROJECT / path: Coverage(*map(int, rest)) for path, *rest in line.findall(done.stdout)
    }
    assert counted == {path: of_catalog(path) for path in CATALOGS}


def test_only_everything_is_a_hundred_per_cent() -> None:
    assert Coverage(999, 1, 0).percent == 99
    assert Coverage(1000, 0, 0).percent == 100
    assert Coverage().percent == 100


def test_the_report_tells_what_has_changed_word_by_word(workshop, capsys) -> None:
    workshop.translate(ENGLISH)
    git("init", "--quiet")
    git("add", "locale")
    git("commit", "--quiet", "--message=before")
    workshop.book.edit("second.md", "名前が並びます。", "番号が並びます。")
    workshop.book.edit("index.md", "同じ文です。", "まったく別のことです。")
    assert workshop.run() == 0
    report = ["report", "locale", "ja", "report", "--since"]
    capsys.readouterr()
    assert main([*report, "HEAD"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^second +2 +1 +0 +66 % +1$", said, re.MULTILINE)
    assert re.search(r"^index +3 +0 +1 +75 % +2$", said, re.MULTILINE)
    assert re.search(r"^total +5 +1 +1 +71 % +3$", said, re.MULTILINE)
    text = Path("report/en.txt").read_text(encoding="utf-8")
    lines = workshop.path("second").read_text(encoding="utf-8").splitlines()
    line = next(n for n, one in enumerate(lines, 1) if one.startswith('msgid "ここでは'))
    said = f"locale/en/LC_MESSAGES/second.po:{line}: the source has changed, the translation waits"
    assert said in text.splitlines()
    assert "一覧には[-名前-]{+番号+}が" in text
    assert "{+まったく別のことです。+}" in text
    assert "[-同じ文です。-]" in text
    page = html.fromstring(Path("report/en.html").read_bytes())
    cells = page.xpath("//tr[td/a='second']/td")
    assert [cell.text_content().strip() for cell in cells[:4]] == ["second", "2", "1", "0"]
    assert "番号" in page.xpath("//dd[@lang='ja']/ins/text()")
    assert "名前" in page.xpath("//dd[@lang='ja']/del/text()")
    # The translator has done the work: both sides are shown as they have changed.
    path = workshop.path("second")
    done = path.read_text(encoding="utf-8").replace("#, fuzzy\n", "")
    done = re.sub(r"^#\| .*\n", "", done, flags=re.MULTILINE).replace(
        "It shows names", "It shows numbers"
    )
    path.write_text(done, encoding="utf-8")
    assert main([*report, "HEAD"]) == 0
    text = Path("report/en.txt").read_text(encoding="utf-8")
    assert "source and translation have changed" in text
    assert "It shows [-names-]{+numbers+}." in text


def test_without_git_the_fuzzy_entries_are_told(workshop, capsys) -> None:
    workshop.translate(ENGLISH)
    workshop.book.edit("second.md", "名前が並びます。", "番号が並びます。")
    assert workshop.run() == 0
    assert main(["report", "locale", "en", "report"]) == 0
    assert "[-名前-]{+番号+}" in Path("report/en.txt").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["report", "locale", "en", "report", "--since", "no-such-tag"]) == 1
    assert capsys.readouterr().err == "error: SINCE=no-such-tag is no commit, tag or branch here\n"
    assert main(["report", "locale", "fr", "report"]) == 1


def test_markup_of_a_translation_stays_text_in_the_report(workshop) -> None:
    workshop.translate({"二つ目の章": "<script>alert(1)</script>"})
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message=nothing")
    assert main(["report", "locale", "en", "report", "--since", "HEAD"]) == 0
    page = html.fromstring(Path("report/en.html").read_bytes())
    assert not page.xpath("//script")
    assert "<script>alert(1)</script>" in page.text_content()


def test_a_word_diff_leads_from_one_text_to_the_other() -> None:
    old, new = "ノードを 3 台つなぐ。", "ノードを 4 台、すぐにつなぐ。"
    diff = word_diff(old, new)
    assert "".join(text for sign, text in diff if sign != "+") == old
    assert "".join(text for sign, text in diff if sign != "-") == new


# --- the reader --------------------------------------------------------------------------------


def test_every_edition_says_how_far_a_page_is(workshop) -> None:
    some = ("小さな本", "同じ文です。", "二つ目の章", SENTENCE)
    workshop.translate({msgid: ENGLISH[msgid] for msgid in some})
    figures = of_catalog(workshop.path("index"))
    assert (figures.translated, figures.total) == (2, 4)
    said = "2 of the 4 passages here (50 %) are translated; the rest is in Japanese."
    book = workshop.book
    run = book.build("html", "-W", "-D", "language=en")
    assert run.status == 0, run.output
    page = run.page("index.html")
    assert page.xpath("//*[contains(@class, 'web-translation')]/text()") == [said]
    assert len(page.xpath("//article//p[@lang='ja']")) == 2
    assert not run.page("second.html").xpath("//*[contains(@class, 'web-translation')]")
    run = book.build("epub", "-W", "-D", "language=en")
    assert run.status == 0, run.output
    [file] = run.folder.glob("*.epub")
    with zipfile.ZipFile(file) as archive:
        texts = {
            name: archive.read(name).decode() for name in archive.namelist() if "html" in name
        }
    assert [name for name, text in texts.items() if said in text] == ["index.xhtml"]
    run = book.build("latex", "-W", "-D", "language=en")
    assert run.status == 0, run.output
    [tex] = [file for file in run.folder.glob("*.tex") if "小さな本" in file.read_text() or True][
        :1
    ]
    text = tex.read_text(encoding="utf-8")
    assert text.count("of the 4 passages here (50 \\%)") == 1
    assert "passages here" not in "".join(book.build("html", "-W").output)


def test_japanese_in_a_page_that_claims_to_be_complete_fails_the_build(workshop) -> None:
    workshop.book.edit("second.md", "同じ文です。", "```\n日本語のまま\n```\n\n同じ文です。")
    assert workshop.run() == 0
    workshop.translate({msgid: text for msgid, text in ENGLISH.items() if msgid != "二つ目の章"})
    # Something is left to translate, and the page says so.
    assert workshop.book.build("html", "-W", "-D", "language=en").status == 0
    workshop.translate(ENGLISH)
    for builder in ("html", "epub", "latex"):
        run = workshop.book.build(builder, "-W", "-D", "language=en")
        assert run.status == 1
        assert re.search(r"second\.md:\d+: WARNING: Japanese is left in this edition", run.output)
    allowed = ["-D", "language=en", "-D", "translating_allowed=日本語のまま"]
    assert workshop.book.build("html", "-W", *allowed).status == 0
    assert workshop.book.build("html", "-W").status == 0


# --- the table of editions ---------------------------------------------------------------------

THIRD = '\n[zh_TW]\nname = "繁體中文"\n'


@pytest.fixture
def third(tmp_path) -> Path:
    path = tmp_path / "editions.toml"
    path.write_text(editions.FILE.read_text(encoding="utf-8") + THIRD, encoding="utf-8")
    return path


def test_one_row_is_an_edition(third) -> None:
    row = editions.row("zh_TW", third)
    assert row["name"] == "繁體中文"
    assert row["title"] == editions.table()["en"]["title"]
    uuids = {editions.row(code, third)["uuid"] for code in ("ja", "en", "zh_TW", "qps")}
    assert len(uuids) == 4
    assert "since" not in row


def test_a_language_is_listed_from_its_threshold_on(third, workshop) -> None:
    assert workshop.run(language="zh_TW") == 0
    assert editions.listed(workshop.locale, third) == ["ja", "en"]
    assert set(editions.behind("zh_TW", workshop.locale, third)) == {"index", "second"}
    workshop.translate(dict.fromkeys(ENGLISH, "譯文"))
    assert editions.listed(workshop.locale, third) == ["ja", "en", "zh_TW"]
    # A language that has been published stays listed; the release fails instead.
    path = workshop.path("second", "en")
    path.write_text(path.read_text(encoding="utf-8").replace("譯文", ""), encoding="utf-8")
    assert "en" in editions.listed(workshop.locale, third)
    assert editions.behind("en", workshop.locale, third) == {"second": 0}


def fake_editions(build: Path, languages: list[str]) -> None:
    for language in languages:
        for kind in ("html", "epub", "pdf"):
            (build / kind / language).mkdir(parents=True, exist_ok=True)
        (build / "html" / language / "index.html").write_text("<p>x</p>", encoding="utf-8")
        for kind in ("epub", "pdf"):
            name = f"proxmox-ve-lab-{language}.{kind}"
            (build / kind / language / name).write_bytes(b"x")


def test_a_release_below_the_threshold_is_refused(workshop, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(editions, "ROOT", workshop.book.source)
    fake_editions(tmp_path, ["ja", "en"])
    with pytest.raises(PublishingError, match=r"less than 95 %.*en/index: 0 %, en/second: 0 %"):
        assemble(tmp_path, ["ja", "en"])
    with pytest.raises(PublishingError, match=r"zh_TW/\(none\): 0 %"):
        assemble(tmp_path, ["ja", "zh_TW"])
    workshop.translate(ENGLISH)
    assemble(tmp_path, ["ja", "en"])
    # The catalog has not seen what the page shows.
    page = '<p class="web-translation" role="note" data-done="94" data-total="100">…</p>'
    (tmp_path / "html" / "en" / "new.html").write_text(page, encoding="utf-8")
    with pytest.raises(PublishingError, match=r"en/new: 94 %"):
        assemble(tmp_path, ["ja", "en"])
    page = page.replace("94", "95")
    (tmp_path / "html" / "en" / "new.html").write_text(page, encoding="utf-8")
    assemble(tmp_path, ["ja", "en"])


def test_a_third_language_needs_one_row(workshop, monkeypatch, tmp_path, third) -> None:
    assert workshop.run(language="zh_TW") == 0
    workshop.translate({**dict.fromkeys(ENGLISH, "譯文"), SENTENCE: "`qm list` 譯文"})
    monkeypatch.setattr(editions, "ROOT", workshop.book.source)
    monkeypatch.setattr(editions, "FILE", third)
    listed = editions.listed()
    assert listed == ["ja", "en", "zh_TW"]
    for builder in ("html", "epub", "latex"):
        run = workshop.book.build(builder, "-W", "-D", "language=zh_TW")
        assert run.status == 0, run.output
    page = html.fromstring((workshop.book.folder / "html" / "second.html").read_bytes())
    assert page.get("lang") == "zh-TW"
    assert "譯文" in page.xpath("string(//article)")
    fake_editions(tmp_path, listed)
    assemble(tmp_path, listed)
    start = html.fromstring((tmp_path / "site" / "index.html").read_bytes())
    section = start.xpath("//section[@lang='zh-TW']")[0]
    assert "zh_TW/index.html" in section.xpath(".//a/@href")
    assert (
        len(section.xpath(".//a[contains(@href, 'zh_TW.pdf') or contains(@href, '.epub')]")) == 2
    )
    # What the pages of the book themselves are told.
    conf = runpy.run_path(str(PROJECT / "conf.py"))
    config = SimpleNamespace(language="zh_TW", html_context={})
    conf["apply_edition"](SimpleNamespace(outdir=Path("zh_TW")), config)
    assert config.html_context["editions"]["zh_TW"] == "繁體中文"
    assert config.epub_basename == "proxmox-ve-lab-zh_TW"
    assert config.project == editions.row("en")["title"]


def test_the_makefile_asks_without_a_virtual_environment() -> None:
    done = subprocess.run(
        ["/usr/bin/python3", "-S", "-m", "translating.editions"],
        env={"PYTHONPATH": str(PROJECT / "src")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["ja", "en"]


def test_the_makefile_asks_once_and_only_who_needs_the_editions(tmp_path) -> None:
    asked = tmp_path / "asked"
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho $* >> {asked}\necho ja en\n", encoding="utf-8")
    python.chmod(0o755)
    for verb, times in (("help", 0), ("site", 1), ("all", 2)):  # all makes the site by a make
        asked.write_text("", encoding="utf-8")
        done = make("--dry-run", verb, f"PYTHON={python}", f"VENV={tmp_path}")
        assert done.returncode == 0, done.stdout
        assert asked.read_text(encoding="utf-8") == "-m translating.editions\n" * times, verb
        if verb == "all":
            assert done.stdout.count("sphinx-build -W") == 6
