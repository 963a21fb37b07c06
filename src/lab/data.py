"""``lab.yaml``: networks, machines, guests and storages of the lab, checked as they are read.

Nothing here knows Sphinx.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Text, Number, List, Mapping_, Flag, Any_ = "text", "number", "list", "mapping", "flag", "any"

#: Per record of ``lab.yaml``: its fields and their types; ``?`` marks those that may be absent.
RECORDS: dict[str, dict[str, str]] = {
    "networks": {
        "id": Number, "key": Text, "name": Text, "cidr": Text, "gw": "text?", "iface": Text,
        "tag": Any_, "dns": "flag?", "optional": "flag?",
    },
    "uplinks": {"nic": Text, "outer": Text, "carries": List},
    "nodes": {"name": Text, "host": Number, "nodeid": Number},
    "foreign": {"what": Text, "why": Text},
    "dhcp": {"net": Number, "first": Text, "last": Text, "lease": Text},
    "temporary": {"vmid": Number, "addr": Text},
    "helpers": {"name": Text, "host": Number, "role": Text},
    "storages": {
        "id": Text, "type": Text, "content": List, "optional": "flag?", "path": "text?",
        "vgname": "text?", "thinpool": "text?", "pool": "text?", "sparse": "number?",
        "nodes": "list?", "server": "text?", "export": "text?", "options": "text?",
        "prune-backups": "text?", "datastore": "text?", "username": "text?",
        "namespace": "text?", "krbd": "number?",
    },
    "guests": {
        "vmid": Number, "name": Text, "kind": Text, "storage": Text, "template": "flag?",
        "net": "number?", "node": "text?", "ha": "flag?", "replicate_to": "list?",
        "optional": "flag?",
    },
    "ha_rules": {
        "type": Text, "id": Text, "resources": List, "nodes": "list?", "affinity": "text?",
    },
}  # fmt: skip

#: Single records, with the same notation.
SINGLE: dict[str, dict[str, str]] = {
    "meta": {
        "domain": Text, "timezone": Text, "country": Text, "keyboard": Text, "cluster": Text,
        "pve": Text, "debian": Text,
    },
    "macs": {"prefix": Text, "upstream_nic": Number},
    "outer": {
        "host": Number, "nets": List, "upstream": Mapping_, "vmid_base": Number,
        "bridges": Mapping_,
    },
    "node_hw": {"cores": Number, "memory_mib": Number, "disks": List},
}  # fmt: skip

#: Sections without records of their own.
OTHER = {"admin_user": Text, "helper_hw": Mapping_}

_TYPES: dict[str, tuple[type, ...]] = {
    Text: (str,),
    Number: (int,),
    List: (list,),
    Mapping_: (dict,),
    Flag: (bool,),
    Any_: (object,),
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in ``lab.yaml``; ``line`` counts from 1."""

    line: int
    message: str


class LabError(Exception):
    """``lab.yaml`` is not sound; ``problems`` says where and why."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        """Keep the file beside its problems."""
        super().__init__("\n".join(f"{path}:{each.line}: {each.message}" for each in problems))
        self.path = path
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Network:
    """One network: its number is the third octet and, where it is tagged, the VLAN tag."""

    number: int
    prefix: IPv4Network
    gateway: IPv4Address | None
    tag: int | None
    iface: str


@dataclass(frozen=True, slots=True)
class Guest:
    """A virtual machine (``qemu``) or container (``lxc``)."""

    vmid: int
    name: str
    kind: str
    net: int | None


@dataclass(frozen=True)
class Lab:
    """The data of the lab, sound."""

    raw: Mapping[str, Any]

    @property
    def domain(self) -> str:
        """The DNS domain."""
        return str(self.raw["meta"]["domain"])

    @cached_property
    def networks(self) -> dict[int, Network]:
        """The networks by number."""
        return {
            each["id"]: Network(
                each["id"],
                IPv4Network(each["cidr"]),
                IPv4Address(each["gw"]) if each["gw"] else None,
                each["tag"] if isinstance(each["tag"], int) else None,
                each["iface"],
            )
            for each in self.raw["networks"]
        }

    @cached_property
    def guests(self) -> dict[int, Guest]:
        """The guests by VMID."""
        return {
            each["vmid"]: Guest(each["vmid"], each["name"], each["kind"], each.get("net"))
            for each in self.raw["guests"]
        }

    @cached_property
    def hosts(self) -> dict[str, int]:
        """The fourth octet of every node and helper, by name."""
        return {each["name"]: each["host"] for each in self.raw["nodes"] + self.raw["helpers"]}

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes."""
        return [each["name"] for each in self.raw["nodes"]]

    @property
    def machines(self) -> list[str]:
        """The names of nodes, helpers and guests."""
        return [*self.hosts, *(guest.name for guest in self.guests.values())]

    @property
    def storages(self) -> list[str]:
        """The storage IDs."""
        return [each["id"] for each in self.raw["storages"]]

    @property
    def tags(self) -> list[int]:
        """The numbers of the networks, which are their VLAN tags."""
        return list(self.networks)

    @cached_property
    def outer_vmids(self) -> dict[int, str]:
        """The VMIDs that nodes and helpers have on an outer machine with Proxmox VE."""
        base = self.raw["outer"]["vmid_base"]
        return {base + host: name for name, host in self.hosts.items()}

    @cached_property
    def addresses(self) -> dict[IPv4Address, str]:
        """Whose every address is: the name of the machine, or ``outer``."""
        found = {each.prefix[self.hosts[n]]: n for each in self._of_nodes() for n in self.nodes}
        for number, network in self.networks.items():
            if network.gateway:
                found[network.gateway] = self.gateway
            for guest in self.guests.values():
                # A guest of the isolated network keeps the number of what was restored.
                if guest.vmid < network.prefix.num_addresses and (
                    guest.net == number or number in self._isolated
                ):
                    found.setdefault(network.prefix[guest.vmid], guest.name)
        for helper in self.raw["helpers"]:
            for number in self._helper_nets(helper["name"]):
                found[self.networks[number].prefix[helper["host"]]] = helper["name"]
        for number in self.raw["outer"]["nets"]:
            found[self.networks[number].prefix[self.raw["outer"]["host"]]] = "outer"
        for each in self.raw["temporary"]:
            found[IPv4Address(each["addr"])] = self.guests[each["vmid"]].name
        return found

    @cached_property
    def _isolated(self) -> set[int]:
        """The networks that guests have and that lead nowhere."""
        own = {guest.net for guest in self.guests.values()}
        return {number for number, each in self.networks.items() if not each.gateway} & own

    def _of_nodes(self) -> Iterator[Network]:
        """Yield the networks in which the nodes have addresses: not those of the guests."""
        for network in self.networks.values():
            if network.tag is None or network.iface.startswith("nic"):
                yield network

    @property
    def gateway(self) -> str:
        """The helper that routes: the one whose number the gateways have."""
        numbers = {int(net.gateway) & 255 for net in self.networks.values() if net.gateway}
        return next(name for name, host in self.hosts.items() if host in numbers)

    def leases(self, address: IPv4Address) -> bool:
        """Say whether DHCP may give out *address*."""
        return any(
            IPv4Address(each["first"]) <= address <= IPv4Address(each["last"])
            for each in self.raw["dhcp"]
        )

    @cached_property
    def foreign(self) -> dict[str, str]:
        """What a text may name though it is not of the lab, with the reason."""
        return {each["what"]: each["why"] for each in self.raw["foreign"]}

    @cached_property
    def macs(self) -> set[str]:
        """The MAC addresses of all machines, the outer machine included."""
        nics = [*range(len(self.raw["uplinks"])), self.raw["macs"]["upstream_nic"]]
        hosts = [*self.hosts.values(), self.raw["outer"]["host"]]
        return {self.mac(host, nic) for host in hosts for nic in nics}

    def mac(self, host: int, nic: int) -> str:
        """Return the MAC address of a NIC: the fourth octet in decimal, then the NIC."""
        return f"{self.raw['macs']['prefix']}:{host:02d}:{nic:02d}"

    def _helper_nets(self, name: str) -> Iterator[int]:
        """Yield the untagged networks of a helper's NICs."""
        native = {
            uplink["outer"]: next(n for n in uplink["carries"] if self.networks[n].tag is None)
            for uplink in self.raw["uplinks"]
        }
        for outer in self.raw["helper_hw"][name]["nics"].values():
            if outer in native:
                yield native[outer]


def names(path: Path) -> list[str]:
    """Return the names of the machines, none if the file is not sound.

    For settings, which cannot report; :func:`load` says what is wrong.
    """
    try:
        return load(path).machines
    except LabError:
        return []


def load(path: Path) -> Lab:
    """Read and check ``lab.yaml``.

    Raises:
        LabError: it cannot be read, or it contradicts itself.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except OSError as error:
        raise LabError(path, [Problem(1, str(error.strerror))]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LabError(path, [Problem(line, f"not YAML: {error.problem}")]) from error
    if not isinstance(root, yaml.MappingNode):
        raise LabError(path, [Problem(1, "write sections such as `networks:`")])
    lines = _Lines(root)
    problems = sorted(_shape(raw, lines))
    if not problems:
        problems = sorted(_sense(raw, lines))
    if problems:
        raise LabError(path, problems)
    return Lab(raw)


class _Lines:
    """On which line a section, and each record of it, begins."""

    def __init__(self, root: yaml.MappingNode) -> None:
        self.sections: dict[str, int] = {}
        self.records: dict[str, list[int]] = {}
        for key, value in root.value:
            self.sections[key.value] = key.start_mark.line + 1
            if isinstance(value, yaml.SequenceNode):
                self.records[key.value] = [each.start_mark.line + 1 for each in value.value]

    def of(self, section: str, index: int | None = None) -> int:
        if index is None:
            return self.sections.get(section, 1)
        return self.records[section][index]


def _shape(raw: Mapping[str, Any], lines: _Lines) -> Iterator[Problem]:
    """Yield sections and fields that are missing, unknown or of the wrong type."""
    known = {**RECORDS, **SINGLE, **OTHER}
    for section in known:
        if section not in raw:
            yield Problem(1, f"the section {section!r} is missing")
    for section, value in raw.items():
        line = lines.of(section)
        if section in SINGLE:
            yield from _record(value, SINGLE[section], section, line)
        elif section in RECORDS:
            if not isinstance(value, list):
                yield Problem(line, f"{section}: write a list of records")
                continue
            for index, record in enumerate(value):
                yield from _record(record, RECORDS[section], section, lines.of(section, index))
        elif section not in OTHER:
            yield Problem(line, f"unknown section {section!r}; there are {', '.join(known)}")
        elif not isinstance(value, _TYPES[OTHER[section]]):
            yield Problem(line, f"{section}: write a {OTHER[section]}")


def _record(
    value: object, fields: Mapping[str, str], section: str, line: int
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(line, f"{section}: write a record, {{{', '.join(fields)}}}")
        return
    for field, content in value.items():
        if field not in fields:
            yield Problem(
                line, f"{section}: unknown field {field!r}; there are {', '.join(fields)}"
            )
            continue
        kind, optional = fields[field].removesuffix("?"), fields[field].endswith("?")
        if content is None and optional:
            continue
        # A flag is a number for Python; here it is not.
        if not isinstance(content, _TYPES[kind]) or (kind == Number and isinstance(content, bool)):
            yield Problem(line, f"{section}: {field} must be a {kind}, not {content!r}")
    for field, kind in fields.items():
        if field not in value and not kind.endswith("?"):
            yield Problem(line, f"{section}: the field {field!r} is missing")


def _sense(raw: Mapping[str, Any], lines: _Lines) -> Iterator[Problem]:
    """Yield contradictions between records."""
    yield from _unique(raw, lines)
    yield from _networks(raw, lines)
    yield from _references(raw, lines)
    yield from _resources(raw, lines)


def _unique(raw: Mapping[str, Any], lines: _Lines) -> Iterator[Problem]:
    keys = [
        ("networks", "id"), ("networks", "cidr"), ("storages", "id"), ("guests", "vmid"),
        ("nodes", "nodeid"), ("foreign", "what"), ("temporary", "addr"), ("temporary", "vmid"),
        ("uplinks", "nic"),
    ]  # fmt: skip
    for section, field in keys:
        yield from _twice([(section, i, r[field]) for i, r in enumerate(raw[section])], lines)
    machines = [
        (s, i, r["name"]) for s in ("nodes", "helpers", "guests") for i, r in enumerate(raw[s])
    ]
    yield from _twice(machines, lines)
    yield from _twice(
        [(s, i, r["host"]) for s in ("nodes", "helpers") for i, r in enumerate(raw[s])], lines
    )


def _twice(values: list[tuple[str, int, object]], lines: _Lines) -> Iterator[Problem]:
    first: dict[object, int] = {}
    for section, index, value in values:
        line = lines.of(section, index)
        if value in first:
            yield Problem(
                line, f"{section}: {value!r} is given twice, first in line {first[value]}"
            )
        first.setdefault(value, line)


def _networks(raw: Mapping[str, Any], lines: _Lines) -> Iterator[Problem]:
    prefixes = {}
    for index, each in enumerate(raw["networks"]):
        line = lines.of("networks", index)
        try:
            prefix = prefixes[each["id"]] = IPv4Network(each["cidr"])
        except ValueError as error:
            yield Problem(line, f"networks: {error}")
            continue
        if prefix.network_address.packed[2] != each["id"]:
            yield Problem(line, f"networks: the third octet of {prefix} is not {each['id']}")
        if each["tag"] not in ("native", each["id"]):
            yield Problem(line, f"networks: the tag is `native` or {each['id']}")
        if each.get("gw") and not _within(each["gw"], prefix):
            yield Problem(line, f"networks: the gateway {each['gw']} is not in {prefix}")
    yield from _ranges(raw, lines, prefixes)


def _ranges(
    raw: Mapping[str, Any], lines: _Lines, prefixes: Mapping[int, IPv4Network]
) -> Iterator[Problem]:
    """Yield addresses of DHCP and of the time before VLAN 20 that are in no network."""
    for index, each in enumerate(raw["dhcp"]):
        line = lines.of("dhcp", index)
        for end in ("first", "last"):
            if each["net"] not in prefixes or not _within(each[end], prefixes[each["net"]]):
                yield Problem(line, f"dhcp: {each[end]} is not in network {each['net']}")
    for index, each in enumerate(raw["temporary"]):
        if not any(_within(each["addr"], prefix) for prefix in prefixes.values()):
            yield Problem(
                lines.of("temporary", index), f"temporary: {each['addr']} is in no network"
            )


def _within(address: str, prefix: IPv4Network) -> bool:
    try:
        return IPv4Address(address) in prefix
    except ValueError:
        return False


def _references(raw: Mapping[str, Any], lines: _Lines) -> Iterator[Problem]:
    """Yield names and numbers that no record has."""
    networks = {each["id"] for each in raw["networks"]}
    nodes = {each["name"] for each in raw["nodes"]}
    known = {
        ("uplinks", "carries"): networks,
        ("guests", "net"): networks,
        ("guests", "node"): nodes,
        ("guests", "replicate_to"): nodes,
        ("guests", "storage"): {each["id"] for each in raw["storages"]},
        ("guests", "kind"): {"qemu", "lxc"},
        ("storages", "nodes"): nodes,
        ("temporary", "vmid"): {each["vmid"] for each in raw["guests"]},
    }
    for (section, field), allowed in known.items():
        for index, record in enumerate(raw[section]):
            value = record.get(field)
            for each in value if isinstance(value, list) else [value]:
                if each is not None and each not in allowed:
                    yield Problem(
                        lines.of(section, index), f"{section}: {field}: there is no {each!r}"
                    )
    for helper in raw["helpers"]:
        if "nics" not in raw["helper_hw"].get(helper["name"], {}):
            yield Problem(lines.of("helper_hw"), f"helper_hw: {helper['name']} has no nics")


def _resources(raw: Mapping[str, Any], lines: _Lines) -> Iterator[Problem]:
    kinds = {"vm": "qemu", "ct": "lxc"}
    guests = {(each["kind"], each["vmid"]) for each in raw["guests"]}
    nodes = {each["name"] for each in raw["nodes"]}
    for index, rule in enumerate(raw["ha_rules"]):
        line = lines.of("ha_rules", index)
        for resource in rule["resources"]:
            match = re.fullmatch(r"(vm|ct):(\d+)", resource)
            if not match or (kinds[match[1]], int(match[2])) not in guests:
                yield Problem(line, f"ha_rules: there is no guest {resource!r}")
        for node in rule.get("nodes", ()):
            if node.partition(":")[0] not in nodes:
                yield Problem(line, f"ha_rules: there is no node {node!r}")
