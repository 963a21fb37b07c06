"""The way back of chapter 7, run with stand-ins for systemd and ifupdown2.

The folders are those of a test instead of ``/etc/network`` and ``/root``; Bash,
cp and mv are the real ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import stand_ins
from .conftest import PROJECT

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

SCRIPT = PROJECT / "source" / "lab" / "files" / "pve1" / "usr" / "local" / "sbin" / "net-guard"

TOOLS = {
    "id": "echo 0\n",
    "systemctl": """case $1 in
  is-active) [ -e clock ] ;;
  stop) rm -f clock ;;
esac
""",
    "systemd-run": "touch clock\n",
    # As ifupdown2 does while another one runs: 89, as often as the file says.
    "ifreload": """left=$(cat busy 2>/dev/null || echo 0)
[ "$left" -eq 0 ] || { echo $((left - 1)) > busy; exit 89; }
echo "ifreload $*" >> applied
""",
    "sleep": "true\n",
}


class Node:
    """A folder that stands for the node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.net = folder / "network"
        self.copy = folder / "copy"
        self.net.mkdir()
        for name, body in TOOLS.items():
            stand_ins.install(folder, name, f"#!/bin/bash\n{body}")
        text = SCRIPT.read_text(encoding="utf-8")
        for old, new in (
            ("PATH=/usr/sbin:", f"PATH={folder / 'bin'}:/usr/sbin:"),
            ("copy=/root/net-guard\n", f"copy={self.copy}\n"),
            ("net=/etc/network\n", f"net={self.net}\n"),
        ):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "net-guard").write_text(text, encoding="utf-8")
        self.write("interfaces", "good\n")

    def write(self, name: str, text: str) -> None:
        path = self.net / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return stand_ins.run(self.folder, "/bin/bash", str(self.folder / "net-guard"), *arguments)

    @property
    def found(self) -> dict[str, str]:
        """What lies under ``/etc/network``."""
        return {
            str(path.relative_to(self.net)): path.read_text(encoding="utf-8")
            for path in sorted(self.net.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def node(tmp_path) -> Node:
    return Node(tmp_path)


def test_everything_comes_back(node: Node) -> None:
    node.write("interfaces.d/sdn", "zone one\n")
    before = node.found
    assert node.run("arm", "2m").returncode == 0
    node.write("interfaces", "bad\n")
    node.write("interfaces.new", "worse\n")
    node.write("interfaces.d/sdn", "zone two\n")
    node.write("interfaces.d/added", "since\n")
    done = node.run("restore")
    assert done.returncode == 0, done.stderr
    assert node.found == before
    assert (node.folder / "applied").read_text(encoding="utf-8") == "ifreload -a\n"
    assert (node.copy / "interfaces.rejected").read_text(encoding="utf-8") == "bad\n"
    assert (node.copy / "interfaces.d.rejected" / "added").exists()


@pytest.mark.parametrize("before", [True, False], ids=["empty folder", "no folder"])
def test_what_sdn_wrote_for_the_first_time_goes(node: Node, *, before: bool) -> None:
    if before:
        (node.net / "interfaces.d").mkdir()
    node.run("arm")
    node.write("interfaces.d/sdn", "zone one\n")
    assert node.run("restore").returncode == 0
    assert node.found == {"interfaces": "good\n"}
    assert (node.net / "interfaces.d").exists() == before


def test_a_second_arm_does_not_replace_the_copy(node: Node) -> None:
    node.run("arm")
    node.write("interfaces", "bad\n")
    done = node.run("arm")
    assert done.returncode == 1
    assert "the clock is running already" in done.stderr
    assert (node.copy / "interfaces").read_text(encoding="utf-8") == "good\n"


def test_keep_stops_the_clock(node: Node) -> None:
    node.run("arm")
    node.write("interfaces", "better\n")
    assert node.run("keep").returncode == 0
    assert node.run("status").stdout == "the clock is not running\n"
    assert node.found == {"interfaces": "better\n"}


@pytest.mark.parametrize(("times", "status"), [(3, 0), (12, 1)])
def test_another_ifreload_is_waited_for(node: Node, times: int, status: int) -> None:
    node.run("arm")
    (node.folder / "busy").write_text(str(times), encoding="utf-8")
    assert node.run("restore").returncode == status
