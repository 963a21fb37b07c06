"""What a check says: a kind, a place and a sentence.  Nothing here knows Sphinx."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Every kind of finding and what it says: the subtypes of the warning type ``claims``.
KINDS = {
    "program": "a program of the Proxmox family that the tables do not know",
    "subcommand": "a subcommand that the program does not have",
    "alias": "an alias is written instead of the command's proper name",
    "deprecated": "a command or option that is deprecated or internal",
    "option": "an option that the command does not have, or that does not apply here",
    "form": "an option that is not written in full, with two hyphens and in lower case",
    "swallowed": "a boolean option takes the next word as its value",
    "value": "a value that the option, argument or key does not accept",
    "missing": "a required argument, option or key is missing",
    "argument": "more arguments than the command takes",
    "path": "an API path, or a method of it, that does not exist",
    "syntax": "a command or file that cannot be read",
    "key": "a key that the configuration file does not have",
    "output": "expected output that does not have the format of the command",
    "origin": "expected output that does not say what it stems from",
    "lab": "lab.yaml is not sound",
    "address": "an address that nothing in the lab has",
    "hostname": "a host name that no machine of the lab has",
    "vmid": "a VMID that no guest of the lab has, or one of the other kind",
    "vlan": "a VLAN tag that no network of the lab has",
    "storage": "a storage ID that the lab does not have",
    "machine": "a machine that the lab does not have",
    "expect": "an expected finding that was not found, or that is not well formed",
    "tables": "the tables of the command line are missing",
}

#: Those that need the data of the lab, not the tables.
LAB_KINDS = {"address", "hostname", "vmid", "vlan", "storage", "machine"}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        path: the file.
        line: the line in it, counted from 1.
        kind: one of :data:`KINDS`.
        message: what is written, what is wrong with it, what to write instead.
        about: what an expectation may name to mean this finding: the call or the line.
    """

    path: Path
    line: int
    kind: str
    message: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding that does not know its file yet; see :class:`Finding`."""

    line: int
    kind: str
    message: str
    about: str = ""

    def at(self, path: Path, offset: int = 0) -> Finding:
        """Return the finding in the file *path*, *offset* lines further down."""
        return Finding(path, self.line + offset, self.kind, self.message, self.about)
