"""Corosync clusters of real daemons: a network namespace for each node, bridges between them.

Nothing outside is touched: the bridges lie in a namespace of their own too.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NEEDED = ("corosync", "ip", "nsenter", "unshare")
"""Programs; and the tests must be root."""

PATIENCE = 60.0
"""Seconds until something that is waited for counts as not happening."""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def wait(until: Callable[[], bool], what: str) -> float:
    """Wait and return how long it took, in seconds."""
    begun = time.monotonic()
    while not until():
        assert time.monotonic() - begun < PATIENCE, f"not within {PATIENCE:g} s: {what}"
        time.sleep(0.2)
    return time.monotonic() - begun


class Machine:
    """A network namespace with one interface per link, and daemons in it.

    ``/run``, ``/var/lib/corosync`` and ``/etc/corosync`` are its own.
    """

    def __init__(self, lab: Lab, name: str, addresses: dict[int, str]) -> None:
        self.lab = lab
        self.name = name
        self.namespace = f"{lab.prefix}-{name}"
        self.folder = lab.folder / name
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        for part in ("run", "lib", "etc"):
            (self.folder / part).mkdir(parents=True)
        run("ip", "netns", "add", self.namespace)
        self.ip("link", "set", "lo", "up")
        for link, address in addresses.items():
            port = self.port(link)
            peer = ["peer", "name", f"link{link}", "netns", self.namespace]
            lab.ip("link", "add", port, "type", "veth", *peer)
            lab.ip("link", "set", port, "master", f"bridge{link}", "up")
            self.ip("address", "add", f"{address}/24", "dev", f"link{link}")
            self.ip("link", "set", f"link{link}", "up")

    def port(self, link: int) -> str:
        """The name of the switch's end of a link."""
        return f"{self.name}l{link}"

    def ip(self, *arguments: str) -> str:
        return run("ip", "-n", self.namespace, *arguments)

    def start(self, *command: str) -> None:
        """Start a daemon that stays in the foreground."""
        places = {"run": "/run", "lib": "/var/lib/corosync", "etc": "/etc/corosync"}
        binds = "; ".join(
            f"mount --bind {self.folder / part} {place}" for part, place in places.items()
        )
        script = (
            f"mount --make-rprivate /; mkdir -p /etc/corosync; {binds}; exec {' '.join(command)}"
        )
        inside = ["ip", "netns", "exec", self.namespace, "unshare", "--mount", "sh", "-c", script]
        log = (self.folder / f"{command[0]}.log").open("ab")
        self.daemons[command[0]] = subprocess.Popen(inside, stdout=log, stderr=log)
        log.close()

    def stop(self, program: str) -> None:
        """End a daemon as a power cut does."""
        daemon = self.daemons.pop(program)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()

    def tell(self, *command: str) -> str:
        """What a command prints on this machine; empty if the daemon does not answer yet."""
        pid = str(next(iter(self.daemons.values())).pid)
        inside = ["nsenter", "--target", pid, "--net", "--mount", *command]
        return subprocess.run(inside, capture_output=True, text=True, check=False).stdout

    def quorum(self) -> dict[str, str]:
        """What ``corosync-quorumtool -siH`` says, by label (``Quorate``, ``Total votes`` …)."""
        told = self.tell("corosync-quorumtool", "-siH")
        return dict(re.findall(r"^([A-Z][\w ]+):[ \t]+(.*?)[ \t]*$", told, re.MULTILINE))

    def connected(self, link: int) -> set[int]:
        """The numbers of the nodes that a link reaches."""
        told = self.tell("corosync-cfgtool", "-s").split("LINK ID ")
        for part in told[1:]:
            if part.startswith(f"{link} "):
                return {int(each) for each in re.findall(r"nodeid:\s*(\d+):\s*connected", part)}
        return set()

    def remove(self) -> None:
        for program in list(self.daemons):
            self.stop(program)
        with contextlib.suppress(AssertionError):
            run("ip", "netns", "delete", self.namespace)


class Lab:
    """A switch with one bridge per link, and the machines on it."""

    def __init__(self, folder: Path, links: int) -> None:
        self.folder = folder
        # Names of namespaces are those of the whole computer; interfaces have 15 characters.
        self.prefix = f"book{os.getpid()}-{secrets.token_hex(2)}"
        self.switch = f"{self.prefix}-switch"
        self.machines: list[Machine] = []
        run("ip", "netns", "add", self.switch)
        for link in range(links):
            self.ip("link", "add", f"bridge{link}", "type", "bridge")
            self.ip("link", "set", f"bridge{link}", "up")

    def ip(self, *arguments: str) -> str:
        return run("ip", "-n", self.switch, *arguments)

    def add(self, name: str, addresses: dict[int, str]) -> Machine:
        """Add a machine with an address on each of some links."""
        machine = Machine(self, name, addresses)
        self.machines.append(machine)
        return machine

    def plug(self, machine: Machine, link: int, *, in_: bool) -> None:
        """Pull the cable of a machine's link, or put it back."""
        self.ip("link", "set", machine.port(link), "up" if in_ else "down")

    def remove(self) -> None:
        for machine in self.machines:
            machine.remove()
        with contextlib.suppress(AssertionError):
            run("ip", "netns", "delete", self.switch)


@contextlib.contextmanager
def cluster(folder: Path, conf: str) -> Iterator[tuple[Lab, list[Machine]]]:
    """Start the nodes of a corosync.conf, all their links connected, and end them.

    Args:
        folder: for the configuration, logs and sockets.
        conf: the text of corosync.conf.
    """
    found = re.findall(
        r"name:\s*(\w+)\s+nodeid:.*\s+quorum_votes:.*\s+ring0_addr:\s*(\S+)\s+ring1_addr:\s*(\S+)",
        conf,
    )
    assert found, "the file has no nodes of the form that Proxmox VE writes"
    lab = Lab(folder, links=3)
    key = secrets.token_bytes(1024)
    try:
        nodes = []
        for name, *addresses in found:
            # The third link is the storage network: no corosync, but a QDevice.
            storage = re.sub(r"\.\d+\.(\d+)$", r".30.\1", addresses[0])
            node = lab.add(name, dict(enumerate([*addresses, storage])))
            (node.folder / "etc" / "corosync.conf").write_text(conf, encoding="utf-8")
            (node.folder / "etc" / "authkey").write_bytes(key)
            node.start("corosync", "-f")
            nodes.append(node)
        yield lab, nodes
    finally:
        lab.remove()


def missing(*more: str) -> list[str]:
    """The programs that are not installed, of those always needed and of *more*."""
    return [program for program in (*NEEDED, *more) if shutil.which(program) is None]
