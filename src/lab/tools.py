"""The real tools on files of the lab: each check returns what the tool says against a file.

The tests run them, and ``make verification`` tells which ran in which version.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where Debian's cloud-init keeps its schema.
CLOUD_CONFIG = Path(
    "/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json"
)

ROOT = os.geteuid() == 0
IN_NAMESPACE = ["unshare", "--net"] if ROOT else ["unshare", "--map-root-user", "--net"]

#: Directives that Debian 13's tools know and those of Debian 12 do not: since which version.
NEWER = {"chronyd": {"leapseclist": (4, 6)}}


@dataclass(frozen=True)
class Tool:
    """A tool, the files it reads, and how it is asked.

    ``says`` returns what is wrong with a file, empty if nothing is.
    """

    program: str
    pattern: str
    version: tuple[str, ...]
    says: Callable[[Path], str]

    def reads(self, name: str) -> bool:
        """Say whether it reads the file *name* (machine and path)."""
        return re.search(self.pattern, f"/{name}") is not None

    @property
    def installed(self) -> str:
        """The version, empty if the tool is missing."""
        if shutil.which(self.program) is None:
            return ""
        done = run(*self.version)
        match = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
        return match[0] if match else "?"


def run(*command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program that is installed and return what it said.

    Args:
        command: program and arguments.
        text: what it reads from its standard input.
    """
    program = shutil.which(command[0]) or command[0]
    return subprocess.run(
        [program, *command[1:]], input=text, capture_output=True, text=True, check=False
    )


def ifquery(path: Path) -> str:
    """Methods and syntax by the tool; attributes, which it lets through, by its own list."""
    done = run("ifquery", "-a", "-i", str(path))
    wrong = [line for line in done.stderr.splitlines() if re.match(r"(error|warning):", line)]
    known = set(
        re.findall(r"^  ([a-z0-9-]+)$", run("ifquery", "--syntax-help").stdout, re.MULTILINE)
    )
    if not {"address", "bridge-ports"} <= known:
        return "ifquery --syntax-help does not list the attributes"
    for line in done.stdout.splitlines():
        attribute = re.match(r"\s+([\w-]+)", line)
        if attribute and attribute[1] not in known:
            wrong.append(f"{attribute[1]}: no attribute of ifupdown2")
    return "\n".join(wrong) or ("" if done.returncode == 0 else done.stderr)


def nft(path: Path) -> str:
    """Rules, read and not applied."""
    # Root of a namespace is enough to have rules checked.
    done = run(*([] if ROOT else IN_NAMESPACE), "nft", "-c", "-f", str(path))
    return "" if done.returncode == 0 else done.stderr or done.stdout


def dnsmasq(path: Path) -> str:
    """A configuration of dnsmasq."""
    done = run("dnsmasq", "--test", f"--conf-file={path}")
    return "" if done.returncode == 0 else done.stderr


def chronyd(path: Path) -> str:
    """A whole configuration, or a file of sources."""
    version = tuple(map(int, CHRONYD.installed.split(".")[:2]))
    left_out = {word for word, since in NEWER["chronyd"].items() if version < since}
    lines = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.split(" ", 1)[0] not in left_out
    ]
    done = run("chronyd", "-p", "-f", "/dev/stdin", text="\n".join(lines) + "\n")
    return "" if done.returncode == 0 else done.stderr


def cloud_init(path: Path) -> str:
    """What the tool says; and keys of the top level, which its version 22 lets through."""
    done = run("cloud-init", "schema", "--config-file", str(path))
    if done.returncode != 0:
        return done.stdout + done.stderr
    schema = json.loads(CLOUD_CONFIG.read_text(encoding="utf-8"))
    known = set(schema.get("properties", {}))
    for definition in schema["$defs"].values():
        known |= set(definition.get("properties", {}))
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    return "\n".join(f"{key}: no key of cloud-config" for key in written if key not in known)


def apt(path: Path) -> str:
    """A .sources file is read; apt says what it refuses and still returns 0."""
    done = run(
        "apt-get",
        "indextargets",
        "--no-release-info",
        "-o",
        "Dir::Etc::SourceList=/dev/null",
        "-o",
        f"Dir::Etc::SourceParts={path.parent}",
        "--format",
        "$(SOURCESENTRY)",
    )
    said = "\n".join(line for line in done.stderr.splitlines() if re.match("[EW]:", line))
    enabled = not re.search(r"^Enabled:\s*no\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    if not said and enabled != (path.name in done.stdout):
        said = f"{path.name} is {'not ' if enabled else ''}read"
    return said


def shellcheck(path: Path) -> str:
    """A script, for the shell that its first line names."""
    done = run("shellcheck", str(path))
    return done.stdout + done.stderr if done.returncode else ""


def corosync(path: Path) -> str:
    """In a network namespace that has the addresses of the first node; a key is made for it."""
    text = path.read_text(encoding="utf-8")
    key = path.parent / "authkey-of-the-test"
    addresses = re.findall(r"ring\d_addr:\s*(\S+)", text)
    links = len(set(re.findall(r"(ring\d)_addr", text)))
    try:
        key.write_bytes(bytes(range(256)) * 8)
        # The key's place is a setting; the rest of the file stays as it is.
        copy = path.parent / "corosync.conf-of-the-test"
        copy.write_text(re.sub(r"totem \{", f"totem {{\n  keyfile: {key}", text), encoding="utf-8")
        own = "; ".join(f"ip address add {each}/24 dev lo" for each in addresses[:links])
        script = f"ip link set lo up; {own}; exec corosync -t -c {copy}"
        done = run(*IN_NAMESPACE, "sh", "-c", script)
    finally:
        key.unlink(missing_ok=True)
        (path.parent / "corosync.conf-of-the-test").unlink(missing_ok=True)
    return done.stdout + done.stderr if done.returncode else ""


def libvirt(path: Path) -> str:
    """A domain or network of libvirt, against its own schemas."""
    done = run("virt-xml-validate", str(path))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def ssh(path: Path) -> str:
    """A configuration of the SSH client, evaluated for a host."""
    done = run("ssh", "-G", "-F", str(path), "pve1")
    return "" if done.returncode == 0 else done.stderr


CHRONYD = Tool(
    "chronyd", r"/etc/chrony/(chrony\.conf|.*\.sources)$", ("chronyd", "--version"), chronyd
)
TOOLS = {
    "ifupdown2": Tool(
        "ifquery", r"/etc/network/interfaces(\.\w+)?$", ("ifquery", "--version"), ifquery
    ),
    "nftables": Tool("nft", r"/nftables\.conf$", ("nft", "--version"), nft),
    "dnsmasq": Tool(
        "dnsmasq", r"/etc/dnsmasq(\.d/[^/]+)?\.conf$", ("dnsmasq", "--version"), dnsmasq
    ),
    "chrony": CHRONYD,
    "cloud-init": Tool(
        "cloud-init",
        r"/snippets/(user|vendor)-data[^/]*\.ya?ml$",
        ("cloud-init", "--version"),
        cloud_init,
    ),
    "apt": Tool(
        "apt-get", r"/etc/apt/sources\.list\.d/[^/]+\.sources$", ("apt-get", "--version"), apt
    ),
    "shellcheck": Tool(
        "shellcheck", r"(\.sh|/usr/local/s?bin/[^/]+)$", ("shellcheck", "--version"), shellcheck
    ),
    "libvirt": Tool(
        "virt-xml-validate", r"/libvirt/[^/]+\.xml$", ("virt-xml-validate", "--version"), libvirt
    ),
    "ssh": Tool("ssh", r"/ssh_config(\.d/[^/]+\.conf)?$", ("ssh", "-V"), ssh),
    "corosync": Tool("corosync", r"/corosync\.conf$", ("corosync", "-v"), corosync),
}
