"""A small Debian in a virtual machine: its kernel has what CI's lacks (VLANs, VLAN-aware bridges).

The root file system is made once with mmdebstrap from the sources of this
computer and kept under ``_build``; what a test adds comes in an archive of its
own behind it.  Everything runs in memory; nothing is written to a disk.
A test brings its own ``/init``, or has systemd's started.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from .conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = ("mmdebstrap", "qemu-system-x86_64", "cpio")
KERNEL = "linux-image-cloud-amd64"
#: One image for all tests: making a second one would cost more than its size does.
PACKAGES = (
    "kmod", "mount", "netbase",
    # What the nodes of the network need.
    "bridge-utils", "ifupdown2", "iproute2", "iputils-ping", "nftables",
    # What Debian's cloud images have.
    "cloud-init", "dbus", "netplan.io", "openssh-server", "sudo", "systemd-resolved",
    "systemd-sysv", "tzdata", "udev",
)  # fmt: skip
#: What a guest installs itself; with what it needs, it lies in the image as a repository.
LATER = "qemu-guest-agent"
REPOSITORY = "srv/packages"
KEPT = PROJECT / "_build" / "stage" / "test-images"
UNUSED = [
    "boot", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/i18n",
    "usr/share/perl", "var/cache/apt", "var/lib/apt/lists", "usr/lib/udev/hwdb.d",
    "usr/share/cloud-init", "usr/include",
]  # fmt: skip
MODULES = {"crypto", "lib", "net"}
DRIVERS = {"char", "net", "virtio", "cdrom", "scsi"}
FILESYSTEMS = {"isofs", "nls"}
SECONDS = 900
"""How long a machine may take; on two free processors it takes a tenth of it."""


def missing(*more: str) -> list[str]:
    """Return which programs are not there, of those that a machine needs and of *more*."""
    return [program for program in (*NEEDED, *more) if shutil.which(program) is None]


def _suite() -> str:
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\w+)", text, re.MULTILINE)
    assert found, "this is not a Debian with a codename"
    return found[1]


def _sources() -> list[str]:
    """The files with the sources of Debian itself."""
    places = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("debian*")]
    return [str(each) for each in places if each.is_file() and each.stat().st_size]


def image() -> tuple[Path, Path]:
    """Return kernel and initial RAM disk, made if need be, by one test at a time."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _image()


def _image() -> tuple[Path, Path]:
    suite = _suite()
    kept = (sorted(MODULES), sorted(DRIVERS), sorted(FILESYSTEMS))
    made_of = (suite, KERNEL, PACKAGES, LATER, UNUSED, kept)
    folder = KEPT / hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]
    kernel, disk = folder / "vmlinuz", folder / "root.cpio"
    if disk.is_file():
        return kernel, disk
    root = folder / "root"
    shutil.rmtree(folder, ignore_errors=True)
    root.mkdir(parents=True)
    tar = folder / "root.tar"
    include = ",".join((KERNEL, *PACKAGES))
    fetch = (
        f'mkdir -p "$1/{REPOSITORY}/partial" && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes '
        f'--download-only -o Dir::Cache::Archives="$1/{REPOSITORY}" '
        f"--no-install-recommends install {LATER}"
    )
    _run(
        "mmdebstrap", "--variant=apt", "--dpkgopt=force-unsafe-io", f"--include={include}",
        f"--customize-hook={fetch}", suite, str(tar), *_sources(),
    )  # fmt: skip
    _run("tar", "-C", str(root), "--exclude=./dev/*", "-xf", str(tar))
    tar.unlink()
    shutil.copy(next((root / "boot").glob("vmlinuz-*")), kernel)
    for unused in UNUSED:
        shutil.rmtree(root / unused, ignore_errors=True)
    _index(root / REPOSITORY)
    (version,) = [each.name for each in (root / "lib/modules").iterdir()]
    modules = root / "lib/modules" / version / "kernel"
    _keep(modules, MODULES | {"drivers", "fs"})
    _keep(modules / "drivers", DRIVERS)
    _keep(modules / "fs", FILESYSTEMS)
    # The data of hardware that an emulated machine has none of; it is megabytes to unpack.
    (root / "usr/lib/udev/hwdb.bin").unlink(missing_ok=True)
    _run("chroot", str(root), "depmod", version)
    _archive(root, folder / "new.cpio")
    (folder / "new.cpio").rename(disk)
    shutil.rmtree(root)
    return kernel, disk


def _index(folder: Path) -> None:
    """Make a folder with packages a repository that apt reads by ``file:``."""
    entries = []
    for package in sorted(folder.glob("*.deb")):
        # apt writes the colon of an epoch as %3a and would read that as a colon.
        named = package.rename(folder / package.name.replace("%3a", "_"))
        fields = _run("dpkg-deb", "--field", str(named)).rstrip("\n")
        digest = hashlib.sha256(named.read_bytes()).hexdigest()
        size = named.stat().st_size
        entries.append(f"{fields}\nFilename: ./{named.name}\nSize: {size}\nSHA256: {digest}\n")
    assert entries, f"{LATER} was not fetched"
    (folder / "Packages").write_text("\n".join(entries), encoding="utf-8")


def _keep(folder: Path, names: set[str]) -> None:
    for each in folder.iterdir():
        if each.name not in names and each.is_dir():
            shutil.rmtree(each)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr[-2000:]}"
    return done.stdout


def _archive(root: Path, archive: Path) -> None:
    with archive.open("wb") as out:
        script = "find . -xdev | cpio --create --format=newc --quiet"
        subprocess.run(["sh", "-c", script], cwd=root, stdout=out, check=True)


@contextlib.contextmanager
def started(
    overlay: Path, options: tuple[str, ...] = (), memory: int = 1536
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Start a machine and end it when done.

    Args:
        overlay: the folder with its ``/init`` and whatever else is added to the image.
        options: of QEMU, such as its network.
        memory: MiB.

    Yields:
        The process, and the file into which the console is written.
    """
    kernel, disk = image()
    added = overlay.parent / "overlay.cpio"
    _archive(overlay, added)
    whole = overlay.parent / "whole.cpio"
    whole.write_bytes(disk.read_bytes() + added.read_bytes())
    console = overlay.parent / "console"
    command = [
        "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
        "-m", str(memory), "-display", "none", "-monitor", "none", "-serial", "stdio",
        "-no-reboot", *(options or ("-net", "none")), "-kernel", str(kernel),
        "-initrd", str(whole),
        "-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on",
    ]  # fmt: skip
    with console.open("wb") as out:
        machine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield machine, console
    finally:
        machine.kill()
        machine.wait()
        whole.unlink()


def run(overlay: Path) -> str:
    """Return what a machine wrote to its console until it switched itself off."""
    with started(overlay) as (machine, console):
        machine.wait(timeout=SECONDS)
        return console.read_bytes().decode(errors="replace").replace("\r", "")


def steps(console: str) -> dict[str, tuple[int, str]]:
    """What each step of a script returned and printed: ``@@ name status`` ends a step."""
    found = {}
    for text, name, status in re.findall(
        r"(.*?)^@@ (\S+) (\d+)$", console, re.DOTALL | re.MULTILINE
    ):
        found[name] = (int(status), text.strip())
    return found
