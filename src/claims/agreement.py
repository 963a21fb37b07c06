"""The text against the lab: lines, and what the calls of commands say."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from lab import agreement

from . import commands, shell
from .findings import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lab import Lab
    from lab.agreement import Disagreement

    from .commands import Mention
    from .shell import Call
    from .tables import Tables

#: What the VMIDs of a program are.
KINDS = {"qm": "qemu", "qmrestore": "qemu", "pct": "lxc"}

_ELSEWHERE = {"remote-migrate"}
"""Commands that name guests of another cluster."""


def check_lines(lines: Iterable[tuple[int, str]], lab: Lab) -> Iterator[Trouble]:
    """Yield where numbered lines of text disagree with the lab."""
    for number, text in lines:
        for found in agreement.check_line(text, lab):
            yield Trouble(number, found.kind, found.message, text)


def check_calls(text: str, first_line: int, tables: Tables, lab: Lab) -> Iterator[Trouble]:
    """Yield where the commands in shell text disagree with the lab."""
    for call in shell.calls(text, first_line, tables.programs)[0]:
        if call.words and call.words[0].text in _ELSEWHERE:
            continue
        mentions = commands.mentions(call, tables)
        for mention in mentions:
            for found in _disagreement(mention, call, lab):
                if found.token not in lab.foreign:
                    yield Trouble(mention.line, found.kind, found.message, str(call))
        yield from _paired(call, mentions, lab)


def _disagreement(mention: Mention, call: Call, lab: Lab) -> Iterator[Disagreement]:
    if mention.role == "vmid":
        yield from agreement.vmid(int(mention.text), KINDS.get(call.program), mention.text, lab)
    elif mention.role == "storage":
        # `--target-storage 1` keeps every volume where it is; a list maps old to new.
        for each in mention.text.split(","):
            if not each.isdigit():
                yield from agreement.storage(each.rpartition(":")[2], lab)
    elif mention.role == "node" and mention.text not in lab.nodes and "." not in mention.text:
        known = ", ".join(lab.nodes)
        yield agreement.Disagreement(
            "machine", mention.text, f"the lab has no node {mention.text}; it has {known}"
        )


def _paired(call: Call, mentions: list[Mention], lab: Lab) -> Iterator[Trouble]:
    """Yield an address that is given to the wrong guest."""
    if call.program not in KINDS:
        return
    guest = next((lab.guests.get(int(m.text)) for m in mentions if m.role == "vmid"), None)
    for mention in mentions:
        if guest is None or mention.role != "address":
            continue
        try:
            owner = lab.addresses.get(IPv4Address(mention.text))
        except ValueError:
            continue
        if owner is not None and owner != guest.name:
            message = f"{mention.text} is {owner}, not {guest.name} ({guest.vmid})"
            yield Trouble(mention.line, "address", message, str(call))
