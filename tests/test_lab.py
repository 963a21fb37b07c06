"""The data of the lab, and text that does not agree with them."""

from __future__ import annotations

import pytest

import lab
from claims import checking, manuscript
from claims.tables import Tables
from lab.agreement import check_line

from .conftest import PROJECT
from .test_claims import TABLES

LAB_FILE = PROJECT / "source" / "lab" / "lab.yaml"


@pytest.fixture(scope="module")
def the_lab() -> lab.Lab:
    return lab.load(LAB_FILE)


@pytest.fixture(scope="module")
def checker(the_lab) -> checking.Checker:
    return checking.Checker(Tables.load(TABLES), the_lab)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("networks:", "networks: [", "not YAML"),
        ("networks:", "netwroks:", "unknown section 'netwroks'"),
        ("key: mgmt,", "kye: mgmt,", "networks: unknown field 'kye'"),
        ("key: mgmt,", "", "networks: the field 'key' is missing"),
        ("key: mgmt,", "key: 10,", "networks: key must be a text, not 10"),
        ("host: 12,", "host: 11,", "nodes: 11 is given twice, first in line"),
        ("name: web2", "name: web1", "guests: 'web1' is given twice"),
        ("cidr: 10.10.20.0/24", "cidr: 10.10.20.0/99", "networks: '99' is not a valid netmask"),
        ("cidr: 10.10.20.0/24", "cidr: 10.10.22.0/24", "the third octet"),
        ("gw: 10.10.20.1", "gw: 10.10.10.1", "the gateway 10.10.10.1 is not in 10.10.20.0/24"),
        ("tag: 20}", "tag: 21}", "the tag is `native` or 20"),
        ("first: 10.10.10.50", "first: 10.10.11.50", "10.10.11.50 is not in network 10"),
        ("addr: 10.10.10.201", "addr: 10.9.10.201", "10.9.10.201 is in no network"),
        ("node: pve1, storage: tank-zfs", "node: pve9, storage: tank-zfs", "there is no 'pve9'"),
        ("kind: lxc,  net: 20, node: pve1", "kind: kvm, net: 20, node: pve1", "there is no 'kvm'"),
        ('resources: ["vm:101"]', 'resources: ["vm:201"]', "there is no guest 'vm:201'"),
        ('nodes: ["pve1"]}', 'nodes: ["pve1:2", "pve4:1"]}', "there is no node 'pve4:1'"),
    ],
)
def test_unsound_data_are_told_with_their_line(tmp_path, old: str, new: str, told: str) -> None:
    text = LAB_FILE.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "lab.yaml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(lab.LabError) as caught:
        lab.load(wrong)
    assert told in str(caught.value)
    line = text[: text.index(old)].count("\n") + 1
    # What is missing altogether, or cannot be read, is told where it is noticed.
    if "given twice" not in told and "section" not in told and "YAML" not in told:
        assert f"lab.yaml:{line}: " in str(caught.value)
    assert lab.names(wrong) == []


def test_a_file_that_is_not_there_is_told(tmp_path) -> None:
    with pytest.raises(lab.LabError, match=r"lab\.yaml:1: No such file"):
        lab.load(tmp_path / "lab.yaml")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("10.10.10.14", "address"),
        ("10.10.22.1", "address"),
        ("10.10.20.11/24", "address"),
        ("10.10.10.11/16", "address"),
        ("10.10.22.0/24", "address"),
        ("10.10.10.0/25", "address"),
        ("192.168.0.1", "address"),
        ("8.8.8.8 に聞く", "address"),
        ("10.10.10.300", "address"),
        ("10.10.10.12 pve1.lab.example pve1", "address"),
        ("MAC は 02:00:00:00:14:00", "address"),
        ("pve4.lab.example", "hostname"),
        ("vm:110", "vmid"),
        ("ct:101", "vmid"),
        ("vm-110-disk-0", "vmid"),
        ("/etc/pve/qemu-server/110.conf", "vmid"),
        ("vzdump-lxc-101-2026_11_24.tar.zst", "vmid"),
        ("VM 110 を起動", "vmid"),
        ("VLAN 22", "vlan"),
        ("virtio,bridge=vmbr0,tag=22", "vlan"),
        ("nic2.51", "vlan"),
        ("bridge-vids 20 22", "vlan"),
        ("nas1-iso", "storage"),
        ("tank-dir", "storage"),
        ("pve4 と pbs2", "machine"),
    ],
)
def test_what_the_lab_does_not_have_is_found(the_lab, text: str, kind: str) -> None:
    assert {each.kind for each in check_line(text, the_lab)} == {kind}


@pytest.mark.parametrize(
    "text",
    [
        "10.10.10.11 pve1.lab.example pve1",
        "10.10.20.101/24,gw=10.10.20.1",
        "10.10.10.201（仮のアドレス）、10.10.10.50〜10.10.10.99、10.10.10.255",
        "10.10.21.101 は復元した web1",
        "10.10.30.0/24、10.10.0.0/16、10.0.0.0/8、192.168.0.0/16、255.255.255.0",
        "192.0.2.1、198.51.100.7、203.0.113.0/24、127.0.0.1、0.0.0.0:8006",
        "2001:db8::1、9.1.11、pve-manager/9.1.11",
        "02:00:00:00:11:02、02:00:00:00:02:00、aa:bb:cc:dd:ee:ff",
        "vm:101 と ct:201、vm-101-cloudinit、base-9000-disk-0、101.conf、qemu-101",
        "VM 100 台、VLAN 2–4094、VLAN 20、VLAN1、tag=21、nic2.50、bridge-vids 20 21",
        "bridge-vids 2-4094",
        "nas1-nfs、tank-zfs、local-zfs、win11、pve8to9、pveN.lab.example、web1-prefers-pve1",
        "VMID 811 は母艦の上の pve1",
    ],
)
def test_what_the_lab_has_is_left_alone(the_lab, text: str) -> None:
    assert list(check_line(text, the_lab)) == []


@pytest.mark.parametrize(
    ("command", "kind", "told"),
    [
        ("qm start 110", "vmid", "the lab has no guest 110"),
        ("qm start 201", "vmid", "201 is a container"),
        ("qm disk import 101 a.qcow2 local-zsf", "storage", "no storage local-zsf"),
        ("qm set 101 --scsi0 nas1nfs:8", "storage", "no storage nas1nfs"),
        ("qm migrate 101 node2", "machine", "no node node2"),
        ("qm set 101 --ipconfig0 ip=10.10.20.102/24", "address", "is web2, not web1 (101)"),
    ],
)
def test_what_a_command_says_of_the_lab(checker, tmp_path, command, kind, told) -> None:
    text = f"```{{command}} pve1\n# {command}\n```\n"
    (finding,) = checker.manuscript(manuscript.read(tmp_path / "a.md", text))
    assert (finding.line, finding.kind) == (2, kind)
    assert told in finding.message


def test_commands_that_agree_are_left_alone(checker, tmp_path) -> None:
    text = (
        "```{command} pve1\n# qm set 101 --ipconfig0 ip=10.10.10.201/24\n"
        "# qm start 811\n# qm migrate 101 pve2 --targetstorage local-lvm\n"
        "# qm start <vmid>\n```\n"
    )
    assert checker.manuscript(manuscript.read(tmp_path / "a.md", text)) == []


def test_a_comment_is_not_read_and_an_expectation_is_for_the_next_block(checker, tmp_path) -> None:
    text = "% 10.10.10.14\n\n% claims: expect address -- 演習で足すノード\n10.10.10.14 を足す。\n"
    assert checker.manuscript(manuscript.read(tmp_path / "a.md", text)) == []


@pytest.mark.parametrize("sign", ["#", "//", ";"])
def test_a_file_of_the_lab_is_checked_and_may_expect(checker, tmp_path, sign: str) -> None:
    text = "server=10.10.10.14\n"
    (finding,) = checker.lab_file(tmp_path / "a.conf", text)
    assert (finding.line, finding.kind) == (1, "address")
    expected = f"{sign} claims: expect address -- わざと\n{text}"
    assert checker.lab_file(tmp_path / "a.conf", expected) == []


def test_labels_of_a_figure_are_checked_marked_ones_too(checker, tmp_path) -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg">\n<text translate="no">10.10.10.14</text>\n'
        "<text>VLAN <tspan>22</tspan></text>\n<text>pve1</text></svg>"
    )
    found = checker.drawing(tmp_path / "a.svg", drawing.encode())
    assert [(each.line, each.kind) for each in found] == [(2, "address"), (3, "vlan")]


def test_the_book_itself_is_told_of_unsound_data(tiny_book, monkeypatch) -> None:
    monkeypatch.setenv("TINY_TABLES", str(TABLES))
    book = tiny_book("claims")
    text = LAB_FILE.read_text(encoding="utf-8")
    (book.source / "lab.yaml").write_text(text.replace("host: 12", "host: 11"), encoding="utf-8")
    run = book.build("dummy", "-W", "--keep-going", "-D", "claims_lab=lab.yaml")
    assert run.status == 1
    assert "WARNING: nodes: 11 is given twice" in run.output
    (book.source / "lab.yaml").write_text(text, encoding="utf-8")
    book.edit("index.md", "qm migrate 101", "qm migrate 110")
    run = book.build("dummy", "-W", "--keep-going", "-D", "claims_lab=lab.yaml")
    assert "index.md:8: WARNING: the lab has no guest 110 [claims.vmid]" in run.output
