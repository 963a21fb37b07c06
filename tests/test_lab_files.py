"""The files of the lab: the tools that read them accept them, and refuse wrong ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import lab
from claims import answers, checking
from claims.enforcement import tables_folder
from lab import files
from lab.tools import TOOLS

from .conftest import PROJECT

FILES = PROJECT / "source" / "lab" / "files"
NAMES = sorted(path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file())
READ = [(tool, name) for tool, each in TOOLS.items() for name in NAMES if each.reads(name)]


@pytest.fixture(scope="module")
def the_lab() -> lab.Lab:
    return lab.load(PROJECT / "source" / "lab" / "lab.yaml")


@pytest.mark.parametrize(("tool", "name"), READ)
def test_the_tool_accepts_the_file(tmp_path, tool: str, name: str) -> None:
    # A copy with its neighbours: some tools read the folder, some write beside the file.
    shutil.copytree(FILES / Path(name).parent, tmp_path, dirs_exist_ok=True)
    assert TOOLS[tool].says(tmp_path / Path(name).name) == ""


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_is_installed(tool: str) -> None:
    assert TOOLS[tool].installed, f"{tool} is missing; see system-packages.txt, group test"


IFACE = "auto lo\niface lo inet loopback\n\nauto vmbr0\niface vmbr0 inet static\n"
SOURCES = "Types: deb\nURIs: http://192.0.2.1/\nSuites: trixie\nComponents: main\n"
COROSYNC = (FILES / "pve1/etc/corosync/corosync.conf").read_text(encoding="utf-8")

NETWORK = "<network>\n<name>lab</name>\n<forward mode='nat'/>\n</network>\n"

REFUSED = [
    ("ifupdown2", "interfaces", f"{IFACE}\taddress 192.0.2.1/24\n", "adress", "adress: no attr"),
    (
        "ifupdown2",
        "interfaces",
        f"{IFACE}\tbridge-ports nic0\n",
        "bridge-port ",
        "bridge-port: no",
    ),
    ("ifupdown2", "interfaces", IFACE, "inet statik", "unsupported address method"),
    (
        "nftables",
        "nftables.conf",
        "table inet lab {\n}\n",
        "tabel inet lab {\n}\n",
        "syntax error",
    ),
    ("dnsmasq", "lab.conf", "domain=lab.example\n", "domian=lab.example\n", "bad option"),
    ("chrony", "chrony.conf", "server 192.0.2.1 iburst\n", "sever 192.0.2.1\n", "Invalid"),
    (
        "chrony",
        "lab.sources",
        "server 192.0.2.1 iburst\n",
        "server 192.0.2.1 ibrust\n",
        "Could not",
    ),
    ("cloud-init", "user-data.yaml", "#cloud-config\nhostname: a\n", "hostname: [1]", "hostname"),
    ("cloud-init", "user-data.yaml", "#cloud-config\nssh_pwauth: false\n", "ssh_pwuath", "no key"),
    ("apt", "a.sources", SOURCES, "Suite: trixie", "Malformed entry"),
    ("apt", "a.sources", SOURCES, "Typos: deb", "Malformed"),
    ("shellcheck", "a.sh", '#!/bin/sh\nrm -- "$1"\n', "rm -- $1", "SC2086"),
    ("libvirt", "lab.xml", NETWORK, "<forwrad/>", "fails to validate"),
    ("ssh", "lab.conf", "Host pve1\n  User ops\n", "Usre", "Bad configuration option"),
    ("corosync", "corosync.conf", COROSYNC, "nodeid: 1", "appears twice"),
    ("corosync", "corosync.conf", COROSYNC, "link_mode: both", "link mode"),
    ("corosync", "corosync.conf", COROSYNC, "token_coefficient: much", "token_coefficient"),
]
# What of the right text each wrong one stands in place of.
REPLACED = {
    "<forwrad/>": "<forward mode='nat'/>", "Usre": "User",
    "adress": "address", "bridge-port ": "bridge-ports ", "inet statik": "inet static",
    "tabel inet lab {\n}\n": "table inet lab {\n}\n", "nodeid: 1": "nodeid: 2",
    "domian=lab.example\n": "domain=lab.example\n",
    "sever 192.0.2.1\n": "server 192.0.2.1 iburst\n", "hostname: [1]": "hostname: a",
    "server 192.0.2.1 ibrust\n": "server 192.0.2.1 iburst\n", "ssh_pwuath": "ssh_pwauth",
    "Suite: trixie": "Suites: trixie", "Typos: deb": "Types: deb", "rm -- $1": 'rm -- "$1"',
    "link_mode: both": "link_mode: passive",
    "token_coefficient: much": "token_coefficient: 125",
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case[0]}: {case[3].strip()}")
def test_the_tool_refuses_a_wrong_file(tmp_path, case: tuple[str, str, str, str, str]) -> None:
    tool, name, right, wrong, told = case
    path = tmp_path / name
    path.write_text(right, encoding="utf-8")
    assert TOOLS[tool].says(path) == ""
    assert REPLACED[wrong] in right
    path.write_text(right.replace(REPLACED[wrong], wrong, 1), encoding="utf-8")
    assert told in TOOLS[tool].says(path)


def test_a_disabled_source_is_not_read(tmp_path) -> None:
    path = tmp_path / "off.sources"
    path.write_text(f"Enabled: no\n{SOURCES}", encoding="utf-8")
    assert TOOLS["apt"].says(path) == ""
    path.write_text(f"Enabled: no\n{SOURCES}\n{SOURCES}", encoding="utf-8")
    assert "is read" in TOOLS["apt"].says(path)


# --- rules of our own -------------------------------------------------------------

INTERFACES = (FILES / "pve1/etc/network/interfaces.l6").read_text(encoding="utf-8")
ANSWER = (FILES / "workstation/answer/pve1.toml").read_text(encoding="utf-8")
RULES = [
    ("pve1/etc/network/interfaces", INTERFACES, "10.10.40.11", "10.10.40.12", "address"),
    ("pve1/etc/network/interfaces", INTERFACES, "10.10.40.11", "10.10.30.11", "address"),
    ("pve1/etc/network/interfaces", INTERFACES, "bridge-fd 0", "gateway 10.10.10.1", "value"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "config_version: 3", "", "missing"),
    (
        "pve1/etc/corosync/corosync.conf",
        COROSYNC,
        "config_version: 3",
        "config_version: x",
        "value",
    ),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "quorum_votes", "qourum_votes", "key"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "secauth: on", "secauth: yes", "value"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "10.10.40.12", "10.10.40.11", "address"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "10.10.10.12", "10.10.10.13", "address"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "nodeid: 2", "nodeid: 4", "value"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "name: pve2", "name: pve4", "machine"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "labcluster", "labcluser", "value"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "version: 2\n}", "version: 2", "syntax"),
    ("pve1/etc/corosync/corosync.conf", COROSYNC, "version: 2\n}", "version 2\n}", "syntax"),
    ("workstation/answer/pve1.toml", ANSWER, "[global]", "[global", "syntax"),
    ("workstation/answer/pve1.toml", ANSWER, "pve1.lab.example", "pve1.lab.local", "hostname"),
    ("workstation/answer/pve1.toml", ANSWER, "pve1.lab.example", "pve2.lab.example", "address"),
    ("workstation/answer/pve1.toml", ANSWER, "10.10.10.11/24", "10.10.10.12/24", "address"),
    ("workstation/answer/pve1.toml", ANSWER, 'gateway = "10.10.10.1"', 'gateway = "x"', "address"),
    ("workstation/answer/pve1.toml", ANSWER, "02:00:00:00:11:01", "02:00:00:00:12:01", "address"),
    ("gw1/etc/dnsmasq.d/lab.conf", "host-record=pve1.a,pve1,10.10.10.11", "11", "12", "address"),
    (
        "outer/opt/lab/libvirt/pve1.xml",
        "<domain>\n<name>pve1</name>\n<mac address='02:00:00:00:11:00'/>\n</domain>",
        "00:11:00",
        "00:12:00",
        "address",
    ),
]


@pytest.mark.parametrize("case", RULES, ids=lambda case: f"{case[0]}: {case[3].strip()}")
def test_what_the_tools_let_through_is_found(
    the_lab, case: tuple[str, str, str, str, str]
) -> None:
    name, right, old, new, kind = case
    assert list(files.check(name, right, the_lab)) == []
    assert old in right
    found = list(files.check(name, right.replace(old, new, 1), the_lab))
    assert kind in {each.kind for each in found}, found
    checked = checking.Checker(lab=the_lab).lab_file(Path(name), right.replace(old, new, 1), name)
    assert kind in {each.kind for each in checked}


# --- answer files against a schema -------------------------------------------------

#: A few keys of the installer, so that the check is tested where the whole schema is not.
TINY_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["global"],
    "properties": {
        "global": {
            "type": "object",
            "additionalProperties": False,
            "required": ["keyboard"],
            "oneOf": [{"required": ["root-password"]}, {"required": ["root-password-hashed"]}],
            "properties": {
                "keyboard": {"enum": ["jp", "en-us"]},
                "root-password": {"type": "string"},
                "root-password-hashed": {"type": "string"},
            },
        },
    },
}
TINY_ANSWER = '[global]\nkeyboard = "jp"\nroot-password = "secret-one"\n'


@pytest.mark.parametrize(
    ("old", "new", "line", "kind", "told"),
    [
        ("keyboard", "keybord", 2, "key", "global has no key 'keybord'; it has keyboard"),
        ('"jp"', '"japanese"', 2, "value", "global.keyboard: 'japanese' is not one of"),
        ('keyboard = "jp"\n', "", 1, "missing", "'keyboard' is a required property"),
        (
            "root-password",
            "root-password-hashed = 'x'\nroot-password",
            1,
            "missing",
            "exactly one",
        ),
    ],
)
def test_an_answer_file_is_held_against_the_schema(old, new, line, kind, told) -> None:
    assert list(answers.check(TINY_ANSWER, TINY_SCHEMA)) == []
    found = list(answers.check(TINY_ANSWER.replace(old, new, 1), TINY_SCHEMA))
    assert (line, kind) in [(each.line, each.kind) for each in found], found
    assert any(told in each.message for each in found)


def test_the_schema_lies_beside_the_tables(tmp_path) -> None:
    assert answers.load(tmp_path) is None
    (tmp_path / answers.SCHEMA).write_text(json.dumps(TINY_SCHEMA), encoding="utf-8")
    assert answers.load(tmp_path) == TINY_SCHEMA


def test_the_answer_files_of_the_lab_have_the_keys_of_the_installer() -> None:
    schema = answers.load(tables_folder(str(PROJECT.parent / "shared" / "pve")))
    if schema is None:
        pytest.skip("answer.schema.json is not there; see CONTRIBUTING, PVE_TABLES")
    for name in NAMES:
        if name.endswith(".toml") and "answer" in name:
            assert list(answers.check((FILES / name).read_text(encoding="utf-8"), schema)) == []
