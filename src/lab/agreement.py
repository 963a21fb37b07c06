"""Text against the lab: addresses, names and numbers that ``lab.yaml`` does not have.

Each check is a generator over one line of text, of any format; nothing here
knows Markdown or Sphinx.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .data import Lab

#: Addresses outside the lab that a text may name.
ELSEWHERE = [
    IPv4Network(each)
    for each in (
        "192.0.2.0/24",  # documentation, RFC 5737
        "198.51.100.0/24",
        "203.0.113.0/24",
        "127.0.0.0/8",  # loopback
        "0.0.0.0/32",  # any address
        "255.0.0.0/8",  # netmasks
        "224.0.0.0/4",  # multicast
        "169.254.0.0/16",  # link-local
    )
]

#: VLAN tags that are not of the lab: the default PVID of a bridge, and the ends of the range.
OTHER_TAGS = {1, 2, 4094, 4095}

_ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?:/(\d{1,2})(?!\d))?(?![\w]|\.\d)")
_MAC = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![\w:])")
_HOSTS = re.compile(r"\s*(\d+(?:\.\d+){3})\s+([A-Za-z][\w.-]*)")
_TAGS = [
    re.compile(pattern)
    for pattern in (
        r"\bVLAN\s?(\d+)(?!\d|[-–〜~])",
        r"\btag=(\d+)\b",
        r"--tag[ =](\d+)\b",
        r"\b(?:nic\d+|vmbr\d+|bond\d+|lan0|sto0|eth0)\.(\d+)\b",
        r"\bvlan-id\s+(\d+)\b",
    )
]
_VIDS = re.compile(r"\bbridge-vids\s+([\d\s]+)(?![-\d])")
_GUESTS = [
    # what is written, and the kind of guest it means where it means one
    (re.compile(r"\b(vm|ct):(\d{3,})\b"), {"vm": "qemu", "ct": "lxc"}),
    (re.compile(r"\bvzdump-(qemu|lxc)-(\d+)\b"), {"qemu": "qemu", "lxc": "lxc"}),
    (re.compile(r"(?<![\w-])(vm|base|subvol|basevol)-(\d{3,})-(?:disk|cloudinit|state)\b"), {}),
    (re.compile(r"(?<![\w.-])()(\d{3,})\.(?:conf|fw)\b"), {}),
    (re.compile(r"\b(VM|CT) (\d{3,9})\b(?!\s?台|[.,]\d)"), {}),
]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that ``lab.yaml`` does not have.

    Attributes:
        kind: address, hostname, vmid, vlan, storage or machine.
        token: what is written.
        message: what is wrong with it.
    """

    kind: str
    token: str
    message: str


def check_line(text: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield what a line of text says of the lab that is not so.

    Bad: ``10.10.20.9``, ``pve4.lab.example``, ``vm:110``, ``tag=22``, ``nas1-iso``.
    Good: ``10.10.20.101``, ``192.0.2.7``, ``pve1``, ``VLAN 20``.
    """
    for found in _all(text, lab):
        if found.token not in lab.foreign:
            yield found


def _all(text: str, lab: Lab) -> Iterator[Disagreement]:
    yield from addresses(text, lab)
    yield from tags(text, lab)
    yield from guests(text, lab)
    yield from named(text, lab)


def addresses(text: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield IPv4 and MAC addresses that nothing in the lab has."""
    for match in _ADDRESS.finditer(text):
        written, length = match[1], match[2]
        try:
            address = IPv4Address(written)
        except AddressValueError:
            yield Disagreement("address", written, f"{written} is no IPv4 address")
            continue
        if any(address in network for network in ELSEWHERE):
            continue
        if message := _unfit(address, int(length) if length else None, lab):
            yield Disagreement("address", written, message)
    for match in _MAC.finditer(text):
        written = match[0].lower()
        if written.startswith(f"{lab.raw['macs']['prefix']}:") and written not in lab.macs:
            yield Disagreement(
                "address", match[0], f"{match[0]} is the MAC address of no machine of the lab"
            )
    if hosts := _HOSTS.match(text):
        yield from _paired(hosts[1], hosts[2], lab)


def _unfit(address: IPv4Address, length: int | None, lab: Lab) -> str | None:
    """Return what is wrong with an address and its prefix length, None if nothing is."""
    inside = next((n.prefix for n in lab.networks.values() if address in n.prefix), None)
    if length is not None and _is_network(address, length):
        return _unfit_network(IPv4Network((address, length)), inside, lab)
    if inside is None:
        return f"{address} is not in the lab; outside it write an address of 192.0.2.0/24"
    if length is not None and length not in {inside.prefixlen, inside.max_prefixlen}:
        return f"{address} has the prefix length {inside.prefixlen} in the lab, not {length}"
    ends = {inside.network_address, inside.broadcast_address}
    if address in ends or address in lab.addresses or lab.leases(address):
        return None
    return f"no machine of the lab has {address}"


def _is_network(address: IPv4Address, length: int) -> bool:
    rest = address.max_prefixlen - length
    return rest > 0 and int(address) % (1 << rest) == 0


def _unfit_network(whole: IPv4Network, inside: IPv4Network | None, lab: Lab) -> str | None:
    """Return what is wrong with a network; *inside* is the one of the lab that it begins in."""
    if inside is not None:
        fits = whole == inside or whole.supernet_of(inside)
        return None if fits else f"the network is {inside}, not {whole}"
    if any(whole.supernet_of(each.prefix) for each in lab.networks.values()):
        return None
    return f"the lab has no network {whole}" if _of_lab(whole.network_address, lab) else None


def _of_lab(address: IPv4Address, lab: Lab) -> bool:
    """Say whether the address has the first two octets of the lab's networks."""
    return any(
        address.packed[:2] == n.prefix.network_address.packed[:2] for n in lab.networks.values()
    )


def _paired(address: str, name: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield a line of a hosts file that gives a machine the address of another."""
    machine = name.partition(".")[0]
    if machine not in lab.machines:
        return
    try:
        owner = lab.addresses.get(IPv4Address(address))
    except AddressValueError:
        return
    if owner is not None and owner != machine:
        yield Disagreement("address", address, f"{address} is {owner}, not {machine}")


def tags(text: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield VLAN tags that no network has."""
    written = [int(match[1]) for pattern in _TAGS for match in pattern.finditer(text)]
    if match := _VIDS.search(text):
        written += [int(each) for each in match[1].split()]
    for tag in written:
        if tag not in lab.tags and tag not in OTHER_TAGS:
            known = ", ".join(map(str, lab.tags))
            yield Disagreement("vlan", str(tag), f"the lab has no VLAN {tag}; it has {known}")


def guests(text: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield VMIDs that no guest has, and those of guests of the other kind."""
    for pattern, kinds in _GUESTS:
        for match in pattern.finditer(text):
            yield from vmid(int(match[2]), kinds.get(match[1]), match[0], lab)


def vmid(number: int, kind: str | None, written: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield what is wrong with the VMID *number*, written as *written*.

    Args:
        number: the VMID.
        kind: ``qemu`` or ``lxc`` where the text says so.
        written: what stands in the text.
        lab: the lab.
    """
    guest = lab.guests.get(number)
    if guest is None:
        if number not in lab.outer_vmids:
            yield Disagreement("vmid", written, f"the lab has no guest {number}")
    elif kind is not None and kind != guest.kind:
        is_a = "virtual machine" if guest.kind == "qemu" else "container"
        yield Disagreement("vmid", written, f"{number} is a {is_a}")


def named(text: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield names that look like those of the lab and are not among them."""
    for match in _host_names(lab.domain).finditer(text):
        if match[1] not in lab.machines and not match[1].endswith("N"):
            yield Disagreement("hostname", match[0], f"the lab has no machine {match[0]}")
    for match in _machine_names(tuple(lab.machines)).finditer(text):
        name = match[0]
        host_name = text.startswith(f".{lab.domain}", match.end())
        if name not in lab.machines and not host_name:
            known = ", ".join(each for each in lab.machines if each[:2] == name[:2])
            yield Disagreement("machine", name, f"the lab has no machine {name}; it has {known}")
    for match in _storage_names(tuple(lab.storages)).finditer(text):
        if match[0] not in lab.storages and match[0] not in lab.machines:
            yield from storage(match[0], lab)


def storage(name: str, lab: Lab) -> Iterator[Disagreement]:
    """Yield *name* if it is not the ID of a storage of the lab."""
    if name not in lab.storages and name not in lab.foreign:
        known = ", ".join(lab.storages)
        yield Disagreement("storage", name, f"the lab has no storage {name}; it has {known}")


@cache
def _host_names(domain: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])([A-Za-z0-9][\w-]*)\.{re.escape(domain)}\b")


@cache
def _machine_names(machines: tuple[str, ...]) -> re.Pattern[str]:
    """Match names made like those of the machines: a stem and a number."""
    stems = {match[1] for name in machines if (match := re.fullmatch(r"([a-z]+)\d+", name))}
    return re.compile(rf"(?<![\w./=@:+-])(?:{'|'.join(sorted(stems))})\d+(?![\w=-])")


@cache
def _storage_names(storages: tuple[str, ...]) -> re.Pattern[str]:
    """Match names that begin like those of the storages (``nas1-``, ``tank-``).

    ``local-`` begins too many other names; where a storage is meant, the
    table of the commands tells.
    """
    stems = {name.partition("-")[0] for name in storages if "-" in name} - {"local", "ceph"}
    return re.compile(
        rf"(?<![\w./-])(?:{'|'.join(sorted(stems))})-(?!sd[a-z]\b)[a-z]+\b(?!-|\.\w)"
    )
