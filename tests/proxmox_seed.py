"""The cloud-init drive that Proxmox VE makes of a guest's configuration (format NoCloud).

The form is that of ``PVE::QemuServer::Cloudinit`` of qemu-server: four files on an ISO 9660
image with the label ``cidata``, made with the same program and options.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from pathlib import Path

MAKER = "genisoimage"


def configuration(text: str) -> dict[str, str]:
    """Read a configuration such as ``101.conf``."""
    return dict(re.findall(r"^(\w+): (.*)$", text, re.MULTILINE))


def options(value: str) -> dict[str, str]:
    """Read ``a=b,c=d``."""
    return dict(re.findall(r"([^=,]+)=([^,]*)", value))


def user(conf: dict[str, str]) -> str:
    """What ``qm cloudinit dump VMID user`` prints."""
    name, domain = conf["name"], conf.get("searchdomain")
    lines = ["#cloud-config", f"hostname: {name}", "manage_etc_hosts: true"]
    lines.append(f"fqdn: {name}.{domain}" if domain else f"fqdn: {name}")
    if "ciuser" in conf:
        lines.append(f"user: {conf['ciuser']}")
    if keys := [key for key in unquote(conf.get("sshkeys", "")).splitlines() if key.strip()]:
        lines += ["ssh_authorized_keys:", *(f"  - {key}" for key in keys)]
    lines += ["chpasswd:", "  expire: False", "users:", "  - default"]
    if conf.get("ciupgrade", "1") != "0":
        lines.append("package_upgrade: true")
    return "\n".join(lines) + "\n"


def network(conf: dict[str, str]) -> str:
    """What ``qm cloudinit dump VMID network`` prints, for one NIC with a fixed address."""
    ipconfig = options(conf["ipconfig0"])
    interface = ipaddress.ip_interface(ipconfig["ip"])
    mac = options(conf["net0"])["virtio"].lower()
    lines = ["version: 1", "config:"]
    lines += ["    - type: physical", "      name: eth0", f"      mac_address: '{mac}'"]
    lines += ["      subnets:", "      - type: static", f"        address: '{interface.ip}'"]
    lines.append(f"        netmask: '{interface.netmask}'")
    if "gw" in ipconfig:
        lines.append(f"        gateway: '{ipconfig['gw']}'")
    lines.append("    - type: nameserver")
    for key, setting in (("address", "nameserver"), ("search", "searchdomain")):
        lines += [f"      {key}:", *(f"      - '{each}'" for each in conf[setting].split())]
    return "\n".join(lines) + "\n"


def drive(folder: Path, files: dict[str, str]) -> Path:
    """Make the drive of ``user-data``, ``network-config`` and ``vendor-data``."""
    identity = hashlib.sha1((files["user-data"] + files["network-config"]).encode())  # noqa: S324
    content = folder / "cidata"
    content.mkdir()
    for name, text in (files | {"meta-data": f"instance-id: {identity.hexdigest()}\n"}).items():
        (content / name).write_text(text, encoding="utf-8")
    image = folder / "cidata.iso"
    maker = shutil.which(MAKER) or MAKER
    how = [maker, "-quiet", "-iso-level", "3", "-J", "-R", "-V", "cidata", "-o", str(image)]
    subprocess.run([*how, str(content)], check=True)
    return image
