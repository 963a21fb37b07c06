"""The quorum is voted: real corosync daemons with the book's corosync.conf."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from claims import outputs

from .cluster import NEEDED, Lab, Machine, cluster, missing, wait
from .conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

CONF = (PROJECT / "source/lab/files/pve1/etc/corosync/corosync.conf").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"),
    reason="network namespaces need root; continuous integration is root",
)


@pytest.fixture(scope="module")
def three(tmp_path_factory) -> Iterator[tuple[Lab, list[Machine]]]:
    assert not missing(), f"missing of {NEEDED}: {missing()}; see system-packages.txt"
    with cluster(tmp_path_factory.mktemp("three"), CONF) as (lab, nodes):
        yield lab, nodes


@pytest.fixture
def whole(three) -> tuple[Lab, list[Machine]]:
    """The cluster with all nodes and links, whatever the last test did."""
    lab, nodes = three
    for node in nodes:
        if "corosync" not in node.daemons:
            node.start("corosync", "-f")
        for link in (0, 1):
            lab.plug(node, link, in_=True)
    others = {1: {2, 3}, 2: {1, 3}, 3: {1, 2}}
    for number, node in enumerate(nodes, 1):
        wait(lambda node=node: node.quorum().get("Total votes") == "3", "three votes")
        for link in (0, 1):
            wait(
                lambda node=node, link=link, number=number: node.connected(link) == others[number],
                f"link {link} connected",
            )
    return lab, nodes


def votes(node: Machine) -> tuple[str | None, ...]:
    told = node.quorum()
    return tuple(told.get(key) for key in ("Quorate", "Nodes", "Expected votes", "Total votes"))


def told(node: Machine) -> str:
    return node.quorum().get("Quorum", "")


def test_three_nodes_are_quorate(whole) -> None:
    _, nodes = whole
    for node in nodes:
        assert votes(node) == ("Yes", "3", "3", "3")
        assert told(node) == "2"
        assert node.quorum()["Flags"] == "Quorate"


@pytest.mark.parametrize(
    ("command", "real"),
    [
        ("pvecm status", ("corosync-quorumtool", "-siH")),
        ("pvecm nodes", ("corosync-quorumtool", "-l")),
        ("corosync-cfgtool -s", ("corosync-cfgtool", "-s")),
        ("corosync-cfgtool -n", ("corosync-cfgtool", "-n")),
    ],
)
def test_the_formats_that_the_book_is_held_against_are_the_real_ones(whole, command, real) -> None:
    printed = whole[1][0].tell(*real)
    assert printed.count("\n") > 3
    assert list(outputs.check(command, list(enumerate(printed.splitlines(), 1)))) == []


def test_two_of_three_go_on_and_one_alone_stops(whole) -> None:
    _, (first, second, third) = whole
    third.stop("corosync")
    wait(lambda: votes(first) == ("Yes", "2", "3", "2"), "two nodes")
    assert votes(second) == ("Yes", "2", "3", "2")
    second.stop("corosync")
    wait(lambda: votes(first) == ("No", "1", "3", "1"), "one node")
    assert re.fullmatch(r"2 Activity blocked", told(first))
    second.start("corosync", "-f")
    wait(lambda: votes(first) == ("Yes", "2", "3", "2"), "the second node again")


def test_link1_takes_over_when_link0_is_cut(whole) -> None:
    lab, nodes = whole
    lab.plug(nodes[0], 0, in_=False)
    wait(lambda: nodes[0].connected(0) == set(), "link 0 of pve1 disconnected")
    wait(lambda: nodes[1].connected(0) == {3}, "link 0 from pve2 to pve1 disconnected")
    assert nodes[0].connected(1) == {2, 3}
    # Nobody leaves: the votes are counted over the other link.
    for node in nodes:
        assert votes(node) == ("Yes", "3", "3", "3")
    lab.plug(nodes[0], 0, in_=True)
    wait(lambda: nodes[0].connected(0) == {2, 3}, "link 0 back")


def test_both_links_cut_leave_the_minority_without_quorum(whole) -> None:
    lab, (first, second, third) = whole
    for link in (0, 1):
        lab.plug(third, link, in_=False)
    wait(lambda: votes(third) == ("No", "1", "3", "1"), "pve3 alone")
    wait(lambda: votes(first) == ("Yes", "2", "3", "2"), "pve1 and pve2 together")
    assert votes(second) == ("Yes", "2", "3", "2")


def test_a_split_in_three_gives_nobody_a_majority(whole) -> None:
    lab, nodes = whole
    for node in nodes:
        for link in (0, 1):
            lab.plug(node, link, in_=False)
    for node in nodes:
        wait(lambda node=node: votes(node) == ("No", "1", "3", "1"), "every node alone")


def test_expected_1_lets_one_node_write_until_the_others_return(whole) -> None:
    _, (first, *others) = whole
    for node in others:
        node.stop("corosync")
    wait(lambda: votes(first) == ("No", "1", "3", "1"), "pve1 alone")
    first.tell("corosync-quorumtool", "-e", "1")
    wait(lambda: votes(first) == ("Yes", "1", "1", "1"), "one vote is enough")
    for node in others:
        node.start("corosync", "-f")
    wait(lambda: votes(first) == ("Yes", "3", "3", "3"), "the safeguard is back by itself")


def with_third_link(nodes: str) -> str:
    """The file of the book with a link on the storage network for some nodes."""
    text = re.sub(
        rf"(ring1_addr: 10\.10\.10\.(1[{nodes}])\n)", r"\1    ring2_addr: 10.10.30.\2\n", CONF
    )
    link1 = "    linknumber: 1\n  }\n"
    text = text.replace(link1, f"{link1}  interface {{\n    linknumber: 2\n  }}\n")
    return text.replace("config_version: 3", "config_version: 4")


def test_corosync_refuses_a_link_that_one_node_lacks_but_not_a_slip_of_the_pen(whole) -> None:
    _, (first, *_) = whole

    def tested(text: str) -> str:
        (first.folder / "etc" / "new.conf").write_text(text, encoding="utf-8")
        tell = "corosync -t -c /etc/corosync/new.conf 2>&1; echo $?"
        return first.tell("sh", "-c", tell)

    assert tested(with_third_link("123")).endswith("\n0\n")
    refused = tested(with_third_link("12"))
    assert "Not all nodes have the same number of links" in refused
    assert refused.endswith("\n8\n")
    assert tested(CONF.replace("token_coefficient", "token_coeficient")).endswith("\n0\n")
    assert tested(CONF.replace("  config_version: 3\n", "")).endswith("\n0\n")


def test_a_third_link_comes_without_a_restart_and_carries_the_votes_alone(tmp_path) -> None:
    with cluster(tmp_path, CONF) as (lab, nodes):
        for node in nodes:
            wait(lambda node=node: votes(node) == ("Yes", "3", "3", "3"), "three votes")
            text = with_third_link("123")
            (node.folder / "etc" / "corosync.conf").write_text(text, encoding="utf-8")
        nodes[0].tell("corosync-cfgtool", "-R")
        wait(lambda: nodes[0].connected(2) == {2, 3}, "link 2 connected")
        for link in (0, 1):
            lab.plug(nodes[0], link, in_=False)
        wait(lambda: nodes[0].connected(0) == nodes[0].connected(1) == set(), "links 0 and 1 cut")
        for node in nodes:
            wait(lambda node=node: votes(node) == ("Yes", "3", "3", "3"), "three votes")


@pytest.mark.parametrize(("priorities", "carrying"), [((), "0"), ((15, 20), "1")])
def test_the_link_with_the_greater_priority_carries_the_data(
    tmp_path, priorities, carrying
) -> None:
    conf = CONF
    for link, priority in enumerate(priorities):
        line = f"    linknumber: {link}\n"
        conf = conf.replace(line, f"{line}    knet_link_priority: {priority}\n")
    with cluster(tmp_path, conf) as (_, nodes):
        wait(lambda: votes(nodes[0]) == ("Yes", "3", "3", "3"), "three votes")
        told = nodes[0].tell("corosync-cmapctl", "-m", "stats")
        sent = dict(re.findall(r"node2\.link(\d)\.tx_data_packets \(u64\) = (\d+)", told))
        assert [link for link, packets in sent.items() if packets != "0"] == [carrying]


def test_another_key_is_not_let_in(tmp_path) -> None:
    with cluster(tmp_path, CONF) as (_, nodes):
        stranger = nodes[2]
        stranger.stop("corosync")
        (stranger.folder / "etc" / "authkey").write_bytes(bytes(1024))
        stranger.start("corosync", "-f")
        wait(lambda: votes(nodes[0]) == ("Yes", "2", "3", "2"), "pve1 and pve2")
        wait(lambda: votes(stranger) == ("No", "1", "3", "1"), "the stranger alone")


# --- two nodes and a QDevice ----------------------------------------------------------

TWO = re.sub(r"  node \{\s+name: pve3.*?\}\n", "", CONF, flags=re.DOTALL)


def test_of_two_nodes_none_may_be_lost(tmp_path) -> None:
    with cluster(tmp_path, TWO) as (_, (first, second)):
        wait(lambda: votes(first) == ("Yes", "2", "2", "2"), "both nodes")
        second.stop("corosync")
        wait(lambda: votes(first) == ("No", "1", "2", "1"), "pve1 alone")
        assert told(first) == "2 Activity blocked"


#: What `pvecm qdevice setup` writes, but without TLS, whose certificates it would make.
DEVICE = """  device {
    model: net
    net {
      algorithm: ffsplit
      host: 10.10.30.31
      tls: off
    }
    votes: 1
  }
"""


@pytest.fixture
def two(tmp_path) -> Iterator[tuple[Lab, list[Machine], Machine]]:
    """pve1 and pve2, each with a qdevice, and nas1 with the qnetd."""
    absent = missing("corosync-qnetd", "corosync-qdevice")
    assert not absent, f"missing: {absent}; see system-packages.txt"
    conf = TWO.replace("quorum {\n", f"quorum {{\n{DEVICE}")
    with cluster(tmp_path, conf) as (lab, nodes):
        nas1 = lab.add("nas1", {2: "10.10.30.31"})
        nas1.start("corosync-qnetd", "-f", "-s", "off")
        for node in nodes:
            wait(lambda node=node: node.quorum().get("Total votes", "") != "", "corosync")
            node.start("corosync-qdevice", "-f")
        for node in nodes:
            wait(
                lambda node=node: votes(node) == ("Yes", "2", "3", "3"), "both nodes and the vote"
            )
        yield lab, nodes, nas1


def test_two_nodes_with_a_qdevice_survive_the_loss_of_one(two) -> None:
    _, (first, second), nas1 = two
    assert first.quorum()["Flags"] == "Quorate Qdevice"
    printed = first.tell("corosync-quorumtool", "-siH").splitlines()
    assert list(outputs.check("pvecm status", list(enumerate(printed, 1)))) == []
    second.stop("corosync-qdevice")
    second.stop("corosync")
    wait(lambda: votes(first) == ("Yes", "1", "3", "2"), "pve1 with the vote of the QDevice")
    nas1.stop("corosync-qnetd")
    wait(lambda: votes(first) == ("No", "1", "3", "1"), "pve1 alone")


def test_of_two_halves_the_qdevice_keeps_the_one_with_the_lowest_number(two) -> None:
    lab, (first, second), _ = two
    for link in (0, 1):
        lab.plug(first, link, in_=False)
    wait(lambda: votes(second) == ("No", "1", "3", "1"), "pve2 without the vote")
    wait(lambda: votes(first) == ("Yes", "1", "3", "2"), "pve1 with the vote of the QDevice")


def test_without_the_qnetd_both_nodes_go_on_together(two) -> None:
    _, nodes, nas1 = two
    nas1.stop("corosync-qnetd")
    for node in nodes:
        wait(lambda node=node: votes(node) == ("Yes", "2", "3", "2"), "two of three votes")
