"""``make verification``: what ran, in which version, and what did not."""

from __future__ import annotations

import re
import shutil
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

from claims import experiments, verification
from claims.experiments import EXPERIMENTS
from lab.tools import TOOLS

from .conftest import PROJECT
from .test_claims import TABLES

if TYPE_CHECKING:
    from pathlib import Path

BOOK = """# 題

`qm list` と `qm start` で見ます。

```{command} pve1
# qm list
# uptime
```

```{command} pve1
# pvesm status
```

```{output} pve1
:from: source: pve-storage src/PVE/CLI/pvesm.pm
Name             Type     Status     Total (KiB)      Used (KiB) Available (KiB)        %
```

```{labfile} gw1/etc/nftables.conf
```
"""


@pytest.fixture
def book(tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("PVE_TABLES", raising=False)
    source = tmp_path / "source"
    (source / "lab" / "files" / "gw1" / "etc").mkdir(parents=True)
    shutil.copy(PROJECT / "source" / "lab" / "lab.yaml", source / "lab")
    (source / "lab" / "files" / "gw1" / "etc" / "nftables.conf").write_text(
        "table inet lab {\n}\n", encoding="utf-8"
    )
    (source / "lab" / "files" / "gw1" / "etc" / "motd").write_text("hello\n", encoding="utf-8")
    (source / "one.md").write_text(BOOK, encoding="utf-8")
    return source


def written(book, tables=TABLES) -> tuple[int, str]:
    out = book.parent / "verification.md"
    status = verification.main([str(book), str(tables), str(out)])
    return status, out.read_text(encoding="utf-8")


def test_claims_are_counted_and_tools_named_with_their_version(book) -> None:
    status, text = written(book)
    assert status == 0
    # calls, mentions, other commands, known output, other output, excerpts, files, findings
    assert "| one.md | 2 | 2 | 1 | 1 | 0 | 0 | 1 | 0 |" in text
    assert "What expected output stems from: source 1." in text
    tested = "tested by `tests/test_vlan.py`"
    ran = f"| `gw1/etc/nftables.conf` | nftables {TOOLS['nftables'].installed}; {tested} |"
    assert ran in text
    assert "| `gw1/etc/motd` | reading only |" in text
    assert f"| one.md | none | nftables {TOOLS['nftables'].installed} | 0 |" in text


def test_findings_are_told(book) -> None:
    path = book / "one.md"
    path.write_text(BOOK.replace("qm list", "qm lst"), encoding="utf-8")
    assert "| one.md | 2 | 2 | 1 | 1 | 0 | 0 | 1 | 2 |" in written(book)[1]


def test_what_cannot_be_run_is_not_passed(book, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    status, text = written(book, tables="/nowhere")
    assert status == 0
    assert "as tables | NOT RUN: the tables are missing |" in text
    assert "| nftables | NOT RUN: not installed |" in text
    assert "| `gw1/etc/nftables.conf` | nftables: NOT RUN, it is not installed; tested" in text
    assert "corosync (NOT RUN here: not installed), corosync-qnetd (NOT" in text


def test_a_refused_file_fails(book) -> None:
    path = book / "lab" / "files" / "gw1" / "etc" / "nftables.conf"
    path.write_text("tabel\n", encoding="utf-8")
    status, text = written(book)
    assert status == 1
    assert ": REFUSED |" in text


def test_unsound_data_of_the_lab_are_one_message(book, capsys) -> None:
    (book / "lab" / "lab.yaml").write_text("x: 1\n", encoding="utf-8")
    assert verification.main([str(book), str(TABLES), str(book.parent / "v.md")]) == 1
    assert "lab.yaml:1: the section 'networks' is missing" in capsys.readouterr().err


def test_the_tests_of_a_chapter_and_the_files_only_read_are_named(book) -> None:
    shutil.copy(book / "one.md", book / "ch09-cluster.md")
    path = book / "ch09-cluster.md"
    shown = "```{labfile} gw1/etc/motd\n```\n" * 2
    path.write_text(path.read_text(encoding="utf-8") + shown, encoding="utf-8")
    assert "| ch09-cluster.md | `test_quorum.py` | nftables" in written(book)[1]
    assert re.search(r"^\| ch09-cluster.md \| .* \| 1 \|$", written(book)[1], re.MULTILINE)


# --- the table of experiments -----------------------------------------------------

TESTS = PROJECT / "tests"
SOURCE = PROJECT / "source"
FILES = SOURCE / "lab" / "files"

#: They ask tools about every file, or about what the checks find; `lab.tools` tells of that.
OTHERS = {"test_lab_files.py", "test_verification.py"}


def wrong(table: list[experiments.Experiment]) -> list[str]:
    """What the table says and the tests do not bear out."""
    found = []
    names = [path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file()]
    documents = {path.stem for path in SOURCE.rglob("*.md")}
    for each in table:
        path = TESTS / each.test
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if "\ndef test_" not in text:
            found.append(f"{each.test}: no test")
        found += [f"{each.test}: {name}: no document" for name in {*each.documents} - documents]
        for pattern in each.files:
            if not any(fnmatch(name, pattern) for name in names):
                found.append(f"{each.test}: {pattern}: no such file")
            if pattern.rpartition("/")[2] not in text:
                found.append(f"{each.test}: {pattern}: the test does not name it")
    named = {each.test for each in table} | OTHERS
    for path in TESTS.glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"source(/|\" / \")lab(/|\" / \")files", text) and path.name not in named:
            found.append(f"{path.name}: reads the lab's files and is not in the table")
    return found


def test_the_table_of_experiments_is_that_of_the_tests() -> None:
    assert wrong(EXPERIMENTS) == []


def test_a_wrong_table_of_experiments_is_seen() -> None:
    first = experiments.Experiment("test_gone.py", ("ch99-none",), ("gw1/etc/none",), (), "", "")
    found = wrong([first, *EXPERIMENTS[1:]])
    assert "test_gone.py: no test" in found
    assert "test_gone.py: ch99-none: no document" in found
    assert "test_gone.py: gw1/etc/none: no such file" in found
    assert "test_gone.py: gw1/etc/none: the test does not name it" in found
    missing = f"{EXPERIMENTS[0].test}: reads the lab's files and is not in the table"
    assert missing in found


def told(text: str) -> dict[str, set[int]]:
    """The items of the preface that name chapters in brackets at their end, and these."""
    section = text.partition("(preface-verification)=")[2].partition("\n(preface-")[0]
    section = re.sub(r"\{ref\}`(.*?) <.*?>`", r"\1", section)
    items = re.findall(r"^- (.*?)(?=^- |^$)", section, re.MULTILINE | re.DOTALL)
    chapters = re.compile(r"（(第 [\d、 ]+ 章)）。?$")
    return {
        item: {int(each) for each in re.findall(r"\d+", found[1])}
        for item in map(str.strip, items)
        if (found := chapters.search(item))
    }


def untold(text: str) -> list[str]:
    """What the preface leaves out of the experiments, or tells otherwise."""
    items = told(text)
    found = [item for item in items if not any(each.told in item for each in EXPERIMENTS)]
    for each in EXPERIMENTS:
        about = {int(name[2:4]) for name in each.documents}
        said = [chapters for item, chapters in items.items() if each.told in item]
        if said != [about]:
            found.append(f"{each.test}: {each.told}: {about}, the preface says {said}")
    return found


def test_the_preface_tells_of_every_experiment_and_its_chapters() -> None:
    text = (SOURCE / "preface.md").read_text(encoding="utf-8")
    assert untold(text) == []
    assert untold(text.replace("クォーラムの数", "票の数"))
    assert untold(text.replace("（第 9 章）", "（第 8 章）"))
    assert untold(re.sub(r"^- クォーラムの数.*\n", "", text, flags=re.MULTILINE))
