"""The guests boot: chapter 4's settings reach a Debian by cloud-init, and are what it says.

The drive is made as Proxmox VE makes it.  The machine has no network but the
way in by SSH: the agent's package comes from a repository in the image.
What Debian's cloud images bring besides (growing the disk) is not tried.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from . import proxmox_seed, vm
from .conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = PROJECT / "source/lab/files/pve1"
CHAPTER = (PROJECT / "source/part1/ch04-virtual-machines.md").read_text(encoding="utf-8")
CONF = proxmox_seed.configuration(
    (FILES / "etc/pve/qemu-server/101.conf").read_text(encoding="utf-8")
)
SNIPPETS = FILES / "var/lib/vz/snippets"
VENDOR = (SNIPPETS / "vendor-data.yaml").read_text(encoding="utf-8")
USER = (SNIPPETS / "user-data.yaml").read_text(encoding="utf-8")

#: What an initial RAM disk of Debian does before it hands over: the drivers must be there
#: when cloud-init asks for its drive.
INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
modprobe -a virtio_pci virtio_scsi virtio_net virtio_console sr_mod isofs
until blkid /dev/sr0; do :; done
exec /usr/lib/systemd/systemd
"""

#: As in Debian's cloud images; and there is no disk to grow, and one key is enough.
CLOUD = """apt: {preserve_sources_list: true}
system_info: {network: {renderers: [netplan]}}
growpart: {mode: "off"}
resize_rootfs: false
locale: C.UTF-8
ssh_genkeytypes: [ed25519]
"""

#: Nothing but the repository in the image.
APT = """APT::Install-Recommends "false";
Dir::Etc::SourceParts "/dev/null";
"""

MASKED = ["networking.service", "apt-daily.timer", "apt-daily-upgrade.timer", "fstrim.timer"]

#: What cloud-init has to say against the form that Proxmox VE writes, on every guest.
KNOWN = "'user' of type string is deprecated"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"),
    reason="mmdebstrap needs root; continuous integration is root",
)


@dataclass
class Guest:
    """A machine that runs."""

    process: subprocess.Popen[bytes]
    console: Path
    key: Path
    port: int
    agent: Path

    def ssh(self, command: str, *, user: str = "ops") -> subprocess.CompletedProcess[str]:
        """Run a command in it as the chapter does: with the key, and nothing else."""
        how = ["ssh", "-F", "none", "-i", str(self.key), "-p", str(self.port)]
        for option in (
            "BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=30",
        ):  # fmt: skip
            how += ["-o", option]
        return subprocess.run(
            [*how, f"{user}@127.0.0.1", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=vm.SECONDS,
        )

    def says(self, command: str) -> str:
        done = self.ssh(command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def printed(self) -> str:
        return self.console.read_bytes().decode(errors="replace").replace("\r", "")

    def wait_for(self, pattern: str) -> None:
        """Wait until the console shows *pattern*."""
        end = time.monotonic() + vm.SECONDS
        while not re.search(pattern, self.printed()):
            assert self.process.poll() is None, self.printed()[-4000:]
            assert time.monotonic() < end, f"{pattern} does not come: {self.printed()[-4000:]}"
            time.sleep(0.5)

    def ask_the_agent(self, command: str) -> object:
        """Ask what ``qm guest cmd`` asks."""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(vm.SECONDS)
            channel.connect(str(self.agent))
            channel.sendall(json.dumps({"execute": command}).encode() + b"\n")
            with channel.makefile() as lines:
                return json.loads(lines.readline())["return"]


@contextlib.contextmanager
def guest(folder: Path, files: dict[str, str], address: str) -> Iterator[Guest]:
    """Boot a guest with a drive of *files*, reached by SSH at *address*."""
    absent = vm.missing(proxmox_seed.MAKER, "ssh", "ssh-keygen")
    assert not absent, f"missing: {absent}; see system-packages.txt"
    overlay = folder / "overlay"
    for name, text in {
        "init": INIT,
        "etc/cloud/cloud.cfg.d/90_image.cfg": CLOUD,
        "etc/apt/sources.list": f"deb [trusted=yes] file:/{vm.REPOSITORY} ./\n",
        "etc/apt/apt.conf.d/90image": APT,
        "var/cache/apt/archives/partial/.keep": "",
        "var/lib/apt/lists/partial/.keep": "",
        # Newer than /usr, so that no data of the system is made anew.
        "etc/.updated": "",
        "var/.updated": "",
    }.items():
        path = overlay / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (overlay / "init").chmod(0o755)
    (overlay / "etc/systemd/system").mkdir(parents=True)
    for unit in MASKED:
        (overlay / "etc/systemd/system" / unit).symlink_to("/dev/null")
    # Making the image takes minutes, in which another would take the port.
    vm.image()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    agent = folder / "agent"
    mac = proxmox_seed.options(CONF["net0"])["virtio"]
    drive = proxmox_seed.drive(folder, files)
    access = (
        "user,id=net0,net=10.10.10.0/24,host=10.10.10.1,dns=10.10.10.3,ipv6=off,restrict=on,"
        f"hostfwd=tcp:127.0.0.1:{port}-{address}:22"
    )
    options = (
        "-netdev", access,
        "-device", f"virtio-net-pci,netdev=net0,mac={mac}",
        "-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=drive",
        "-drive", f"if=none,id=drive,format=raw,readonly=on,file={drive}",
        "-device", "virtio-serial-pci",
        "-chardev", f"socket,id=agent,path={agent},server=on,wait=off",
        "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
    )  # fmt: skip
    with vm.started(overlay, options, memory=2048) as (process, console):
        yield Guest(process, console, folder / "key", port, agent)


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key"
    comment = ["-C", "ops@workstation"]
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", *comment, "-f", str(path)], check=True
    )
    return path


def of_web1(key: Path) -> dict[str, str]:
    """The configuration of web1 with a key that there is, for the one that is an example."""
    return CONF | {"sshkeys": quote(key.with_suffix(".pub").read_text(encoding="utf-8"), safe="")}


def complaints(log: str) -> list[str]:
    """The warnings and errors in the log of cloud-init, but the one that is known."""
    found = re.findall(r"^.*\[(?:WARNING|ERROR|CRITICAL)\].*$", log, re.MULTILINE)
    return [line for line in found if KNOWN not in line]


FINISHED = r"Cloud-init v\. \S+ finished at"


@pytest.fixture(scope="module")
def web1(tmp_path_factory, key) -> Iterator[Guest]:
    conf = of_web1(key)
    files = {
        "user-data": proxmox_seed.user(conf),
        "network-config": proxmox_seed.network(conf),
        "vendor-data": VENDOR,
    }
    folder = tmp_path_factory.mktemp("web1")
    shutil.copy(key, folder / "key")
    with guest(folder, files, "10.10.10.201") as booted:
        booted.wait_for(FINISHED)
        yield booted


def test_what_proxmox_ve_writes_is_what_the_chapter_shows() -> None:
    conf = CONF | {"sshkeys": quote("ssh-ed25519 <鍵の本体> ops@workstation\n")}
    block = re.search(r"Cloudinit\.pm\n(#cloud-config\n.*?)```", CHAPTER, re.DOTALL)
    assert block
    assert proxmox_seed.user(conf) == block[1]


def test_cloud_init_is_done_without_a_complaint(web1) -> None:
    # 2 is success with complaints, which versions from 24 on return for those, too.
    done = web1.ssh("cloud-init status --wait")
    assert done.stdout.strip(".\n ").endswith("status: done"), done.stdout
    assert done.returncode in {0, 2}
    assert complaints(web1.says("sudo cat /var/log/cloud-init.log")) == []


def test_the_name_is_that_of_the_configuration(web1) -> None:
    assert web1.says("hostname; hostname --fqdn").split() == ["web1", "web1.lab.example"]


def test_the_user_has_the_key_and_sudo_and_no_password(web1, key) -> None:
    public = key.with_suffix(".pub").read_text(encoding="utf-8").strip()
    assert web1.says("cat ~/.ssh/authorized_keys") == public
    assert web1.says("sudo --non-interactive id --user") == "0"
    assert web1.says("sudo passwd --status ops").split()[1] == "L"


def test_the_network_is_that_of_the_configuration(web1) -> None:
    assert "10.10.10.201/24" in web1.says("ip -brief address show eth0").split()
    assert web1.says("ip route show default").startswith("default via 10.10.10.1 dev eth0")
    told = web1.says("resolvectl dns eth0; resolvectl domain eth0")
    assert re.findall(r": (\S+)$", told, re.MULTILINE) == ["10.10.10.1", "lab.example"]


def test_the_vendor_data_came_with_it(web1) -> None:
    assert web1.says("date +%Z") == "JST"
    assert web1.says("dpkg-query --show --showformat '${Status}' qemu-guest-agent") == (
        "install ok installed"
    )
    assert web1.says("systemctl is-active qemu-guest-agent") == "active"


def test_the_agent_answers_the_node(web1) -> None:
    assert web1.ask_the_agent("guest-ping") == {}
    told = json.dumps(web1.ask_the_agent("guest-network-get-interfaces"))
    assert '"10.10.10.201"' in told


def test_the_guest_refuses_broken_user_data(web1) -> None:
    broken = USER.replace("  - name: ops", "  - name: [ops]")
    assert broken != USER
    for text, accepted in ((USER, True), (broken, False)):
        quoted = shlex.quote(text)
        done = web1.ssh(
            f"printf %s {quoted} > given && sudo cloud-init schema --config-file given"
        )
        assert (done.returncode == 0) == accepted, done.stdout + done.stderr


def test_complaints_of_cloud_init_are_seen() -> None:
    log = (
        f"2026-11-24 15:45:54,905 - ug_util.py[WARNING]: DEPRECATED: {KNOWN} and will be removed\n"
        "2026-11-24 15:45:54,905 - __init__.py[WARNING]: Unhandled non-multipart userdata\n"
        "2026-11-24 15:45:54,905 - util.py[DEBUG]: fine\n"
    )
    assert [line.rpartition(": ")[2] for line in complaints(log)] == [
        "Unhandled non-multipart userdata"
    ]
