"""Is this word a value that the table admits?

A check is a generator of sentences; each function says what is wrong with one
word.  Placeholders (``<vmid>``, ``…``) stand for anything.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_interface
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .tables import Spec

TRUE_OR_FALSE = re.compile(r"1|on|yes|true|0|off|no|false", re.IGNORECASE)
"""What Proxmox VE reads as a boolean."""

PLACEHOLDER = re.compile(r"<[^<>]+>|…|\.\.\.|\$|\{[\w-]+\}|\A[A-Z][A-Z0-9_]*\Z")
"""Part of a word that stands for a value of the reader's."""

_STORAGE = re.compile(r"[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]")
_SIZE = re.compile(r"\d+(\.\d+)?[KMGT]?")
_MAC = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
# The types `qm` knows by name need no quotes; a volume is STORAGE:NAME or a path.
_VOLUME = re.compile(r"none|cdrom|cloudinit|/.+|[A-Za-z][\w.-]*:.+")


def is_placeholder(word: str) -> bool:
    """Say whether *word* holds a place for a value: ``<vmid>``, ``…``, ``VMID``."""
    return bool(PLACEHOLDER.search(word))


def problems(word: str, spec: Spec) -> Iterator[str]:
    """Yield what is wrong with *word* as a value of *spec*.

    Bad: ``abc`` for an integer, ``bridge=vmbr0,tga=20`` for a network device.
    Good: ``101``, ``virtio,bridge=vmbr0,tag=20``, ``<vmid>``.
    """
    if spec.kind == "props":
        yield from _properties(word, spec)
        return
    # ACCEPT stands for itself where the table has words in capitals.
    if is_placeholder(word) and not (word.isupper() and any(map(str.isupper, spec.values))):
        return
    check = _CHECKS.get(spec.kind)
    if check is not None:
        yield from check(word, spec)


def _boolean(word: str, _spec: Spec) -> Iterator[str]:
    if not TRUE_OR_FALSE.fullmatch(word):
        yield f"{word!r} is no boolean; write 1 or 0"


def _number(word: str, spec: Spec) -> Iterator[str]:
    try:
        number = int(word) if spec.kind == "integer" else float(word)
    except ValueError:
        yield f"{word!r} is no {spec.kind}"
        return
    if (spec.low is not None and number < spec.low) or (
        spec.high is not None and number > spec.high
    ):
        low = "" if spec.low is None else _figure(spec.low)
        high = "" if spec.high is None else _figure(spec.high)
        yield (
            f"{word} is out of range; {low} to {high}"
            if high
            else (f"{word} is out of range; {low} or more")
        )


def _figure(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _enum(word: str, spec: Spec) -> Iterator[str]:
    # A list where the table has a single word (`--content images,iso`) is told
    # by its hint; here the word must be one of the values.
    if word not in spec.values:
        yield f"{word!r} is none of {_shortened(spec.values)}"


def _shortened(values: tuple[str, ...]) -> str:
    shown = ", ".join(values[:12])
    return shown if len(values) <= 12 else f"{shown} …"  # noqa: PLR2004 - as much as one line holds


def _pattern(word: str, spec: Spec) -> Iterator[str]:
    expression = _expression(spec.pattern)
    if expression is not None and not expression.fullmatch(word):
        yield f"{word!r} does not have the form {spec.pattern}"


def _expression(pattern: str) -> re.Pattern[str] | None:
    """Return the Python expression of a Perl one or of a sketch, None if it is neither."""
    if re.match(r"<[\w-]+>", pattern):
        # <type>:<name>{,<type>:<name>}*  and  <tag>[;<tag>...]
        text = re.escape(pattern.replace("...", ""))
        text = re.sub(r"<[\w\\-]+>", r"[^\\s,;:]+", text)
        text = text.replace(r"\{", "(?:").replace(r"\}\*", ")*")
        text = text.replace(r"\[", "(?:").replace(r"\]", ")*")
    elif pattern.startswith(("(now |", "([acl];", "<integer>")):
        return None
    else:
        # Perl says (?^:…) for a group with the modifiers of its own.
        text = re.sub(r"\(\?\^i:", "(?i:", pattern.replace("(?^:", "(?:"))
        text = text.removeprefix("^").removesuffix("$")
        text = text.replace("(?:^", "(?:").replace("$)", ")")
    try:
        return re.compile(text)
    except re.error:
        return None


def _storage(word: str, _spec: Spec) -> Iterator[str]:
    if not _STORAGE.fullmatch(word):
        yield f"{word!r} is no storage ID: a letter, then letters, digits, '.', '-', '_'"


def _volume(word: str, _spec: Spec) -> Iterator[str]:
    if not _VOLUME.fullmatch(word):
        yield f"{word!r} is no volume; write STORAGE:NAME, STORAGE:SIZE or a path"


def _string(word: str, spec: Spec) -> Iterator[str]:
    hint = spec.hint
    if hint in _ADDRESSES:
        yield from _address(word, hint)
    elif hint in {"XX:XX:XX:XX:XX:XX", "macaddr", "MAC address"}:
        if not _MAC.fullmatch(word):
            yield f"{word!r} is no MAC address"
    elif hint == "DiskSize" and not _SIZE.fullmatch(word):
        yield f"{word!r} is no size; write 32G or 512M"


_ADDRESSES = {
    # hint: (version or 0 for both, with a prefix length, words that stand for none)
    "IPv4Format/CIDR": (4, True, {"dhcp"}),
    "IPv6Format/CIDR": (6, True, {"dhcp", "auto"}),
    "(IPv4/CIDR|dhcp|manual)": (4, True, {"dhcp", "manual"}),
    "(IPv6/CIDR|auto|dhcp|manual)": (6, True, {"dhcp", "auto", "manual"}),
    "GatewayIPv4": (4, False, set[str]()),
    "GatewayIPv6": (6, False, set[str]()),
}


def _address(word: str, hint: str) -> Iterator[str]:
    version, with_prefix, others = _ADDRESSES[hint]
    if word in others:
        return
    try:
        address = ip_interface(word) if with_prefix else ip_address(word)
    except ValueError:
        yield f"{word!r} is no IPv{version} address{' with prefix length' if with_prefix else ''}"
        return
    if address.version != version:
        yield f"{word!r} is an IPv{address.version} address, not IPv{version}"
    elif with_prefix and "/" not in word:
        yield f"{word!r} lacks its prefix length; write {word}/24"


def _properties(word: str, spec: Spec) -> Iterator[str]:
    """Yield what is wrong with ``key=value,key=value``.

    Bad: ``virtio,bridge=vmbr0,tga=20``.  Good: ``virtio,bridge=vmbr0,tag=20``.
    """
    seen: set[str] = set()
    for part in word.split(","):
        key, value = _pair(part, spec)
        if is_placeholder(key) or (not key and is_placeholder(part)):
            continue
        if not key:
            yield f"{part!r} is no key=value; the keys are {_keys(spec)}"
            continue
        if key not in spec.properties:
            yield f"there is no key {key!r}; the keys are {_keys(spec)}"
            continue
        if key in seen:
            yield f"the key {key!r} is given twice"
        seen.add(key)
        if spec.properties[key].deprecated:
            yield f"the key {key!r} is deprecated: {spec.properties[key].deprecated}"
        yield from (f"{key}: {each}" for each in problems(value, spec.properties[key]))
    if not is_placeholder(word):
        yield from _absent(seen, spec)


def _pair(part: str, spec: Spec) -> tuple[str, str]:
    """Return key and value of one part; the key is empty where there is none."""
    key, sign, value = part.partition("=")
    default = spec.properties.get(spec.default_key)
    if default is None:
        return (key, value) if sign else ("", part)
    if not sign:
        return spec.default_key, part
    if key not in spec.properties and f"<{spec.default_key}>" in spec.properties:
        # `virtio=02:00:00:01:01:00`: a value of the default key used as a key.
        return (spec.default_key, key) if key in default.values else (key, value)
    return key, value


def _absent(seen: set[str], spec: Spec) -> Iterator[str]:
    for key, each in spec.properties.items():
        if each.required and key not in seen:
            yield f"the key {key!r} is missing"
        if key in seen and each.needs and not seen.intersection(each.needs):
            yield f"the key {key!r} needs {' or '.join(each.needs)}"


def _keys(spec: Spec) -> str:
    return _shortened(tuple(sorted(key for key in spec.properties if not key.startswith("<"))))


_CHECKS: dict[str, Callable[[str, Spec], Iterator[str]]] = {
    "boolean": _boolean,
    "integer": _number,
    "number": _number,
    "enum": _enum,
    "pattern": _pattern,
    "storage": _storage,
    "volume": _volume,
    "string": _string,
}
