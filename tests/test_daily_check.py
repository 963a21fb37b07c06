"""The morning check of chapter 14, run with stand-ins for the node's tools.

The stand-ins answer in the forms of the real tools; the shell, awk, grep and date are real.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import stand_ins
from .conftest import PROJECT

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

SCRIPT = PROJECT / "source/lab/files/pve1/usr/local/sbin/daily-check"
POOL = "Name        Type     Status     Total (KiB)      Used (KiB) Available (KiB)        %\n"
REPLICATION = (
    "JobID      Enabled    Target               LastSync             NextSync"
    "   Duration  FailCount State\n"
    "103-0      Yes        local/pve2           2026-11-24_06:55:03  2026-11-24_07:00:00"
    "   2.1       {count}         OK\n"
)
HEALTHY = {
    "pvecm": "Quorum information\nQuorate:          Yes\n",
    "systemctl": "",
    "ha-manager": "quorum OK\nlrm pve1 (active, watchdog active, now)\n"
    "service vm:101 (pve1, started)\n",
    "pvesm": POOL + "local-lvm lvmthin active 100 40 60 40.00%\noff nfs disabled 0 0 0 N/A\n",
    "df": "Use%\n 31%\n",
    "lvs": "  2.10\n",
    "zpool": "all pools are healthy\n",
    "lsblk": "sda disk\nsr0 rom\n",
    "smartctl": "",
    "pvesr": REPLICATION.format(count=0),
    "chronyc": "Leap status     : Normal\n",
    "hostname": "pve1\n",
}
PVESH = (
    """case "$*" in *vzdump*"statusfilter ok"*) echo '[{"upid":"a"},{"upid":"b"}]' ;; """
    """*) echo "[]" ;; esac\n"""
)


def run(folder: Path, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    bodies = {name: f"cat <<'OUT'\n{text}OUT\n" for name, text in HEALTHY.items()}
    bodies |= {"pvesh": PVESH} | {name.replace("_", "-"): body for name, body in changed.items()}
    for name, body in bodies.items():
        stand_ins.install(folder, name, f"#!/bin/sh\n{body}")
    # The mail goes to a fixed path on a node; here it goes to a file.
    text = SCRIPT.read_text(encoding="utf-8")
    text = text.replace("/usr/sbin/sendmail -t", f"cat > {folder}/mail")
    return stand_ins.run(folder, "/bin/sh", "-c", text, "daily-check", *arguments)


def test_nothing_wrong_is_said_in_lines_and_sends_no_mail(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert {line.split()[0] for line in result.stdout.splitlines()} == {"OK"}
    assert "OK   backup       2 succeeded" in result.stdout
    assert result.stderr == ""
    assert not (tmp_path / "mail").exists()


def test_a_good_day_is_mailed_where_that_is_wanted(tmp_path: Path) -> None:
    assert run(tmp_path, "--always").returncode == 0
    assert "Subject: daily-check pve1: OK" in (tmp_path / "mail").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tool", "body", "line", "code"),
    [
        ("pvecm", "echo 'Quorate: No'\n", "NG   quorum", 2),
        ("systemctl", '[ "$3" != pveproxy ]\n', "NG   daemons      down: pveproxy", 2),
        ("ha_manager", "echo 'service vm:101 (pve1, error)'\n", "NG   ha           service", 2),
        (
            "pvesm",
            "echo 'nas1-nfs nfs active 9 8 1 84.51%'\n",
            "WARN storage      nas1-nfs 84%",
            1,
        ),
        ("pvesm", "echo 'nas1-nfs nfs inactive 0 0 0 0.00%'\n", "NG   storage      nas1-nfs", 2),
        ("pvesm", "exit 1\n", "NG   storage", 2),
        ("df", "exit 1\n", "NG   rootfs", 2),
        ("lvs", "echo x\n", "NG   thin-meta", 2),
        ("zpool", "echo '  pool: tank'\n", "NG   zfs", 2),
        ("smartctl", "exit 8\n", "NG   smart        failing: sda", 2),
        ("pvesr", f"cat <<'OUT'\n{REPLICATION.format(count=3)}OUT\n", "NG   replication", 2),
        ("pvesh", "echo '[]'\n", "NG   backup       none succeeded", 2),
        ("pvesh", "exit 2\n", "NG   backup       cannot read the task list", 2),
        ("chronyc", "echo 'Leap status     : Not synchronised'\n", "NG   clock", 2),
    ],
)
def test_what_is_wrong_is_named_and_mailed(
    tmp_path: Path, tool: str, body: str, line: str, code: int
) -> None:
    result = run(tmp_path, **{tool: body})
    assert line in result.stdout, result.stdout
    assert result.returncode == code
    assert line in (tmp_path / "mail").read_text(encoding="utf-8")
