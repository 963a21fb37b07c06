"""Expected output: heads, units, columns and lines of the commands that print it."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims import checking, manuscript, outputs

RIGHT = {
    "pvesm status": """\
Name             Type     Status     Total (KiB)      Used (KiB) Available (KiB)        %
local             dir     active        27557996         4521984        21627196   16.41%
local-lvm     lvmthin   disabled               0               0               0      N/A
""",
    "pvesm list local": """\
Volid                               Format  Type            Size VMID
local-lvm:vm-101-disk-0             raw     images    8589934592 101
local:iso/debian-13.1.0-netinst.iso iso     iso        792723456
""",
    "qm list": """\
      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID
       101 web1                 running    2048              10.00 1523
""",
    "pct list": """\
VMID       Status     Lock         Name
201        running                 dns1
202        stopped    backup       mon1
""",
    "pct df 201": """\
MP     Volume                  Size   Used Avail Use% Path
rootfs local-lvm:vm-201-disk-0 7.8G 512.0M  6.9G  6.4 /
""",
    "pvesr status": """\
JobID      Enabled    Target                           LastSync             NextSync   Duration  FailCount State
103-0      Yes        local/pve2            2026-11-24_06:00:03  2026-11-24_06:05:00   2.431271          0 OK
""",  # noqa: E501 - the program's own width
    "pvecm nodes": """\

Membership information
----------------------
    Nodeid      Votes Name
         1          1 pve1 (local)
         2          1 pve2
""",
    "pvecm status": """\
Cluster information
-------------------
Name:             labcluster
Config Version:   3
Transport:        knet
Secure auth:      on

Quorum information
------------------
Date:             Tue Nov 24 06:08:53 2026
Quorum provider:  corosync_votequorum
Nodes:            3
Node ID:          0x00000001
Ring ID:          1.1a
Quorate:          Yes

Votequorum information
----------------------
Expected votes:   3
Highest expected: 3
Total votes:      3
Quorum:           2
Flags:            Quorate

Membership information
----------------------
    Nodeid      Votes Name
0x00000001          1 10.10.40.11 (local)
""",
    "ha-manager status": """\
quorum OK
master pve1 (active, Tue Nov 24 06:08:53 2026)
fencing armed (CRM watchdog active)
lrm pve1 (active, watchdog active, Tue Nov  3 06:08:53 2026)
lrm pve2 (idle, watchdog standby, <日時>)
service vm:101 (pve1, started)
""",
    "pveversion": "pve-manager/9.2.11/<hash> (running kernel: <kernel>-pve)\n",
    "pveversion --verbose": """\
proxmox-ve: 9.2.0 (running kernel: 6.17.2-1-pve)
pve-manager: 9.2.11 (running version: 9.2.11/0123456789abcdef)
corosync: 3.1.9-pve2
""",
    "zpool status tank": """\
  pool: tank
 state: ONLINE
config:

\tNAME        STATE     READ WRITE CKSUM
\ttank        ONLINE       0     0     0
\t  sdb       ONLINE       0     0     0

errors: No known data errors
""",
    "ss -lntp | grep 8006": (
        'LISTEN 0      4096           *:8006         *:*    users:(("pveproxy",pid=1,fd=6))\n'
    ),
    "lvs pve": "  LV   VG  Attr       LSize Pool Origin Data%  Meta%  Move Log Cpy%Sync Convert\n",
    "qm listsnapshot 101": "`-> clean                       2026-01-10 10:00:05     before\n",
    "pvesm status | grep nas1": (
        "nas1-nfs     nfs     active        27557996         4521984        21627196   16.41%\n"
    ),
}

WRONG = [
    ("pvesm status", "Total (KiB)", "Total", 1, "the heads are 'Name Type Status Total (KiB)"),
    ("pvesm status", "       27557996", "        100.00G", 2, "is no row of"),
    ("pvesm status", "local             dir", "local            dir", 2, "stand otherwise"),
    ("pvesm list local", " VMID", "", 1, "the heads are 'Volid Format Type Size VMID'"),
    ("pvesm list local", "8589934592", "8.00GiB", 2, "is no row of"),
    ("qm list", "10.00", "10", 2, "is no row of"),
    ("qm list", "      VMID", "VMID", 1, "the columns stand otherwise"),
    ("pct list", "Lock         Name", "Name         Lock", 1, "the heads are 'VMID Status Lock"),
    ("pct df 201", "Use%", "%", 1, "the heads are 'MP Volume Size Used Avail Use% Path'"),
    ("pvesr status", "FailCount", "Fails", 1, "the heads are"),
    ("pvecm nodes", "(local)", "(me)", 5, "is no line"),
    ("pvecm status", "Quorate:          Yes", "Quorate:          OK", 15, "is no line"),
    ("pvecm status", "Votequorum information", "Votes", 17, "is no line"),
    ("ha-manager status", "watchdog active, T", "T", 4, "is no line"),
    ("ha-manager status", "lrm pve2 (idle", "LRM pve2 (idle", 5, "is no line"),
    ("pveversion", "pve-manager/", "pve-manager: ", 1, "is no line"),
    ("pveversion --verbose", "proxmox-ve: 9.2.0", "pve-manager/9.2.0", 1, "is no line"),
    ("zpool status tank", "state: ONLINE", "state: ACTIVE", 2, "is no line"),
    ("ss -lntp | grep 8006", "*:8006 ", "8006   ", 1, "is no row"),
    ("lvs pve", "Data%  Meta%", "Used%", 1, "the heads are"),
    ("pvesm status | grep nas1", "16.41%", "16%", 1, "is no row"),
]


@pytest.mark.parametrize("command", RIGHT)
def test_output_in_the_format_of_the_command_is_left_alone(command: str) -> None:
    assert list(outputs.check(command, list(enumerate(RIGHT[command].splitlines(), 1)))) == []


@pytest.mark.parametrize(("command", "old", "new", "line", "told"), WRONG)
def test_output_in_another_format_is_found(command, old, new, line, told) -> None:
    text = RIGHT[command]
    assert old in text
    wrong = text.replace(old, new, 1)
    found = list(outputs.check(command, list(enumerate(wrong.splitlines(), 1))))
    assert line in {each.line for each in found}, found
    assert {each.kind for each in found} == {"output"}
    assert any(told in each.message for each in found), found


@pytest.mark.parametrize(
    "command",
    [
        "qm list | awk '{print $1}'",
        "pvesm list local --output-format json",
        "uptime",
        "qm start 1",
    ],
)
def test_another_format_is_not_guessed_at(command: str) -> None:
    assert outputs.known(command) is None


def checked(text: str) -> list[tuple[int, str]]:
    read = manuscript.read(Path("a.md"), text)
    return [(each.line, each.kind) for each in checking.Checker().manuscript(read)]


def test_output_belongs_to_the_command_before_it() -> None:
    command = "```{command} pve1\n# qm list\n```\n\n文。\n\n"
    text = f"{command}```{{output}} pve1\n:from: docs: x\nVMID\n```\n"
    assert checked(text) == [(9, "output")]
    assert checked(text.replace("qm list", "uptime")) == []


def test_output_in_a_command_block_belongs_to_the_command_above() -> None:
    text = "```{command} pve1\n# uptime\nVMID\n# qm list\nVMID\n# uptime\nVMID\n```\n"
    assert checked(text) == [(5, "output")]


def test_of_several_commands_the_heads_are_told() -> None:
    head = "```{command} pve1\n# qm list\n# pct list\n# uptime\n```\n\n"
    rows = "09:00 up\nVMID       Status     Lock         Name\n201        running    x\n"
    text = f"{head}```{{output}} pve1\n:from: docs: x\n{rows}```\n"
    assert checked(text) == []
    assert checked(text.replace("Lock         Name", "Name")) == [(10, "output")]


def test_a_wrong_output_can_be_expected() -> None:
    text = "% claims: expect output -- 古い版の書式\n```{command} pve1\n# qm list\nVMID\n```\n"
    assert checked(text) == []
