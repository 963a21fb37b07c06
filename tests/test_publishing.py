"""What is published, what is kept when something fails, and what users are told."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from publishing import debian, environment, hosting, tex_root
from publishing.__main__ import main
from publishing.editions import (
    PublishingError,
    log_defects,
    publish_file,
    publish_tree,
    stamp,
    typeset,
)
from publishing.hosting import HEADERS
from publishing.site import assemble
from translating import editions

from .conftest import PROJECT


@pytest.fixture(autouse=True)
def translated(monkeypatch) -> None:
    """These tests are not about the catalogs of the book, which may be behind it."""
    monkeypatch.setattr(editions, "behind", lambda _language: {})


def test_a_tree_replaces_the_old_one_whole(tmp_path) -> None:
    source, target = tmp_path / "stage", tmp_path / "public" / "ja"
    for name in ("old", "new"):
        source.mkdir(exist_ok=True)
        for file in source.iterdir():
            file.unlink()
        (source / name).write_text(name, encoding="utf-8")
        publish_tree(source, target)
    assert [file.name for file in target.iterdir()] == ["new"]
    assert [folder.name for folder in target.parent.iterdir()] == ["ja"]


def test_what_was_not_built_leaves_the_old_edition(tmp_path) -> None:
    target = tmp_path / "book.pdf"
    target.write_text("good", encoding="utf-8")
    with pytest.raises(PublishingError, match="nothing was built"):
        publish_file(tmp_path / "stage" / "book.pdf", tmp_path)
    with pytest.raises(PublishingError, match="nothing was built"):
        publish_tree(tmp_path / "stage", target)
    assert target.read_text(encoding="utf-8") == "good"


@pytest.mark.parametrize(
    "line",
    [
        "Missing character: There is no ★ (U+2605) in font [x.otf]!",
        "LaTeX Warning: Hyper reference `a:b' on page 1 undefined on input line 9.",
        "LaTeX Warning: Reference `a:b' on page 1 undefined on input line 9.",
        "LaTeX Warning: Label `x' multiply defined.",
        r"Overfull \hbox (1.2pt too wide) in paragraph at lines 1--2",
    ],
)
def test_defects_in_a_tex_log(line: str) -> None:
    assert log_defects(f"before\n{line}\nafter") == [line]


@pytest.mark.parametrize(
    "line",
    [
        r"Overfull \hbox (0.9pt too wide) in paragraph at lines 1--2",
        r"Underfull \hbox (badness 10000) in paragraph",
        "LaTeX Font Info: Kanji font shape `JY3/x/m/it' undefined",
    ],
)
def test_what_is_no_defect_in_a_tex_log(line: str) -> None:
    assert log_defects(line) == []


def test_tex_errors_are_shown_and_no_pdf_is_left(tmp_path) -> None:
    rc = PROJECT / "_templates" / "latex" / "book.latexmkrc"
    (tmp_path / rc.name).write_bytes(rc.read_bytes())
    tex = "\\documentclass{article}\\begin{document}x\\nosuchmacro\\end{document}"
    (tmp_path / "a.tex").write_text(tex, encoding="utf-8")
    for _ in range(2):  # latexmk must not take the second run for done
        with pytest.raises(PublishingError, match="Undefined control sequence"):
            typeset(tmp_path, "a")
    assert not (tmp_path / "a.pdf").exists()
    (tmp_path / "a.tex").write_text(tex.replace("\\nosuchmacro", ""), encoding="utf-8")
    typeset(tmp_path, "a")
    assert (tmp_path / "a.pdf").exists()


def test_what_an_earlier_run_left_does_not_fail_the_next(tmp_path) -> None:
    rc = PROJECT / "_templates" / "latex" / "book.latexmkrc"
    (tmp_path / rc.name).write_bytes(rc.read_bytes())
    tex = "\\documentclass{article}\\begin{document}x\\end{document}"
    (tmp_path / "a.tex").write_text(tex, encoding="utf-8")
    for _ in range(2):
        typeset(tmp_path, "a")
        (tmp_path / "a.aux").write_text("\\relax\n\\nosuchmacro\n", encoding="utf-8")
    assert (tmp_path / "a.pdf").exists()


def _editions(build) -> None:
    for language in ("ja", "en"):
        for kind in ("html", "epub", "pdf"):
            folder = build / kind / language
            folder.mkdir(parents=True)
            name = "index.html" if kind == "html" else f"proxmox-ve-lab-{language}.{kind}"
            (folder / name).write_text(f"{kind} {language}", encoding="utf-8")


def test_the_site_holds_every_edition_with_checksums(tmp_path) -> None:
    _editions(tmp_path)
    assemble(tmp_path, ["ja", "en"])
    site = tmp_path / "site"
    assert (site / "ja" / "index.html").read_text(encoding="utf-8") == "html ja"
    start = (site / "index.html").read_text(encoding="utf-8")
    for line in (site / "downloads" / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((site / "downloads" / name).read_bytes()).hexdigest() == digest
        assert f'href="downloads/{name}"' in start
    assert len(list((site / "downloads").iterdir())) == 5


def test_pages_offer_the_books_and_lead_to_them(tmp_path) -> None:
    _editions(tmp_path)
    page = tmp_path / "html" / "ja" / "part" / "one.html"
    page.parent.mkdir()
    page.write_text("<p><!-- downloads ../ --></p>", encoding="utf-8")
    assemble(tmp_path, ["ja", "en"])
    text = (tmp_path / "site" / "ja" / "part" / "one.html").read_text(encoding="utf-8")
    for kind in ("pdf", "epub"):
        assert f'<a href="../../downloads/proxmox-ve-lab-ja.{kind}" download>' in text
    assert 'aria-label="ダウンロード"' in text
    assert "<!--" not in text


def test_a_book_of_another_version_is_not_offered(tmp_path) -> None:
    _editions(tmp_path)
    for kind in ("html", "epub", "pdf"):
        for language in ("ja", "en"):
            stamp(tmp_path / kind / language)
    assemble(tmp_path, ["ja", "en"])
    (tmp_path / "pdf" / ".en.edition").write_text("0.0.1", encoding="utf-8")
    with pytest.raises(PublishingError, match=r"is of version 0\.0\.1.*'make pdf EDITION=en'"):
        assemble(tmp_path, ["ja", "en"])
    assert main(["site", str(tmp_path), "ja", "en"]) == 1


def test_hosts_are_told_the_headers_and_the_page_not_found(tmp_path) -> None:
    _editions(tmp_path)
    assemble(tmp_path, ["ja", "en"])
    site = tmp_path / "site"
    for name in ("_headers", ".htaccess", "hosting/nginx.conf"):
        text = (site / name).read_text(encoding="utf-8")
        for header, value in HEADERS.items():
            assert header in text, name
            assert value in text, name
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    assert 'href="/ja/index.html"' in (site / "404.html").read_text(encoding="utf-8")
    assert not (site / "sitemap.xml").exists()
    other = tmp_path / "other"
    other.mkdir()
    hosting.write(other, "https://book.example/x")
    assert 'href="/x/ja/index.html"' in (other / "404.html").read_text(encoding="utf-8")
    assert "ErrorDocument 404 /x/404.html" in (other / ".htaccess").read_text(encoding="utf-8")


def test_a_missing_edition_is_named_with_the_command(tmp_path) -> None:
    _editions(tmp_path)
    (tmp_path / "epub" / "en" / "proxmox-ve-lab-en.epub").unlink()
    with pytest.raises(PublishingError, match="run 'make epub EDITION=en' first"):
        assemble(tmp_path, ["ja", "en"])
    assert not (tmp_path / "site").exists()


def test_the_command_tells_errors_without_a_traceback(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "publishing", "site", str(tmp_path), "ja"],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_an_environment_is_made_with_what_python_has(tmp_path) -> None:
    folder, lock = tmp_path / ".venv", tmp_path / "lock"
    inside, outside = (
        environment.commands(folder, lock, ensurepip=ensurepip, pip=True)
        for ensurepip in (True, False)
    )
    assert inside[1][:3] == [str(folder / "bin" / "python"), "-m", "pip"]
    assert "--without-pip" in outside[0]
    assert outside[1][:5] == [
        sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"),
    ]  # fmt: skip
    assert environment.commands(folder, lock, ensurepip=False, pip=False) is None


def test_an_environment_without_ensurepip_works(tmp_path) -> None:
    folder, lock = tmp_path / ".venv", tmp_path / "lock"
    lock.write_text("", encoding="utf-8")
    for step in environment.commands(folder, lock, ensurepip=False, pip=True):
        subprocess.run(step, check=True)
    assert (folder / "bin" / "python").exists()


def test_packages_are_read_by_group() -> None:
    text = "# a comment\n\npdf  one  what for\ntest two more\npdf three x\n"
    assert debian.wanted(["pdf"], text) == ["one", "three"]
    assert debian.wanted(["test", "pdf"], text) == ["one", "two", "three"]


def test_a_package_is_not_wanted_where_its_program_is_there() -> None:
    text = "test a=no-such-program-anywhere x\ntest b=sh x\n"
    assert debian.wanted(["test"], text) == ["a"]


def test_an_ordinary_user_is_told_the_exact_line(monkeypatch, capsys) -> None:
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(debian, "missing", lambda packages: packages[:2])
    assert debian.main(["pdf"]) == 1
    said = capsys.readouterr().err
    first, second, *_ = debian.wanted(["pdf"], debian.LIST.read_text(encoding="utf-8"))
    assert f"sudo apt-get install --yes --no-install-recommends {first} {second}\n" in said


def test_an_installed_package_is_not_missing() -> None:
    assert debian.missing(["dpkg", "no-such-package-anywhere"]) == ["no-such-package-anywhere"]


def test_the_mirror_is_the_one_of_this_system() -> None:
    targets = (
        "http://mirror.example/debian-security/ bookworm-security\n"
        "http://mirror.example/debian/ bookworm\n"
    )
    assert tex_root.mirror(targets) == "http://mirror.example/debian/"
    with pytest.raises(LookupError, match="no mirror of Debian"):
        tex_root.mirror("http://mirror.example/debian-security/ bookworm-security\n")


def test_another_root_needs_every_package() -> None:
    text = "pdf a=sh x\npdf b y\n"
    assert debian.wanted(["pdf"], text, here=False) == ["a", "b"]


def test_only_root_makes_or_uses_a_root(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(tex_root.os, "geteuid", lambda: 1000)
    assert tex_root.main(tmp_path / "root") == 1
    assert "sudo make tex-root" in capsys.readouterr().err
    with pytest.raises(PublishingError, match="which only root may"):
        typeset(tmp_path, "a", tmp_path / "root")
