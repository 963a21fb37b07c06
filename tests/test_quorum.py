"""The quorum is voted: real corosync daemons with the book's corosync.conf.

What they say is held against the numbers that chapter 9 prints in text, tables and figures.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from claims import outputs

from .cluster import NEEDED, Lab, Machine, cluster, missing, run, wait
from .conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

CONF = (PROJECT / "source/lab/files/pve1/etc/corosync/corosync.conf").read_text(encoding="utf-8")
CHAPTER = (PROJECT / "source/part3/ch09-cluster.md").read_text(encoding="utf-8")
FIGURES = PROJECT / "diagrams/part3/ch9"

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


def said(node: Machine) -> str:
    """For :func:`judged`."""
    quorate, _, _, total = votes(node)
    return f"{quorate} {total}"


def told(node: Machine) -> str:
    return node.quorum().get("Quorum", "")


# --- what the chapter prints ----------------------------------------------------------


def table(name: str) -> dict[str, list[str]]:
    """The rows of a table, by their first cell, without bold type."""
    body = CHAPTER.partition(f":name: {name}\n")[2].partition("\n:::")[0].replace("**", "")
    rows = [line.strip("| ") for line in body.splitlines() if line.startswith("|")]
    cells = [re.split(r"\s*\|\s*", row) for row in rows[2:]]
    return {first: rest for first, *rest in cells}


def labels(figure: str) -> list[str]:
    """The texts of a figure, in the order of the file."""
    svg = (FIGURES / figure).read_text(encoding="utf-8")
    return re.findall(r">([^<>]+)</text>", svg)


def split(scene: int) -> tuple[str, ...]:
    """The votes of pve1, pve2 and pve3 in one of the four splits; ``–`` without power."""
    (row,) = (cells for key, cells in table("tbl-ch09-split").items() if key[0] == str(scene))
    drawn = [text for text in labels("four-splits.svg") if re.fullmatch(r"\d 票|電源断", text)]
    seen = drawn[3 * scene - 3 : 3 * scene]
    assert row[:3] == [text.replace("電源断", "–").removesuffix(" 票") for text in seen]
    return tuple(row[:3])


def judged(scene: str, *totals: str) -> None:
    """Hold what two nodes said, their quorum and votes, against a row of the QDevice's table.

    Args:
        scene: the first cell of the row.
        totals: of pve1 and pve2 ``Quorate`` and ``Total votes``, or ``–`` without power.
    """
    *cells, sums = table("tbl-ch09-qdevice")[scene]
    verdicts = {"Yes": "あり", "No": "なし", "–": "–"}
    assert [cell.removeprefix("クォーラム") for cell in cells] == [
        verdicts[each.split()[0]] for each in totals
    ]
    numbers = [each.split()[1] for each in totals if each != "–"]
    assert re.findall(r"(?<!pve)\d", sums) == list(dict.fromkeys(numbers))


def shown(label: str) -> dict[str, str]:
    """What a section prints of ``pvecm status``, but what differs each time."""
    section = CHAPTER.partition(f"\n({label})=\n")[2].partition("\n(ch09-")[0]
    blocks = re.findall(r"^```\{output\}.*?^```$", section, re.MULTILINE | re.DOTALL)
    (block,) = [each for each in blocks if "Votequorum" in each]
    found = dict(re.findall(r"^([A-Z][\w ]+):[ \t]+(.*?)[ \t]*$", block, re.MULTILINE))
    # The first part comes from pvecm, not from corosync.
    mine = {"Name", "Config Version", "Transport", "Secure auth", "Date", "Ring ID"}
    return {key: value for key, value in found.items() if key not in mine}


def test_the_printed_tables_are_found_and_follow_the_rule() -> None:
    rows = table("tbl-ch09-votes")
    assert len(rows) == 7
    for registered, needed, spare, _ in rows.values():
        assert int(needed) == int(registered) // 2 + 1
        assert int(spare) == int(registered) - int(needed)
    drawn = labels("votes.svg")
    for name in ("2 台", "2 台と QDevice", "3 台", "4 台", "5 台"):
        assert drawn[drawn.index(name) + 1] == rows[name][2]
    assert len(table("tbl-ch09-split")) == 4
    assert len(table("tbl-ch09-qdevice")) == 5


def test_a_number_that_differs_from_the_figure_or_the_run_is_seen(monkeypatch) -> None:
    wrong = CHAPTER.replace("| 3. pve2 と pve3 の電源が切れた | **1** |", "| 3. x | **2** |")
    wrong = wrong.replace("| **なし** | 2 と 1 |", "| **なし** | 2 と 2 |")
    wrong = wrong.replace("Expected votes:   1\n", "Expected votes:   2\n")
    monkeypatch.setattr(f"{__name__}.CHAPTER", wrong)
    with pytest.raises(AssertionError):
        split(3)
    with pytest.raises(AssertionError):
        judged("ノードの間の線が全部切れた", "Yes 2", "No 1")
    assert shown("ch09-exercise-3")["Expected votes"] == "2"


# --- three nodes ----------------------------------------------------------------------


def test_the_timeouts_and_ports_are_those_in_the_text(whole) -> None:
    _, nodes = whole
    told = nodes[0].tell("corosync-cmapctl")
    found = dict(re.findall(r"runtime\.config\.totem\.(token|consensus) \(u32\) = (\d+)", told))
    token, consensus = int(found["token"]), int(found["consensus"])
    assert f"3000 + (3 − 2) × 125 = {token} ミリ秒" in CHAPTER
    assert f"{consensus} ミリ秒を待ちます" in CHAPTER
    assert f"token timed out ({token}ms), waiting {consensus}ms for consensus" in CHAPTER
    for words in ("足すと", "計算で"):
        assert f"{words} {(token + consensus) / 1000:.1f} 秒" in CHAPTER
    ports = re.findall(r":(\d+) ", nodes[0].tell("ss", "-Hlun"))
    assert ports == ["5405", "5406"]
    assert "link0 は UDP {}、link1 は UDP {} で".format(*ports) in CHAPTER


def test_without_a_coefficient_the_old_value_counts(tmp_path) -> None:
    with cluster(tmp_path, CONF.replace("  token_coefficient: 125\n", "")) as (_, nodes):
        wait(lambda: votes(nodes[0]) == ("Yes", "3", "3", "3"), "three votes")
        told = nodes[0].tell("corosync-cmapctl", "-g", "runtime.config.totem.token")
        token = int(told.rpartition("=")[2])
    assert f"3 台なら {token} ミリ秒" in CHAPTER
    ten = [3000 + 8 * coefficient for coefficient in (token - 3000, 125)]
    assert "10 台なら {} ミリ秒と {} ミリ秒".format(*ten) in CHAPTER


def test_three_nodes_are_quorate(whole) -> None:
    _, nodes = whole
    printed = shown("ch09-read-status")
    assert len(printed) == 9
    real = nodes[1].quorum()
    assert printed == {key: real.get(key) for key in printed}
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
    assert split(3) == (votes(first)[3], "–", "–")
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
    assert split(1) == tuple(votes(node)[3] for node in nodes)
    lab.plug(nodes[0], 0, in_=True)
    wait(lambda: nodes[0].connected(0) == {2, 3}, "link 0 back")


def test_both_links_cut_leave_the_minority_without_quorum(whole) -> None:
    lab, (first, second, third) = whole
    for link in (0, 1):
        lab.plug(third, link, in_=False)
    wait(lambda: votes(third) == ("No", "1", "3", "1"), "pve3 alone")
    wait(lambda: votes(first) == ("Yes", "2", "3", "2"), "pve1 and pve2 together")
    assert votes(second) == ("Yes", "2", "3", "2")
    assert split(2) == tuple(votes(node)[3] for node in (first, second, third))


def test_a_split_in_three_gives_nobody_a_majority(whole) -> None:
    lab, nodes = whole
    for node in nodes:
        for link in (0, 1):
            lab.plug(node, link, in_=False)
    for node in nodes:
        wait(lambda node=node: votes(node) == ("No", "1", "3", "1"), "every node alone")
    assert split(4) == tuple(votes(node)[3] for node in nodes)


def test_expected_1_lets_one_node_write_until_the_others_return(whole) -> None:
    _, (first, *others) = whole
    for node in others:
        node.stop("corosync")
    wait(lambda: votes(first) == ("No", "1", "3", "1"), "pve1 alone")
    first.tell("corosync-quorumtool", "-e", "1")
    wait(lambda: votes(first) == ("Yes", "1", "1", "1"), "one vote is enough")
    printed, real = shown("ch09-exercise-3"), first.quorum()
    assert printed == {key: real.get(key) for key in printed}
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
        (port,) = re.findall(r"10\.10\.30\.11:(\d+) ", nodes[0].tell("ss", "-Hlun"))
        assert f"link2 は UDP {port} を" in CHAPTER
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


def of(number: int) -> str:
    """The file of the book with the first nodes only, or with more of the same kind."""
    (block,) = re.findall(r"  node \{\s+name: pve1.*?\}\n", CONF, flags=re.DOTALL)
    nodes = "".join(
        re.sub(r"pve1|nodeid: 1|\.11\b", lambda found, n=n: found[0][:-1] + str(n), block)
        for n in range(1, number + 1)
    )
    return re.sub(r"(?<=nodelist \{\n).*?(?=^\}\n)", nodes, CONF, flags=re.DOTALL | re.MULTILINE)


def test_the_files_with_other_numbers_of_nodes_are_those_of_the_book() -> None:
    assert of(3) == CONF
    assert of(2) == TWO


@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "1 台（クラスタの最初）"), (2, "2 台"), (4, "4 台"), (5, "5 台")],
)
def test_so_many_nodes_may_be_lost_and_not_one_more(tmp_path, number, name) -> None:
    registered, needed, spare, _ = table("tbl-ch09-votes")[name]
    with cluster(tmp_path, of(number)) as (_, nodes):
        first, *others = nodes
        all_of_them = ("Yes", registered, registered, registered)
        wait(lambda: votes(first) == all_of_them, "all nodes")
        assert told(first) == needed
        for lost, other in enumerate(others, 1):
            other.stop("corosync")
            left = str(number - lost)
            fewer = ("Yes" if lost <= int(spare) else "No", left, registered, left)
            wait(lambda fewer=fewer: votes(first) == fewer, "one node less")
            if lost > int(spare):
                assert told(first) == f"{needed} Activity blocked"
                break
        if number == 2:
            printed, real = shown("ch09-lab-join"), first.quorum()
            assert printed == {key: real.get(key) for key in printed}


def guard(node: Machine, nodes: list[Machine], *, out: str) -> None:
    """Let only what pve-firewall writes for corosync pass: ports 5404 and 5405, link by link.

    Args:
        node: where the rules are loaded.
        nodes: all nodes.
        out: the policy of what the node sends, ``accept`` or ``drop``.
    """
    mine = nodes.index(node) + 11
    peers = [n for n in range(11, 11 + len(nodes)) if n != mine]
    way = "ip saddr 10.10.{net}.{a} ip daddr 10.10.{net}.{b} udp dport 5404-5405 accept\n"
    pairs = [(net, peer) for net in (40, 10) for peer in peers]
    come = "".join(way.format(net=net, a=peer, b=mine) for net, peer in pairs)
    go = "".join(way.format(net=net, a=mine, b=peer) for net, peer in pairs)
    always = "ct state established,related accept\n"
    rules = (
        "table inet guard {\n"
        "chain input { type filter hook input priority 0; policy drop;\n"
        f"iif lo accept\n{always}{come}}}\n"
        f"chain output {{ type filter hook output priority 0; policy {out};\n"
        f"oif lo accept\n{always}{go}}}\n}}\n"
    )
    file = node.folder / "guard.nft"
    file.write_text(rules, encoding="utf-8")
    run("ip", "netns", "exec", node.namespace, "nft", "-f", str(file))


@pytest.mark.parametrize(("out", "link1"), [("accept", {2, 3}), ("drop", set())])
def test_the_rules_of_the_firewall_carry_link1_only_if_sending_is_free(
    tmp_path, out, link1
) -> None:
    assert not missing("nft"), "missing: nft; see system-packages.txt"
    with cluster(tmp_path, CONF) as (lab, nodes):
        for node in nodes:
            node.stop("corosync")
        for node in nodes:
            guard(node, nodes, out=out)
            node.start("corosync", "-f")
        for node in nodes:
            wait(lambda node=node: votes(node) == ("Yes", "3", "3", "3"), "three votes")
        wait(lambda: nodes[0].connected(0) == {2, 3}, "link 0 connected")
        if link1:
            wait(lambda: nodes[0].connected(1) == link1, "link 1 connected")
            return
        assert nodes[0].connected(1) == set()
        lab.plug(nodes[0], 0, in_=False)
        wait(lambda: votes(nodes[0]) == ("No", "1", "3", "1"), "pve1 alone")


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
    block, real = shown("ch09-lab-qdevice"), first.quorum()
    assert block == {key: real.get(key) for key in block}
    judged("すべて正常", said(first), said(second))
    second.stop("corosync-qdevice")
    second.stop("corosync")
    wait(lambda: votes(first) == ("Yes", "1", "3", "2"), "pve1 with the vote of the QDevice")
    judged("pve2 の電源が切れた", said(first), "–")
    nas1.stop("corosync-qnetd")
    wait(lambda: votes(first) == ("No", "1", "3", "1"), "pve1 alone")
    judged("pve2 と nas1 の両方が止まった", said(first), "–")


def test_of_two_halves_the_qdevice_keeps_the_one_with_the_lowest_number(two) -> None:
    lab, (first, second), _ = two
    for link in (0, 1):
        lab.plug(first, link, in_=False)
    wait(lambda: votes(second) == ("No", "1", "3", "1"), "pve2 without the vote")
    wait(lambda: votes(first) == ("Yes", "1", "3", "2"), "pve1 with the vote of the QDevice")
    judged("ノードの間の線が全部切れた", said(first), said(second))


def test_without_the_qnetd_both_nodes_go_on_together(two) -> None:
    _, nodes, nas1 = two
    nas1.stop("corosync-qnetd")
    for node in nodes:
        wait(lambda node=node: votes(node) == ("Yes", "2", "3", "2"), "two of three votes")
    judged("nas1 だけが止まった", *map(said, nodes))
