"""``make verification``: what ran, in which version, and what did not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from claims import verification
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
    assert f"| `gw1/etc/nftables.conf` | nftables {TOOLS['nftables'].installed} |" in text
    assert "| `gw1/etc/motd` | reading only |" in text


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
    assert "| `gw1/etc/nftables.conf` | nftables: NOT RUN, it is not installed |" in text
    assert "| corosync (NOT RUN here: not installed) |" in text


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
