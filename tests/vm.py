"""A small Debian in a virtual machine: its kernel has what CI's lacks (VLANs, VLAN-aware bridges).

The root file system is made once with mmdebstrap from the sources of this
computer and kept under ``_build``; what a test adds comes in an archive of its
own behind it.  Everything runs in memory; nothing is written to a disk.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from .conftest import PROJECT

NEEDED = ("mmdebstrap", "qemu-system-x86_64", "cpio")
KERNEL = "linux-image-cloud-amd64"
KEPT = PROJECT / "_build" / "stage" / "test-images"
UNUSED = [
    "boot", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/i18n",
    "usr/share/perl", "usr/share/perl5", "var/cache/apt", "var/lib/apt/lists",
]  # fmt: skip
MODULES = {"crypto", "lib", "net"}
DRIVERS = {"net", "block", "virtio", "cdrom", "ata", "scsi"}
SECONDS = 900
"""How long a machine may take; on two free processors it takes a tenth of it."""


def missing() -> list[str]:
    return [program for program in NEEDED if shutil.which(program) is None]


def _suite() -> str:
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r"^VERSION_CODENAME=(\w+)", text, re.MULTILINE)
    assert found, "this is not a Debian with a codename"
    return found[1]


def _sources() -> list[str]:
    """The files with the sources of Debian itself."""
    places = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("debian*")]
    return [str(each) for each in places if each.is_file() and each.stat().st_size]


def image(packages: tuple[str, ...]) -> tuple[Path, Path]:
    """Return kernel and initial RAM disk of a Debian with *packages*, made if need be."""
    suite = _suite()
    name = hashlib.sha256(
        repr((suite, packages, UNUSED, sorted(MODULES), sorted(DRIVERS))).encode()
    ).hexdigest()
    folder = KEPT / name[:16]
    kernel, disk = folder / "vmlinuz", folder / "root.cpio"
    if disk.is_file():
        return kernel, disk
    root = folder / "root"
    shutil.rmtree(folder, ignore_errors=True)
    root.mkdir(parents=True)
    tar = folder / "root.tar"
    include = ",".join((KERNEL, "kmod", "mount", *packages))
    _run("mmdebstrap", "--variant=apt", f"--include={include}", suite, str(tar), *_sources())
    _run("tar", "-C", str(root), "--exclude=./dev/*", "-xf", str(tar))
    tar.unlink()
    shutil.copy(next((root / "boot").glob("vmlinuz-*")), kernel)
    for unused in UNUSED:
        shutil.rmtree(root / unused, ignore_errors=True)
    (version,) = [each.name for each in (root / "lib/modules").iterdir()]
    modules = root / "lib/modules" / version / "kernel"
    for folder_of, kept in (
        (modules, MODULES | {"drivers", "fs"}),
        (modules / "drivers", DRIVERS),
    ):
        for each in folder_of.iterdir():
            if each.name not in kept:
                shutil.rmtree(each)
    _run("chroot", str(root), "depmod", version)
    _archive(root, folder / "new.cpio")
    (folder / "new.cpio").rename(disk)
    shutil.rmtree(root)
    return kernel, disk


def _keep(folder: Path, names: set[str]) -> None:
    for each in folder.iterdir():
        if each.name not in names:
            shutil.rmtree(each)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr[-2000:]}"


def _archive(root: Path, archive: Path) -> None:
    with archive.open("wb") as out:
        script = "find . -xdev | cpio --create --format=newc --quiet"
        subprocess.run(["sh", "-c", script], cwd=root, stdout=out, check=True)


def run(packages: tuple[str, ...], overlay: Path, options: tuple[str, ...] = ()) -> str:
    """Start a machine whose ``/init`` is in *overlay*; return what it wrote to its console."""
    kernel, disk = image(packages)
    added = overlay.parent / "overlay.cpio"
    _archive(overlay, added)
    whole = overlay.parent / "whole.cpio"
    whole.write_bytes(disk.read_bytes() + added.read_bytes())
    command = [
        "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
        "-m", "1536", "-nographic", "-no-reboot", "-net", "none", "-kernel", str(kernel),
        "-initrd", str(whole), *options,
        "-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    finally:
        whole.unlink()
    return done.stdout.decode(errors="replace").replace("\r", "")


def steps(console: str) -> dict[str, tuple[int, str]]:
    """What each step of a script returned and printed: ``@@ name status`` ends a step."""
    found = {}
    for text, name, status in re.findall(
        r"(.*?)^@@ (\S+) (\d+)$", console, re.DOTALL | re.MULTILINE
    ):
        found[name] = (int(status), text.strip())
    return found
