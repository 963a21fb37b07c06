"""Configuration files of Proxmox VE, whole or in excerpts, against the tables.

Three shapes: ``key: value`` (a guest, the data centre), sections with indented
keys (storages, rules, jobs), and the files of the firewall.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import values
from .findings import Trouble
from .outputs import OPEN
from .tables import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .tables import Spec, Tables

    Lines = Sequence[tuple[int, str]]

#: Keys that Proxmox VE writes into the configuration of a guest, which no command sets.
WRITTEN = {
    "digest", "lock", "meta", "parent", "pending", "runningcpu", "runningmachine",
    "running-nets-host-mtu", "snapstate", "snaptime", "template", "vmgenid", "vmstate",
}  # fmt: skip

_KINDS = [
    # where the file lies, or how its caption ends, and what it is
    (r"storage\.cfg", "storage"),
    (r"qemu-server/(?:\d+|<[^>]+>)\.conf", "qm.conf"),
    (r"lxc/(?:\d+|<[^>]+>)\.conf", "pct.conf"),
    (r"datacenter\.cfg", "datacenter.cfg"),
    (r"vzdump\.conf", "vzdump.conf"),
    (r"ha/rules\.cfg", "ha-rules"),
    (r"ha/resources\.cfg", "ha-resources"),
    (r"(?:/etc/pve/|^)jobs\.cfg", "jobs"),
    (r"(?:/etc/pve/|^)replication\.cfg", "replication"),
    (r"firewall/cluster\.fw", "firewall.cluster"),
    (r"host\.fw", "firewall.host"),
    (r"firewall/(?:\d+|<[^>]+>)\.fw", "firewall.vm"),
]

_FIREWALL_SECTIONS = {
    "firewall.cluster": r"OPTIONS|RULES|ALIASES|IPSET [\w-]+|group [\w-]+",
    "firewall.host": r"OPTIONS|RULES",
    "firewall.vm": r"OPTIONS|RULES|ALIASES|IPSET [\w-]+",
}


def kind_of(path: str) -> str | None:
    """Return what the file is that *path* (or a caption that names one) speaks of."""
    for pattern, kind in _KINDS:
        if re.search(rf"(?<![\w.-]){pattern}(?![\w.])", path):
            return kind
    return None


def check(kind: str, lines: Lines, tables: Tables) -> Iterator[Trouble]:
    """Yield what is wrong with the lines of a file of *kind*.

    Bad: ``memroy: 2048`` in a guest, ``exprot /srv`` in a storage, a storage
    of type nfs without ``server``.  Lines with ``…`` stand for what is left out.
    """
    if kind in {"qm.conf", "pct.conf", "datacenter.cfg", "vzdump.conf"}:
        yield from _flat(kind, lines, tables)
    elif kind.startswith("firewall."):
        yield from _firewall(kind, lines, tables)
    else:
        yield from _sections(lines, _SECTIONED[kind], tables)


def _flat(kind: str, lines: Lines, tables: Tables) -> Iterator[Trouble]:
    specs = tables.files[kind]
    guest = kind in {"qm.conf", "pct.conf"}
    seen: set[str] = set()
    for number, text in _meant(lines):
        if _left_out(text):
            continue
        if guest and re.fullmatch(r"\[[\w<>-]+\]", text.strip()):
            seen = set()  # a snapshot begins
            continue
        match = re.fullmatch(r"(?P<key>[\w.<>-]+):\s*(?P<value>.*?)\s*", text)
        if match is None:
            yield Trouble(number, "syntax", f"{text.strip()!r} is no `key: value`", text)
            continue
        key, value = match["key"], match["value"]
        if guest and (key in WRITTEN or (kind == "pct.conf" and key.startswith("lxc."))):
            continue
        if key in seen:
            yield Trouble(number, "key", f"{kind}: the key {key!r} is given twice", text)
        seen.add(key)
        for problem, message in _value(key, value, lookup(key, specs)):
            yield Trouble(number, problem, f"{kind}: {message}", text)


def _value(key: str, value: str, spec: Spec | None) -> Iterator[tuple[str, str]]:
    """Yield the kind of what is wrong with a key and its value, and the message."""
    if values.is_placeholder(key):
        return
    if spec is None:
        yield "key", f"there is no key {key!r}"
        return
    if spec.deprecated:
        yield "deprecated", f"{key}: {spec.deprecated}"
    for problem in values.problems(value, spec):
        yield "value", f"{key}: {problem}"


def _meant(lines: Lines) -> Iterator[tuple[int, str]]:
    """Yield the lines that are neither blank nor a comment."""
    for number, text in lines:
        if text.strip() and not text.startswith("#"):
            yield number, text


def _left_out(text: str) -> bool:
    """Say whether a line only says that something is left out."""
    return (
        bool(re.fullmatch(r"[\s#（(]*(?:…|\.\.\.).*|.*(?:…|\.\.\.)[\s）)]*", text))
        and ":" not in text
    )


@dataclass(frozen=True, slots=True)
class Schema:
    """What a section may hold.

    Attributes:
        keys: by name.
        required: those without which it is refused.
        contents: what a storage of the type can hold; empty for no storage.
        refused: why there is no such type, empty if there is.
    """

    keys: Mapping[str, Spec] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    refused: str = ""


@dataclass(slots=True)
class _Section:
    """One section: the line of its head, its schema, and the keys seen in it."""

    number: int
    head: str
    schema: Schema
    seen: set[str] = field(default_factory=set)

    def add(self, number: int, text: str) -> Iterator[Trouble]:
        """Yield what is wrong with one indented line."""
        key, _, value = text.strip().partition(" ")
        title = f"{self.head}:" if not self.head.endswith(":") else self.head
        if key in self.seen:
            yield Trouble(number, "key", f"{title} the key {key!r} is given twice", text)
        self.seen.add(key)
        if self.schema.refused:
            return
        spec = lookup(key, self.schema.keys)
        # A boolean without a value is true.
        value = value.strip() or ("1" if spec and spec.kind == "boolean" else "")
        for kind, message in _value(key, value, spec):
            yield Trouble(number, kind, f"{title} {message}", text)
        if key == "content" and self.schema.contents:
            for each in re.split(r"[,\s]+", value):
                if each not in {*self.schema.contents, "none"} and not OPEN.search(each):
                    known = ", ".join(self.schema.contents)
                    message = f"{title} content: {each!r} cannot be held; {known} can"
                    yield Trouble(number, "value", message, text)

    def close(self) -> Iterator[Trouble]:
        """Yield the keys that are missing, unless some are left out."""
        for key in self.schema.required:
            if key not in self.seen and "…" not in self.seen:
                yield Trouble(self.number, "missing", f"{self.head}: {key} is missing", self.head)


def _sections(
    lines: Lines, schema_of: Callable[[str, Tables], Schema], tables: Tables
) -> Iterator[Trouble]:
    """Yield what is wrong in sections: ``type: id`` and indented ``key value``."""
    sections: dict[str, _Section] = {}
    section: _Section | None = None
    for number, text in _meant(lines):
        head = re.fullmatch(r"(?P<type>[\w-]+):\s*(?P<name>\S+)\s*", text)
        if head:
            schema = schema_of(head["type"], tables)
            if schema.refused:
                yield Trouble(number, "key", schema.refused, text)
            if text.strip() in sections:
                yield Trouble(number, "key", f"{text.strip()!r} is given twice", text)
            section = sections[text.strip()] = _Section(number, text.strip(), schema)
        elif _left_out(text):
            if section:
                section.seen.add("…")
        elif not text.startswith((" ", "\t")):
            yield Trouble(number, "syntax", f"{text!r}: indent keys, and write `type: id`", text)
        elif section:
            yield from section.add(number, text)
    for each in sections.values():
        yield from each.close()


def _storage(kind: str, tables: Tables) -> Schema:
    if kind not in tables.storages:
        known = ", ".join(tables.storages)
        return Schema(refused=f"there is no storage of type {kind!r}; there are {known}")
    return Schema(*tables.storages[kind])


def _rule(kind: str, tables: Tables) -> Schema:
    own = tables.files.get(f"ha-rules.{kind}")
    if own is None:
        known = "node-affinity and resource-affinity"
        return Schema(refused=f"there is no rule of type {kind!r}; there are {known}")
    required = ("resources", "nodes" if kind == "node-affinity" else "affinity")
    return Schema({**tables.files["ha-rules.common"], **own}, required)


def _resource(kind: str, tables: Tables) -> Schema:
    if kind not in {"vm", "ct"}:
        return Schema(refused=f"there is no resource of type {kind!r}; there are vm and ct")
    return Schema(tables.files["ha-resources"])


def _job(kind: str, tables: Tables) -> Schema:
    if kind != "vzdump":
        return Schema(refused=f"there is no job of type {kind!r} in the tables; there is vzdump")
    return Schema(tables.methods("/cluster/backup")["POST"], ("schedule",))


def _replication(kind: str, tables: Tables) -> Schema:
    if kind != "local":
        return Schema(refused=f"there is no replication of type {kind!r}; there is local")
    parameters = tables.methods("/cluster/replication")["POST"]
    return Schema(parameters, ("target",))


_SECTIONED: dict[str, Callable[[str, Tables], Schema]] = {
    "storage": _storage,
    "ha-rules": _rule,
    "ha-resources": _resource,
    "jobs": _job,
    "replication": _replication,
}


def _firewall(kind: str, lines: Lines, tables: Tables) -> Iterator[Trouble]:
    """Yield unknown sections and options; rules themselves are not read."""
    section = ""
    for number, text in lines:
        line = text.partition("#")[0].strip()
        if not line or _left_out(text):
            continue
        if match := re.fullmatch(r"\[(.+)\]", line):
            section = match[1]
            if not re.fullmatch(_FIREWALL_SECTIONS[kind], section, re.IGNORECASE):
                yield Trouble(number, "key", f"{kind}: there is no section [{section}]", text)
        elif section.upper() == "OPTIONS":
            key, colon, value = line.partition(":")
            if not colon:
                yield Trouble(number, "syntax", f"{line!r} is no `key: value`", text)
            else:
                spec = lookup(key.strip(), tables.files[kind])
                for problem, message in _value(key.strip(), value.strip(), spec):
                    yield Trouble(number, problem, f"{kind}: {message}", text)
