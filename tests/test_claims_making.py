"""``make pve-tables``: from a small copy of the layout of /usr/share/pve-docs."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from claims import checking, configs, making
from claims.tables import Tables

DOCS = Path(__file__).parent / "claims" / "pve-docs"


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> Tables:
    out = tmp_path_factory.mktemp("tables")
    assert making.main([str(DOCS), str(out)]) == 0
    return Tables.load(out)


def test_the_version_is_that_of_the_documentation(tables) -> None:
    assert tables.source == "pve-docs 9.1.3"


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("qm importdisk 101 a b1", "alias"),
        ("qm disk import 101 a", "missing"),
        ("qm disk import 101 a b1 --format vmdk", "value"),
        ("qm disk import 99 a b1", "value"),
        ("qm set 101 --agent enabled=1,type=usb", "value"),
        ("qm set 101 --bootdisk scsi0", "deprecated"),
        ("qm set 101 --force 1", "missing"),
        ("qm set 101 --memory 8", "value"),
        ("qm set 101 --net32 virtio", "option"),
        ("qm set 101 --net0 virtio,tag=4095", "value"),
        ("qm set 101 --net0 bridge=vmbr0", "value"),
        ("qm set 101 --startup first", "value"),
        ("qm mtunnel", "deprecated"),
        ("ha-manager groupadd g1", "deprecated"),
        ("ha-manager rules add node-affinity --resources 101", "value"),
        ("ha-manager rules add resource-affinity --resources vm:101 --strict 1", "option"),
        ("ha-manager rules add node-affinity", "missing"),
        ("vzdump 101 --mode suspend", "value"),
        ("pvesm add nfs nas1 --server a", "missing"),
        ("pvesm add nfs nas1 --server a --export b --content rootdir", "value"),
        ("pveversion --full", "option"),
    ],
)
def test_tables_made_so_refuse(tables, command: str, kind: str) -> None:
    assert [each.kind for each in checking.check_shell(command, 1, tables)] == [kind]


@pytest.mark.parametrize(
    "command",
    [
        "qm set 101 --agent 1 --memory 2048 --net0 virtio,bridge=vmbr0,tag=20",
        "qm set 101 --startup order=1,up=30 --delete a --force 1",
        "qm list --output-format json",
        "vzdump 101 102 --mode stop",
        "ha-manager rules add node-affinity --resources vm:101 --strict 1",
        "pvesm add nfs nas1 --server a --export b --mkdir 1",
        "pvesm add dir here --path x --mkdir 1 --content iso",
    ],
)
def test_tables_made_so_accept(tables, command: str) -> None:
    found = list(checking.check_shell(command, 1, tables))
    # The tiny documentation does not know `path` of the type dir.
    assert [each for each in found if "--path" not in each.message] == []


def test_the_api_and_the_configuration_files_are_there(tables) -> None:
    assert tables.paths("/nodes/pve1") == ["/nodes/{node}"]
    methods = tables.methods("/nodes/{node}")
    assert set(methods["GET"]) == {"full"}
    assert (methods["POST"]["mode"].values, methods["POST"]["mode"].required) == (("a", "b"), True)
    lines = [(1, "memory: 8"), (2, "onboot: 1"), (3, "onbot: 1")]
    found = [(each.line, each.kind) for each in configs.check("qm.conf", lines, tables)]
    assert found == [(1, "value"), (3, "key")]


def test_a_root_with_the_package_is_understood(tmp_path, capsys) -> None:
    shutil.copytree(DOCS, tmp_path / "usr" / "share" / "pve-docs")
    (tmp_path / "usr" / "share" / "pve-docs" / "qm.conf.5.html").unlink()
    log = tmp_path / "usr" / "share" / "doc" / "pve-docs" / "changelog.gz"
    log.parent.mkdir(parents=True)
    log.write_bytes(gzip.compress(b"pve-docs (9.2.1) trixie; urgency=medium\n"))
    assert making.main([str(tmp_path), str(tmp_path / "out")]) == 0
    assert "2 paths of the API" not in capsys.readouterr().out
    assert Tables.load(tmp_path / "out").version == "9.2.1"


def test_a_folder_without_documentation_is_told(tmp_path, capsys) -> None:
    assert making.main([str(tmp_path), str(tmp_path / "out")]) == 1
    assert "no qm.1.html in" in capsys.readouterr().err
    shutil.copy(DOCS / "qm.1.html", tmp_path)
    assert making.main([str(tmp_path), str(tmp_path / "out")]) == 1
    assert "apidata.js is missing" in capsys.readouterr().err
