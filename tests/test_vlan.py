"""The network is brought up: the book's interfaces files, applied by ifupdown2 in a machine."""

from __future__ import annotations

import os
import re
import shutil

import pytest

from . import vm
from .conftest import PROJECT

FILES = PROJECT / "source" / "lab" / "files"
NODES = ("pve1", "pve2", "pve3")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"),
    reason="mmdebstrap and namespaces need root; continuous integration is root",
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, tuple[int, str]]:
    assert not vm.missing(), f"missing: {vm.missing()}; see system-packages.txt"
    overlay = tmp_path_factory.mktemp("vlan") / "overlay"
    (overlay / "lab").mkdir(parents=True)
    init = overlay / "init"
    shutil.copy(PROJECT / "tests" / "vlan-lab.sh", init)
    init.chmod(0o755)
    for node in NODES:
        shutil.copy(
            FILES / node / "etc/network/interfaces.l6", overlay / "lab" / f"{node}.interfaces"
        )
    shutil.copy(FILES / "gw1/etc/network/interfaces", overlay / "lab" / "gw1.interfaces")
    shutil.copy(FILES / "gw1/etc/nftables.conf", overlay / "lab")
    console = vm.run(overlay)
    found = vm.steps(console)
    assert "drill-back-route" in found, console[-4000:]
    return found


APPLIED = [
    *(f"apply-{node}" for node in NODES),
    "again-pve1",
    "check-pve1",
    "apply-gw1",
    "rules-gw1",
    "drill-apply",
    "drill-back",
]


@pytest.mark.parametrize("step", APPLIED)
def test_the_files_are_applied(seen, step: str) -> None:
    status, printed = seen[step]
    assert status == 0, printed
    assert not re.search(r"^(error|warning):", printed, re.MULTILINE), printed


REACHED = [
    "management", "management-gw1", "cluster", "storage", "migration", "guest-gateway",
    "guest-guest", "isolated-isolated", "drill-reachable",
]  # fmt: skip
NOT_REACHED = [
    "isolated-gateway", "isolated-guest", "isolated-management", "isolated-disguised", "uncarried",
]  # fmt: skip


@pytest.mark.parametrize("step", REACHED)
def test_who_should_reach_whom_does(seen, step: str) -> None:
    assert seen[step][0] == 0, seen[step][1]


@pytest.mark.parametrize("step", NOT_REACHED)
def test_who_should_reach_nobody_does_not(seen, step: str) -> None:
    assert seen[step][0] != 0
    assert "100% packet loss" in seen[step][1]


def test_the_trunk_carries_the_vlans_of_the_lab_and_no_other(seen) -> None:
    lines = [line.split() for line in seen["vlans"][1].splitlines()[1:]]
    assert lines == [["nic0", "1", "PVID", "Egress", "Untagged"], ["20"], ["21"]]


def test_the_node_has_its_addresses_and_one_default_route(seen) -> None:
    printed = seen["addresses"][1]
    for interface, address in (
        ("vmbr0", "10.10.10.11/24"),
        ("nic1", "10.10.40.11/24"),
        ("nic2", "10.10.30.11/24"),
        (r"nic2\.50", "10.10.50.11/24"),
    ):
        assert re.search(
            rf"^{interface}(@\S+)?\s+UP\s+{re.escape(address)}", printed, re.MULTILINE
        )
    assert seen["routes"][1].splitlines()[0].startswith("default via 10.10.10.1 dev vmbr0")
    assert len(seen["routes"][1].splitlines()) == 1


def test_the_wrong_gateway_is_taken_back(seen) -> None:
    assert "via 10.10.10.254" in seen["drill-route"][1]
    assert "via 10.10.10.1 " in seen["drill-back-route"][1]
    assert "10.10.10.254" not in seen["drill-back-route"][1]
