"""Excerpts of configuration files of Proxmox VE against the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims import checking, configs, manuscript
from claims.tables import Tables

from .test_claims import TABLES


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load(TABLES)


RIGHT = {
    "qm.conf": """\
# web1
memory: 2048
net0: virtio=02:00:00:00:65:00,bridge=vmbr0,tag=20
scsi0: local-lvm:vm-101-disk-0,size=10G
vmgenid: 0
…
[before]
memory: 1024
""",
    "pct.conf": "hostname: dns1\nrootfs: local-lvm:vm-201-disk-0,size=8G\nlxc.cap.drop: mknod\n",
    "datacenter.cfg": "keyboard: ja\nmigration: secure,network=10.10.50.0/24\n",
    "vzdump.conf": "storage: nas1-backup\nmode: snapshot\n",
    "storage": """\
dir: local
\tpath /var/lib/vz
\tcontent iso,backup

nfs: nas1-nfs
\tserver 10.10.30.31
\texport /srv/nfs/pve

nfs: other
\tserver 10.10.30.31
\t…
""",
    "ha-rules": """\
node-affinity: web1-prefers-pve1
\tnodes pve1:2,pve2:1
\tresources vm:101
\tstrict

resource-affinity: web-apart
\taffinity negative
\tresources vm:101,vm:102
""",
    "ha-resources": "vm: 101\n\tmax_relocate 1\n\tstate started\n",
    "jobs": "vzdump: nightly\n\tschedule 21:00\n\tenabled 1\n\tmode snapshot\n",
    "replication": "local: 103-0\n\ttarget pve2\n\tschedule */5\n",
    "firewall.cluster": "[OPTIONS]\nenable: 1\n[RULES]\nIN ACCEPT\n[group web]\nIN HTTP(ACCEPT)\n",
}

WRONG = [
    # kind of file, what is written, what instead, and what is found where
    ("qm.conf", "memory: 2048", "memroy: 2048", 2, "key", "no key 'memroy'"),
    ("qm.conf", "memory: 2048", "memory 2048", 2, "syntax", "is no `key: value`"),
    ("qm.conf", "memory: 2048", "memory: 2G", 2, "value", "'2G' is no integer"),
    ("qm.conf", "tag=20", "tga=20", 3, "value", "no key 'tga'"),
    ("qm.conf", "vmgenid: 0", "memory: 1", 5, "key", "given twice"),
    ("qm.conf", "vmgenid: 0", "bootdisk: scsi0", 5, "deprecated", "boot: order"),
    ("pct.conf", "hostname", "hostnam", 1, "key", "no key 'hostnam'"),
    ("datacenter.cfg", "keyboard: ja", "keyboard: jp", 1, "value", "'jp' is none of ja, en-us"),
    ("datacenter.cfg", "migration: secure,", "migration: ", 2, "value", "'type' is missing"),
    ("vzdump.conf", "snapshot", "live", 2, "value", "'live' is none of"),
    ("storage", "dir: local", "dri: local", 1, "key", "no storage of type 'dri'"),
    ("storage", "\tpath", "path", 2, "syntax", "indent keys"),
    ("storage", "iso,backup", "iso,rootdir", 3, "value", "'rootdir' cannot be held"),
    ("storage", "\texport /srv", "\texprot /srv", 7, "key", "no key 'exprot'"),
    ("storage", "\texport /srv/nfs/pve\n", "", 5, "missing", "export is missing"),
    ("storage", "nfs: other", "nfs: nas1-nfs", 9, "key", "'nfs: nas1-nfs' is given twice"),
    ("ha-rules", "node-affinity", "location", 1, "key", "no rule of type 'location'"),
    ("ha-rules", "\tnodes pve1:2,pve2:1\n", "", 1, "missing", "nodes is missing"),
    ("ha-rules", "negative", "apart", 7, "value", "'apart' is none of"),
    ("ha-rules", "vm:101,vm:102", "101", 8, "value", "does not have the form"),
    ("ha-resources", "vm: 101", "service: 101", 1, "key", "no resource of type 'service'"),
    ("ha-resources", "started", "runing", 3, "value", "'runing' is none of"),
    ("jobs", "\tschedule 21:00\n", "", 1, "missing", "schedule is missing"),
    ("jobs", "enabled 1", "enable 1", 3, "key", "no key 'enable'"),
    ("replication", "target pve2", "taget pve2", 2, "key", "no key 'taget'"),
    ("firewall.cluster", "enable: 1", "enabel: 1", 2, "key", "no key 'enabel'"),
    ("firewall.cluster", "[RULES]", "[RULE]", 3, "key", "no section [RULE]"),
]


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_file_is_left_alone(tables, kind: str) -> None:
    lines = list(enumerate(RIGHT[kind].splitlines(), 1))
    assert list(configs.check(kind, lines, tables)) == []


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]}: {case[2]}")
def test_a_wrong_file_is_refused(tables, case: tuple[str, str, str, int, str, str]) -> None:
    kind, old, new, line, found, told = case
    assert old in RIGHT[kind]
    lines = list(enumerate(RIGHT[kind].replace(old, new, 1).splitlines(), 1))
    troubles = list(configs.check(kind, lines, tables))
    assert (line, found) in [(each.line, each.kind) for each in troubles], troubles
    assert any(told in each.message for each in troubles), troubles


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("pve1/etc/pve/storage.cfg", "storage"),
        ("/etc/pve/qemu-server/101.conf の形（値は例）", "qm.conf"),
        ("pve2/etc/pve/nodes/pve2/lxc/201.conf", "pct.conf"),
        ("/etc/pve/qemu-server/<VMID>.conf", "qm.conf"),
        ("/etc/pve/jobs.cfg（抜粋）", "jobs"),
        ("/etc/pve/nodes/pve1/host.fw", "firewall.host"),
        ("/etc/pve/firewall/101.fw", "firewall.vm"),
        ("gw1/etc/nftables.conf", None),
        ("my-storage.cfg.bak", None),
    ],
)
def test_a_file_is_known_by_its_path(path: str, kind: str | None) -> None:
    assert configs.kind_of(path) == kind


@pytest.mark.parametrize(
    "text",
    [
        "```{code-block} ini\n:caption: /etc/pve/storage.cfg（抜粋）\n\nnfs: nas1-nfs\n```\n",
        "```{command} pve1\n# uptime\n# cat /etc/pve/storage.cfg\nnfs: nas1-nfs\n```\n",
    ],
)
def test_excerpts_are_known_by_caption_and_by_the_command_that_shows_them(tables, text) -> None:
    found = checking.Checker(tables).manuscript(manuscript.read(Path("a.md"), text))
    assert {(each.line, each.kind) for each in found} == {(4, "missing")}


def test_output_that_shows_a_configuration_is_checked(tables) -> None:
    command = "```{command} pve1\n# qm config 101\n```\n"
    text = f"{command}```{{output}} pve1\n:from: docs: x\nmemroy: 1\n```\n"
    found = checking.Checker(tables).manuscript(manuscript.read(Path("a.md"), text))
    assert [(each.line, each.kind) for each in found if each.line > 2] == [(6, "key")]


def test_a_file_of_the_lab_is_checked(tables) -> None:
    path = Path("lab/files/pve1/etc/pve/storage.cfg")
    (found,) = checking.Checker(tables).lab_file(path, "nfs: nas1-nfs\n\tserver 192.0.2.1\n")
    assert (found.line, found.kind) == (1, "missing")
