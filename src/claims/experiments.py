"""What the tests run for the book: the one table of it.

``docs/verification.md`` is written from it, the preface says the same, and
``tests/test_verification.py`` holds both against the tests: a test that reads
the lab's files and is not named here fails it, as does one that is named and gone.
"""

from __future__ import annotations

import platform
import re
import shutil
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from lab.tools import run


@dataclass(frozen=True)
class Experiment:
    """A test that runs something.

    Attributes:
        test: the file under ``tests``.
        documents: the documents whose claims it is about, without folder and suffix.
        files: the files of the lab that it runs or reads (machine and path, ``*`` for any).
        programs: the programs that it needs, with the arguments that tell their version.
        shows: what it shows, in a few words.
        told: the words by which the preface tells readers of it.
    """

    test: str
    documents: tuple[str, ...]
    files: tuple[str, ...]
    programs: tuple[str, ...]
    shows: str
    told: str

    def reads(self, name: str) -> bool:
        """Say whether it runs or reads the file *name* of the lab."""
        return any(fnmatch(name, pattern) for pattern in self.files)

    @property
    def versions(self) -> str:
        """Its programs with their versions here; one that is missing was not run."""
        return ", ".join(_version(each) for each in self.programs)


EXPERIMENTS = [
    Experiment(
        "test_vlan.py",
        ("ch00-lab", "ch07-network"),
        (
            "gw1/etc/network/interfaces",
            "gw1/etc/nftables.conf",
            "pve[123]/etc/network/interfaces.l6",
        ),
        ("qemu-system-x86_64 --version", "ifquery --version", "nft --version"),
        "three nodes, gw1 and guests in a virtual machine: VLANs 20 and 21, the wrong gateway",
        "VLAN を含むラボの網",
    ),
    Experiment(
        "test_quorum.py",
        ("ch09-cluster",),
        ("pve1/etc/corosync/corosync.conf",),
        ("corosync -v", "corosync-qnetd -v", "nft --version"),
        "1 to 5 nodes; links cut; splits; a QDevice (without TLS); rules of the firewall",
        "クォーラムの数",
    ),
    Experiment(
        "test_net_guard.py",
        ("ch07-network",),
        ("pve1/usr/local/sbin/net-guard",),
        ("bash --version",),
        "the way back, with stand-ins for systemd and ifupdown2",
        "`net-guard`",
    ),
    Experiment(
        "test_template_script.py",
        ("ch04-virtual-machines",),
        ("pve1/root/make-template.sh",),
        ("bash --version",),
        "the template is made once, with stand-ins for the node's commands",
        "`make-template.sh`",
    ),
    Experiment(
        "test_boot.py",
        ("ch04-virtual-machines",),
        (
            "pve1/etc/pve/qemu-server/101.conf",
            "pve1/var/lib/vz/snippets/user-data.yaml",
            "pve1/var/lib/vz/snippets/vendor-data.yaml",
        ),
        ("qemu-system-x86_64 --version", "cloud-init --version", "genisoimage --version"),
        "web1's first boot from a drive as Proxmox VE makes it: name, user, key, network, agent; "
        "web2's user data by the guest's schema only",
        "web1 の初回の起動",
    ),
    Experiment(
        "test_retention.py",
        ("ch12-backup",),
        ("pve1/etc/pve/storage.cfg",),
        (),
        "the numbers and the calendar, computed by the documented rule",
        "保持する世代",
    ),
    Experiment(
        "test_daily_check.py",
        ("ch14-operations",),
        ("pve1/usr/local/sbin/daily-check",),
        (),
        "what is right and fourteen things that are wrong, with stand-ins for the node's commands",
        "`daily-check`",
    ),
    Experiment(
        "test_automation.py",
        ("ch13-automation",),
        (
            "pve1/root/roles.sh",
            "workstation/automation/guests.py",
            "workstation/automation/snapshot_guests.py",
            "workstation/automation/curl-version.sh",
            "workstation/automation/ansible/site.yml",
            "workstation/automation/ansible/inventory.yml",
        ),
        ("fakepve --version", "curl --version", "ansible-lint --offline --version"),
        "programs against a fake API with right and wrong tokens, authorities and tasks; "
        "`roles.sh` twice, with a stand-in for `pveum`; the playbook is linted, not run",
        "模擬の API",
    ),
]


def of_file(name: str) -> list[Experiment]:
    """Return what runs or reads the file *name* of the lab."""
    return [each for each in EXPERIMENTS if each.reads(name)]


def of_document(name: str) -> list[Experiment]:
    """Return what is about the document *name*, such as ``part3/ch09-cluster.md``."""
    stem = name.rpartition("/")[2].removesuffix(".md")
    return [each for each in EXPERIMENTS if stem in each.documents]


def debian() -> str:
    """Return which Debian this is; the machines that tests start are made of the same."""
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return "?"
    return told.get("PRETTY_NAME", "?")


def _version(command: str) -> str:
    program, *arguments = command.split()
    # Programs in Python lie beside the interpreter, which need not be on PATH.
    beside = Path(sys.executable).parent
    found_at = shutil.which(program) or shutil.which(program, path=beside)
    if found_at is None:
        return f"{program} (NOT RUN here: not installed)"
    done = run(found_at, *arguments)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return f"{program} {found[0] if found else '?'}"
