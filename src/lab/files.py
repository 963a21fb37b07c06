"""Rules of our own for the files of the lab: what the tools that read them let through.

Each rule is a generator over one file.  The tools themselves are run by the
tests (``tests/test_lab_files.py``).
"""

from __future__ import annotations

import re
import tomllib
from ipaddress import AddressValueError, IPv4Address, ip_interface
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .data import Lab

    Rule = Callable[[str, str, Lab], Iterator["Flaw"]]


class Flaw(NamedTuple):
    """Something wrong in a file of the lab; ``kind`` is one of ``claims.findings.KINDS``."""

    line: int
    kind: str
    message: str


def check(path: str, text: str, lab: Lab) -> Iterator[Flaw]:
    """Yield what is wrong with a file.

    Args:
        path: machine and place on it: ``pve1/etc/hosts``.
        text: its content.
        lab: the lab.
    """
    machine = path.split("/", 1)[0]
    for rule in rules(path):
        yield from rule(machine, text, lab)


def rules(path: str) -> list[Rule]:
    """Return the rules for a file, none for one that only its tools know."""
    return [rule for pattern, rule in _RULES if re.search(pattern, path)]


# --- ifupdown2 -----------------------------------------------------------------


def interfaces(machine: str, text: str, lab: Lab) -> Iterator[Flaw]:
    """Yield addresses of another machine, addresses twice, and a second gateway.

    Bad: ``address 10.10.40.12/24`` on pve1.  ``ifquery`` knows one file only.
    """
    seen: dict[str, int] = {}
    gateways: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"\s*(address|gateway)\s+(\S+)", line)
        if match is None:
            continue
        if match[1] == "gateway":
            gateways.append(number)
            continue
        address = match[2].partition("/")[0]
        if address in seen:
            yield Flaw(number, "address", f"{address} stands in line {seen[address]} already")
        seen[address] = number
        yield from _owned(number, address, machine, lab)
    for number in gateways[1:]:
        message = f"a second gateway; line {gateways[0]} has one, and one default route is enough"
        yield Flaw(number, "value", message)


def _owned(line: int, address: str, machine: str, lab: Lab) -> Iterator[Flaw]:
    """Yield an address that is not that of *machine*."""
    try:
        owner = lab.addresses.get(IPv4Address(address))
    except AddressValueError:
        return
    if owner is not None and machine in lab.machines and owner != machine:
        yield Flaw(line, "address", f"{address} is {owner}, not {machine}")


# --- corosync ------------------------------------------------------------------

_TOTEM = (
    "version cluster_name config_version ip_version secauth crypto_cipher crypto_hash "
    "crypto_model keyfile key link_mode transport token token_coefficient token_retransmit "
    "token_retransmits_before_loss_const token_warning hold join send_join consensus merge "
    "downcheck netmtu window_size max_messages miss_count_const knet_pmtud_interval knet_mtu "
    "knet_compression_model knet_compression_threshold knet_compression_level "
    "block_unlisted_ips cancel_token_hold_on_retransmit interface"
)
_LOGGING = (
    "to_stderr to_logfile to_syslog logfile logfile_priority syslog_facility syslog_priority "
    "debug timestamp fileline function_name blackbox logger_subsys"
)
#: The keys of every section, from corosync.conf(5), corosync-qdevice(8) and votequorum(5).
COROSYNC_KEYS = {
    section: set(keys.split())
    for section, keys in {
        "": "totem logging quorum nodelist system resources nozzle",
        "totem": _TOTEM,
        "totem.interface": (
            "linknumber knet_link_priority knet_ping_interval knet_ping_timeout "
            "knet_ping_precision knet_pong_count knet_transport bindnetaddr broadcast mcastaddr "
            "mcastport ttl"
        ),
        "logging": _LOGGING,
        "logging.logger_subsys": f"{_LOGGING} subsys",
        "nodelist": "node",
        "nodelist.node": (
            "name nodeid quorum_votes ring0_addr ring1_addr ring2_addr ring3_addr "
            "ring4_addr ring5_addr ring6_addr ring7_addr"
        ),
        "quorum": (
            "provider expected_votes two_node wait_for_all last_man_standing "
            "last_man_standing_window auto_tie_breaker auto_tie_breaker_node allow_downscale "
            "expected_votes_tracking device"
        ),
        "quorum.device": "model votes timeout sync_timeout master_wins net heuristics",
        "quorum.device.net": (
            "host port tls algorithm tie_breaker connect_timeout force_ip_version "
            "keep_active_partition_tie_breaker"
        ),
        "quorum.device.heuristics": "mode timeout sync_timeout interval",
        "system": (
            "qb_ipc_type sched_rr priority move_to_root_cgroup allow_knet_handle_fallback "
            "state_dir"
        ),
    }.items()
}
_CHOICES = {
    "secauth": {"on", "off"},
    "link_mode": {"passive", "active", "rr"},
    "transport": {"knet", "udp", "udpu"},
    "ip_version": {"ipv4", "ipv6", "ipv4-6", "ipv6-4"},
    "provider": {"corosync_votequorum"},
}


class _Entry(NamedTuple):
    section: str
    key: str
    value: str
    line: int
    block: int


def corosync(_machine: str, text: str, lab: Lab) -> Iterator[Flaw]:
    """Yield what ``corosync -t`` does not mind.

    Bad: a misspelled key, ``secauth: yes``, no ``config_version``, an address
    given twice, a node that ``lab.yaml`` numbers otherwise.
    """
    entries, flaws = _corosync_entries(text)
    yield from flaws
    given = {(each.section, each.key): each for each in entries}
    for each in entries:
        if each.section in COROSYNC_KEYS and each.key not in COROSYNC_KEYS[each.section]:
            known = ", ".join(sorted(COROSYNC_KEYS[each.section])[:12])
            place = each.section or "the file"
            yield Flaw(each.line, "key", f"{place} has no key {each.key!r}; it has {known} …")
        choices = _CHOICES.get(each.key)
        if choices and each.value not in choices:
            message = f"{each.key}: {each.value!r} is none of {', '.join(sorted(choices))}"
            yield Flaw(each.line, "value", message)
    version = given.get(("totem", "config_version"))
    if version is None:
        yield Flaw(1, "missing", "totem: config_version is missing; Proxmox VE compares it")
    elif not version.value.isdigit():
        yield Flaw(version.line, "value", f"config_version: {version.value!r} is no number")
    name = given.get(("totem", "cluster_name"))
    if name is not None and name.value != lab.raw["meta"]["cluster"]:
        message = f"the cluster is {lab.raw['meta']['cluster']}, not {name.value}"
        yield Flaw(name.line, "value", message)
    yield from _corosync_nodes([e for e in entries if e.section == "nodelist.node"], lab)


def _corosync_entries(text: str) -> tuple[list[_Entry], list[Flaw]]:
    """Return the keys of the file with their sections, and what cannot be read."""
    entries: list[_Entry] = []
    flaws: list[Flaw] = []
    stack: list[tuple[str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        section = ".".join(name for name, _ in stack)
        if not stripped or stripped.startswith("#"):
            continue
        if match := re.fullmatch(r"(\w+)\s*\{", stripped):
            entries.append(_Entry(section, match[1], "", number, number))
            stack.append((match[1], number))
        elif stripped == "}" and stack:
            stack.pop()
        elif match := re.fullmatch(r"(\w+):\s*(.*)", stripped):
            block = stack[-1][1] if stack else 0
            entries.append(_Entry(section, match[1], match[2], number, block))
        else:
            flaws.append(
                Flaw(number, "syntax", f"{stripped!r} is no `key: value`, `name {{`, `}}`")
            )
    if stack:
        flaws.append(Flaw(stack[-1][1], "syntax", f"{stack[-1][0]} {{ is not closed"))
    return entries, flaws


def _corosync_nodes(entries: list[_Entry], lab: Lab) -> Iterator[Flaw]:
    numbers = {each["name"]: each["nodeid"] for each in lab.raw["nodes"]}
    seen: dict[str, int] = {}
    nodes: dict[int, dict[str, _Entry]] = {}
    for each in entries:
        nodes.setdefault(each.block, {})[each.key] = each
    for line, node in nodes.items():
        name = node.get("name")
        if name is None or name.value not in numbers:
            yield Flaw(name.line if name else line, "machine", "write name: and a node of the lab")
            continue
        nodeid = node.get("nodeid")
        if nodeid is None or nodeid.value != str(numbers[name.value]):
            at = nodeid.line if nodeid else line
            yield Flaw(at, "value", f"{name.value} has the nodeid {numbers[name.value]}")
        for key, each in node.items():
            if not key.startswith("ring"):
                continue
            if each.value in seen:
                message = f"{each.value} stands in line {seen[each.value]} already"
                yield Flaw(each.line, "address", message)
            seen[each.value] = each.line
            yield from _owned(each.line, each.value, name.value, lab)


# --- the installer ---------------------------------------------------------------


def answer(_machine: str, text: str, lab: Lab) -> Iterator[Flaw]:
    """Yield what no schema can know: whose name, address and MAC addresses these are."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"at line (\d+)", str(error))
        yield Flaw(int(match[1]) if match else 1, "syntax", f"not TOML: {error}")
        return
    fqdn = data.get("global", {}).get("fqdn", "")
    network = data.get("network", {})
    name = fqdn.partition(".")[0] if isinstance(fqdn, str) else ""
    if fqdn and fqdn != f"{name}.{lab.domain}":
        yield Flaw(line_of("fqdn", text), "hostname", f"{fqdn} is not of {lab.domain}")
    if name not in lab.hosts:
        return
    cidr = network.get("cidr")
    if cidr:
        yield from _answer_network(name, cidr, network, text, lab)
    mapping = network.get("interface-name-pinning", {}).get("mapping", {})
    for mac, nic in mapping.items():
        number = re.fullmatch(r"nic(\d)", nic)
        if number and mac.lower() != lab.mac(lab.hosts[name], int(number[1])):
            wanted = lab.mac(lab.hosts[name], int(number[1]))
            yield Flaw(line_of(mac, text), "address", f"{nic} of {name} is {wanted}, not {mac}")


def _answer_network(
    name: str, cidr: str, network: dict[str, str], text: str, lab: Lab
) -> Iterator[Flaw]:
    line = line_of("cidr", text)
    yield from _owned(line, cidr.partition("/")[0], name, lab)
    try:
        prefix = ip_interface(cidr).network
    except ValueError as error:
        yield Flaw(line, "value", f"cidr: {error}")
        return
    gateways = {str(each.gateway) for each in lab.networks.values() if each.prefix == prefix}
    gateway = network.get("gateway")
    if gateways and gateway and gateway not in gateways:
        message = f"the gateway of {prefix} is {', '.join(gateways)}, not {gateway}"
        yield Flaw(line_of("gateway", text), "address", message)


def line_of(key: str, text: str) -> int:
    """Return the line on which a TOML key is written, 1 if it is nowhere."""
    pattern = re.compile(rf"""\s*\[?(?:[\w-]+\.)*["']?{re.escape(key)}["']?\s*(?:[=.\]])""")
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.match(line):
            return number
    return 1


# --- names and hardware ------------------------------------------------------------


def records(_machine: str, text: str, lab: Lab) -> Iterator[Flaw]:
    """Yield a ``host-record`` of dnsmasq that gives a machine the address of another."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"host-record=([\w-]+)[\w.,-]*,([\d.]+)", line):
            yield from _owned(number, match[2], match[1], lab)


def libvirt(_machine: str, text: str, lab: Lab) -> Iterator[Flaw]:
    """Yield MAC addresses of another machine in the definition of one."""
    name = re.search(r"<name>([\w-]+)</name>", text)
    if name is None or name[1] not in lab.hosts or "<domain" not in text:
        return
    for number, line in enumerate(text.splitlines(), 1):
        for match in re.finditer(r"<mac address=['\"]([0-9a-fA-F:]+)['\"]", line):
            nics = [*range(len(lab.raw["uplinks"])), lab.raw["macs"]["upstream_nic"]]
            own = {lab.mac(lab.hosts[name[1]], nic) for nic in nics}
            if match[1].lower() not in own:
                yield Flaw(number, "address", f"{match[1]} is no MAC address of {name[1]}")


_RULES: list[tuple[str, Rule]] = [
    (r"/etc/network/interfaces(\.\w+)?$", interfaces),
    (r"/corosync\.conf$", corosync),
    (r"/answer[^/]*\.toml$|/answer/[^/]+\.toml$", answer),
    (r"/etc/dnsmasq(\.d/.*)?\.conf$", records),
    (r"/libvirt/[^/]+\.xml$", libvirt),
]
