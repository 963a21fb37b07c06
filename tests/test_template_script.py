"""The script of chapter 4 that makes the template, run with stand-ins for the node's tools.

``qm`` and ``pvesm`` exist on a node only; the stand-ins write down what they are
asked and answer as the real ones do.  Bash, awk and sha512sum are the real ones.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from . import stand_ins
from .conftest import PROJECT

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

SCRIPT = PROJECT / "source" / "lab" / "files" / "pve1" / "root" / "make-template.sh"
IMAGE = "debian-13-generic-amd64.qcow2"
CONTENT = b"the image"
SUM = hashlib.sha512(CONTENT).hexdigest()

TOOLS = {
    "id": "echo 0\n",
    "qm": """echo "qm $*" >> log
case $1 in
  status) [ -e exists ] ;;
  config) if [ -e template ]; then echo 'template: 1'; else echo 'name: other'; fi ;;
esac
""",
    "pvesm": """case $1 in
  status)
    printf 'Name         Type     Status\\n'
    [ -e snippets ] && printf 'local         dir     active\\n' ;;
  path)
    case $2 in
      *import*) echo "$PWD/import/${2##*/}" ;;
      *) echo "$PWD/vendor-data.yaml" ;;
    esac ;;
esac
true
""",
    "wget": """echo "wget ${!#}" >> log
case ${!#} in
  *SHA512SUMS) cat SHA512SUMS ;;
  *) while [ $# -gt 0 ]; do [ "$1" = -O ] && out=$2; shift; done; cp image "$out" ;;
esac
""",
}


class Node:
    """A folder that stands for the node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, body in TOOLS.items():
            stand_ins.install(folder, name, f"#!/bin/bash\n{body}")
        (folder / "vendor-data.yaml").touch()
        (folder / "snippets").touch()
        (folder / "image").write_bytes(CONTENT)
        (folder / "SHA512SUMS").write_text(f"{SUM}  {IMAGE}\n", encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return stand_ins.run(self.folder, "/bin/bash", str(SCRIPT), *arguments)

    @property
    def log(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    @property
    def made(self) -> list[str]:
        """What changed a VM."""
        return [line for line in self.log if line.startswith(("qm create", "qm template"))]

    @property
    def images(self) -> list[str]:
        folder = self.folder / "import"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def node(tmp_path) -> Node:
    return Node(tmp_path)


def test_the_template_is_made(node: Node) -> None:
    done = node.run()
    assert done.returncode == 0, done.stderr
    create, template = node.made
    assert create.startswith("qm create 9000 --name tmpl-debian13 ")
    assert f"import-from=local:import/{IMAGE}," in create
    # The defaults of the command line are not those of the web interface.
    for option in ("--cpu x86-64-v2-AES", "--scsihw virtio-scsi-single", "--agent enabled=1"):
        assert option in create
    assert template == "qm template 9000"
    assert node.images == [IMAGE]


def test_an_image_that_is_there_is_not_fetched_again(node: Node) -> None:
    assert node.run().returncode == 0
    assert node.run().returncode == 0
    assert sum(line.endswith(IMAGE) and line.startswith("wget") for line in node.log) == 1


@pytest.mark.parametrize("arguments", [(), ("0" * 128,)], ids=["published sum", "noted sum"])
def test_another_image_is_refused_and_removed(node: Node, arguments: tuple[str, ...]) -> None:
    if not arguments:
        (node.folder / "SHA512SUMS").write_text(f"{'f' * 128}  {IMAGE}\n", encoding="utf-8")
    done = node.run(*arguments)
    assert done.returncode == 1
    assert "differs from the expected sum" in done.stderr
    assert node.images == []
    assert node.made == []


def test_a_damaged_image_is_fetched_anew(node: Node) -> None:
    (node.folder / "import").mkdir()
    (node.folder / "import" / IMAGE).write_bytes(b"half")
    assert node.run(SUM).returncode == 0
    assert (node.folder / "import" / IMAGE).read_bytes() == CONTENT


def test_a_template_that_is_there_is_left_alone(node: Node) -> None:
    (node.folder / "exists").touch()
    (node.folder / "template").touch()
    done = node.run()
    assert done.returncode == 0
    assert "nothing to do" in done.stdout
    assert node.made == []


@pytest.mark.parametrize(
    ("wrong", "arguments", "told"),
    [
        ("exists", (), "VM 9000 exists and is not a template"),
        ("snippets", (), "has no content type 'snippets'"),
        ("vendor-data.yaml", (), "vendor-data.yaml is missing"),
        ("", ("abc",), "no SHA512 sum"),
    ],
)
def test_what_is_missing_is_told_and_nothing_made(
    node: Node, wrong: str, arguments: tuple[str, ...], told: str
) -> None:
    if wrong == "exists":
        (node.folder / wrong).touch()
    elif wrong:
        (node.folder / wrong).unlink()
    done = node.run(*arguments)
    assert done.returncode == 1
    assert told in done.stderr
    assert node.made == []
    assert node.images == []
