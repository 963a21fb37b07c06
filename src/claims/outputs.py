"""Expected output against the formats of the commands that print it.

Each format was read in the source of the program, which stands beside it.  A
row is printed again with the program's own ``printf`` format: what differs is
a wrong column, unit or width.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from .findings import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Rows = list[tuple[str, ...]]

#: What stands for a value of the reader's, or for what is left out.
OPEN = re.compile(r"<[^<>]+>|…|\.\.\.")
#: Programs behind a pipe after which the format is another one.
_RESHAPED = re.compile(r"\|\s*(?:awk|cut|sed|tr|jq|wc|xargs|column|python3?|perl)\b")
_FILTERED = re.compile(r"\|\s*(?:grep|egrep|head|tail|sort|uniq)\b")
_DATE = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d \d{4}"
)
_FLAGS = "2Node|Quorate|WaitForAll|LastManStanding|AutoTieBreaker|AllowDownscale|Qdevice"
_DISARMED = "(disarming|disarmed), resource mode: (freeze|ignore)"
_MASTER = rf"( - {_DISARMED})?( - (static|dynamic) load CRS)?"


@dataclass(frozen=True, slots=True)
class Format:
    """What a command prints.

    Attributes:
        command: the command as it is typed, from its beginning.
        source: where the format stands.
        head: the column heads, one blank between them; empty without heads.
        row: one row; its groups are the columns.
        layout: from all rows the ``printf`` format, or one for every row.
        lines: the admitted lines, where it is no table.
    """

    command: re.Pattern[str]
    source: str
    head: str = ""
    row: re.Pattern[str] | None = None
    layout: str | Callable[[Rows], str] = ""
    lines: tuple[re.Pattern[str], ...] = ()


def _format(command: str, source: str, **rest: object) -> Format:
    row, lines = rest.pop("row", None), rest.pop("lines", ())
    assert isinstance(lines, (list, tuple))  # noqa: S101 - the table below
    return Format(
        re.compile(rf"(?:{command})(?![\w-])"),
        source,
        row=re.compile(str(row)) if row else None,
        lines=tuple(re.compile(each) for each in lines),
        **rest,  # type: ignore[arg-type]
    )


def _status_layout(rows: Rows) -> str:
    width = max(len(row[0]) for row in rows) + 1
    return f"%-{width}s %10s %10s %15s %15s %15s %8s"


def _list_layout(rows: Rows) -> str:
    name, size = (max(len(row[column]) for row in rows) for column in (0, 3))
    return f"%-{name}s %-7s %-9s %{size}s %s"


FORMATS = [
    _format(
        r"pvesm status",
        "pve-storage src/PVE/CLI/pvesm.pm, $print_status",
        head="Name Type Status Total (KiB) Used (KiB) Available (KiB) %",
        row=r"(\S+) +(\S+) +(active|inactive|disabled) +(\d+) +(\d+) +(\d+) +(\d+\.\d\d%|N/A)",
        layout=_status_layout,
    ),
    _format(
        r"pvesm list",
        "pve-storage src/PVE/CLI/pvesm.pm, $print_content",
        head="Volid Format Type Size VMID",
        row=r"([\w.-]+:\S+) +(\S+) +(images|rootdir|iso|vztmpl|backup|snippets|import)"
        r" +(~?\d+|-)(?: +(\d+))?",
        layout=_list_layout,
    ),
    _format(
        r"qm list",
        "qemu-server src/PVE/CLI/qm.pm, list",
        head="VMID NAME STATUS MEM(MB) BOOTDISK(GB) PID",
        row=r" *(\d+) +(\S+) +(running|stopped|paused|suspended) +(\d+) +(\d+\.\d\d) +(\d+)",
        layout="%10s %-20s %-10s %-10s %12s %-10s",
    ),
    _format(
        r"pct list",
        "pve-container src/PVE/CLI/pct.pm, list",
        head="VMID Status Lock Name",
        row=r"(\d+) +(running|stopped|paused) +(backup|create|destroyed|disk|fstrim|migrate|"
        r"mounted|rollback|snapshot|snapshot-delete|) *(\S+)",
        layout="%-10s %-10s %-12s %-20s",
    ),
    _format(
        r"pct df",
        "pve-container src/PVE/CLI/pct.pm, df",
        head="MP Volume Size Used Avail Use% Path",
        row=r"(rootfs|mp\d+) +(\S+) +(\d+\.\d[KMGT]|\d+) +(\d+\.\d[KMGT]|\d+)"
        r" +(\d+\.\d[KMGT]|\d+) +(\d+\.\d) +(\S+)",
    ),
    _format(
        r"pvesr status",
        "pve-manager PVE/CLI/pvesr.pm, $print_job_status",
        head="JobID Enabled Target LastSync NextSync Duration FailCount State",
        row=r"(\d+-\d+) +(Yes|No) +(local/\S+) +(-|\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d)"
        r" +(-|pending|\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d) +(-|[\d.]+) +(\d+) +(.+)",
        layout="%-10s %-10s %-20s %20s %20s %10s %10s %s",
    ),
    _format(
        r"pvesr list",
        "pve-manager PVE/CLI/pvesr.pm, $print_job_list",
        head="JobID Target Schedule Rate Enabled",
        row=r"(\d+-\d+) +(local/\S+) +(\S+(?: \S+)*) +(-|[\d.]+) +(yes|no)",
        layout="%-20s %-20s %10s %5s %8s",
    ),
    _format(
        r"pveam list",
        "pve-manager PVE/CLI/pveam.pm, $print_list",
        head="NAME SIZE",
        row=r"([\w.-]+:vztmpl/\S+) +(\d+\.\d\dMB)",
        layout="%-60s %s",
    ),
    _format(
        r"pveam available",
        "pve-manager PVE/CLI/pveam.pm, available",
        row=r"(system|mail|turnkeylinux) +(\S+) +(\S+)",
        layout="%-15s %-60s %s",
    ),
    _format(
        r"pvecm nodes|corosync-quorumtool -l",
        "corosync tools/corosync-quorumtool.c, display_nodes_data",
        head="Nodeid Votes Name",
        lines=[
            r"",
            r"Membership information",
            r"-+",
            r" +Nodeid +Votes( +Qdevice)? Name",
            r" +\d+ +\d+( +(NR|N?A,N?V,N?MW))? \S+( \(local\))?",
            r" +0 +\d+ +Qdevice",
        ],
    ),
    _format(
        r"pvecm status|corosync-quorumtool -s\w*",
        "pve-cluster src/PVE/CLI/pvecm.pm, status; corosync tools/corosync-quorumtool.c",
        lines=[
            r"",
            r"(Cluster|Quorum|Votequorum|Membership) information",
            r"-+",
            r"Name: {13}\S+",
            r"Config Version: {3}\d+",
            r"Transport: {8}knet",
            r"Secure auth: {6}(on|off)",
            r"Date: {13}" + _DATE,
            r"Quorum provider: {2}corosync_votequorum",
            r"Nodes: {12}\d+",
            r"Node ID: {10}(0x[0-9a-f]{8}|\d+)",
            r"Ring ID: {10}[0-9a-f]+\.[0-9a-f]+",
            r"Quorate: {10}(Yes|No)",
            r"Expected votes: {3}\d+",
            r"Highest expected: \d+",
            r"Total votes: {6}\d+",
            r"Quorum: {11}\d+( +Activity blocked)? *",
            rf"Flags: {{12}}(({_FLAGS}) ?)*",
            r" +Nodeid +Votes( +Qdevice)? Name",
            r"(0x[0-9a-f]{8}| +\d+) +\d+( +(NR|N?A,N?V,N?MW))? \S+( \(local\))?",
            r"(0x00000000| +0) +\d+ +Qdevice( \(votes \d+\))?",
        ],
    ),
    _format(
        r"corosync-cfgtool -s",
        "corosync tools/corosync-cfgtool.c",
        lines=[
            r"Local node ID \d+, transport knet",
            r"LINK ID \d udp",
            r"\s+addr\s+= [\d.]+",
            r"\s+status:",
            r"\s+nodeid: +\d+:\s+(localhost|connected|disconnected)",
        ],
    ),
    _format(
        r"corosync-cfgtool -n",
        "corosync tools/corosync-cfgtool.c",
        lines=[
            r"",
            r"Local node ID \d+, transport knet",
            r"nodeid: \d+ reachable( +onwire \(min/max/cur\): \d+, \d+, \d+)?",
            r"   LINK: \d udp \([\d.]+->[\d.]+\) enabled( connected)?( dynconnected)? mtu: \d+",
        ],
    ),
    _format(
        r"ha-manager status",
        "pve-ha-manager src/PVE/API2/HA/Status.pm, current",
        lines=[
            r"quorum (OK|No quorum on node '\S+'!)",
            rf"master \S+ \((active|idle|old timestamp - dead\?), {_DATE}\){_MASTER}",
            r"fencing (armed|standby) \(CRM watchdog (active|standby)\)",
            rf"fencing {_DISARMED} \(CRM watchdog (active|released)\)",
            rf"lrm \S+ \([\w -]+\??, watchdog (active|standby|released), {_DATE}\)",
            r"lrm \S+ \(unable to read lrm status\)",
            r"service (vm|ct):\d+ \(\S+, [\w /,-]+\)",
        ],
    ),
    _format(
        r"pveversion (?:-v|--verbose)",
        "pve-manager bin/pveversion",
        lines=[
            r"proxmox-ve: \d+\.\d+\.\d+ \(running kernel: \S+-pve\)",
            r"pve-manager: \d+\.\d+\.\d+ \(running version: \d+\.\d+\.\d+/\w+\)",
            r"[\w.+-]+: (\d\S*|not correctly installed|residual config)",
        ],
    ),
    _format(
        r"pveversion",
        "pve-manager bin/pveversion",
        lines=[r"pve-manager/\d+\.\d+\.\d+/\w+ \(running kernel: \S+-pve\)"],
    ),
    _format(
        r"qm status|pct status",
        "qemu-server src/PVE/CLI/qm.pm, pve-container src/PVE/CLI/pct.pm, status",
        lines=[r"status: (running|stopped|paused|suspended)", r"[\w-]+: .*"],
    ),
    _format(
        r"qm listsnapshot|pct listsnapshot",
        "pve-guest-common src/PVE/GuestHelpers.pm, print_snapshot_tree",
        lines=[r" *`-> \S+ +( |\d{4}-\d\d-\d\d \d\d:\d\d:\d\d).*"],
    ),
    _format(
        r"ss -l?n?t?l?n?p?(?![\w-])",
        "iproute2 misc/ss.c",
        head="State Recv-Q Send-Q Local Address:Port Peer Address:Port Process",
        row=r"(LISTEN) +(\d+) +(\d+) +(\S+:\d+) +(\S+:\*) *(users:\(.*\))?",
    ),
    _format(
        r"lvs(?: -a)?(?: \w+)?$",
        "lvm2, the default columns of lvs",
        head="LV VG Attr LSize Pool Origin Data% Meta% Move Log Cpy%Sync Convert",
    ),
    _format(
        r"zpool status",
        "OpenZFS cmd/zpool/zpool_main.c, status",
        lines=[
            r"",
            r"  pool: \S+",
            r" state: (ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|REMOVED)",
            r"status: .+",
            r"action: .+",
            r"   see: .+",
            r"  scan: .+",
            r"config:",
            r"\s+NAME +STATE +READ WRITE CKSUM",
            r"\s+\S+ +(ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|REMOVED|AVAIL)( +\S+ +\S+ +\S+.*)?",
            r"\s+(logs|cache|spares|special|dedup)",
            r"errors: .+",
            r"\t.+",
        ],
    ),
    _format(
        r"chronyc tracking",
        "chrony client.c, process_cmd_tracking",
        lines=[
            r"Reference ID    : [0-9A-F]{8} \(.*\)",
            r"Stratum         : .+",
            r"Ref time \(UTC\)  : .+",
            r"System time     : .+ seconds (fast|slow) of NTP time",
            r"(Last offset|RMS offset) +: .+ seconds",
            r"(Root delay|Residual freq|Skew|Update interval|Root dispersion) +: .+",
            r"Frequency       : .+ ppm (fast|slow)",
            r"Leap status     : (Normal|Insert second|Delete second|Not synchronised)",
        ],
    ),
    _format(
        r"findmnt /",
        "util-linux misc-utils/findmnt.c, the default columns",
        head="TARGET SOURCE FSTYPE OPTIONS",
    ),
    _format(
        r"df -h",
        "coreutils src/df.c",
        head="Filesystem Size Used Avail Use% Mounted on",
    ),
    _format(
        r"systemctl is-active",
        "systemd src/systemctl, is-active",
        lines=[r"active|inactive|failed|activating|deactivating|reloading|unknown"],
    ),
]  # fmt: skip


def known(command: str) -> Format | None:
    """Return the format of a command, None if it is not known or is changed by a pipe."""
    command = command.strip()
    if _RESHAPED.search(command) or "\n" in command or "&&" in command or ";" in command:
        return None
    first = command.split("|", 1)[0].strip()
    if "--output-format" in first or "--noheader" in first:
        return None
    return next((each for each in FORMATS if each.command.match(first)), None)


def check(command: str, lines: Sequence[tuple[int, str]]) -> Iterator[Trouble]:
    """Yield where output differs from what *command* prints.

    Bad: ``Volid Format Type Size`` for ``pvesm list`` (the column VMID is
    missing), ``100.00G`` for ``pvesm status`` (it prints KiB).
    Lines with ``<…>`` or ``…`` are not compared with the layout.

    Args:
        command: as it is typed.
        lines: number and text of each line.
    """
    expected = known(command)
    if expected is None:
        return
    # A blank line at the end is the block's.
    written = [(number, text.rstrip()) for number, text in lines]
    while written and not written[-1][1]:
        written.pop()
    if expected.lines:
        yield from _lines(written, expected)
    else:
        yield from _table(written, expected, filtered=bool(_FILTERED.search(command)))


def check_heads(commands: Sequence[str], lines: Sequence[tuple[int, str]]) -> Iterator[Trouble]:
    """Yield heads that are not those of the commands that may have printed them.

    For output of several commands in one block: what belongs to which is not
    known, but a line that begins with the heads of one is meant as such.
    """
    formats = [each for command in commands if (each := known(command)) and each.head]
    for number, text in lines:
        words = text.split()
        meant = [
            each
            for each in formats
            if words[:1] == each.head.split()[:1] and set(words[1:]) & set(each.head.split()[1:])
        ]
        if meant and " ".join(words) not in {each.head for each in meant}:
            nearest = max(meant, key=lambda each: len(set(words) & set(each.head.split())))
            message = f"the heads are {nearest.head!r} ({nearest.source})"
            yield Trouble(number, "output", message, text)


def _lines(lines: list[tuple[int, str]], expected: Format) -> Iterator[Trouble]:
    for number, text in lines:
        if not any(_could_be(text, each) for each in expected.lines):
            message = f"{text.strip()!r} is no line of this command ({expected.source})"
            yield Trouble(number, "output", message, text)


#: What may stand in an open place of a line.
_SAMPLES = (
    "1", "a", "pve1", "1.1a", "9.2.0", "0x00000001", "0A0A0A01", "10.10.40.11",
    "Tue Nov 24 06:08:53 2026", "active", "Normal",
)  # fmt: skip


def _could_be(text: str, line: re.Pattern[str]) -> bool:
    """Say whether a line is admitted, whatever stands in its open places."""
    parts = OPEN.split(text)
    if len(parts) == 1:
        return line.fullmatch(text) is not None
    # Only open places, or so many that nothing can be said.
    if not "".join(parts).strip(" ,():") or len(parts) > _TRIED:
        return True
    for samples in product(_SAMPLES, repeat=len(parts) - 1):
        filled = "".join(map("".join, zip(parts, (*samples, ""), strict=True)))
        if line.fullmatch(filled):
            return True
    return False


_TRIED = 4
"""Lines with more parts than this are not tried."""


def _table(lines: list[tuple[int, str]], expected: Format, *, filtered: bool) -> Iterator[Trouble]:
    rows = list(lines)
    if expected.head and rows and not filtered:
        number, text = rows[0]
        if " ".join(text.split()) != expected.head:
            if expected.row is None or not expected.row.fullmatch(text):
                message = f"the heads are {expected.head!r} ({expected.source})"
                yield Trouble(number, "output", message, text)
            else:
                message = f"the heads are missing: {expected.head!r} ({expected.source})"
                yield Trouble(number, "output", message, text)
                rows.insert(0, rows[0])
        rows = rows[1:]
    elif expected.head and rows and " ".join(rows[0][1].split()) == expected.head:
        rows = rows[1:]
    if expected.row is None:
        return
    parsed: list[tuple[int, str, tuple[str, ...]]] = []
    for number, text in rows:
        if OPEN.search(text) or not text:
            continue
        match = expected.row.fullmatch(text)
        if match is None:
            message = f"{text.strip()!r} is no row of {expected.head!r} ({expected.source})"
            yield Trouble(number, "output", message, text)
        else:
            parsed.append((number, text, tuple(group or "" for group in match.groups())))
    # A table of which rows are left out may be wider than what is shown.
    if len(parsed) == len(rows) and not filtered:
        yield from _layout(parsed, lines, expected)


def _layout(
    parsed: list[tuple[int, str, tuple[str, ...]]],
    lines: list[tuple[int, str]],
    expected: Format,
) -> Iterator[Trouble]:
    """Print every row again and compare."""
    if not parsed or not expected.layout:
        return
    layout = expected.layout
    printf = layout if isinstance(layout, str) else layout([row for _, _, row in parsed])
    printed = [(number, text, printf % row) for number, text, row in parsed]
    if expected.head and " ".join(lines[0][1].split()) == expected.head:
        heads = tuple(re.split(r" (?!\()", expected.head))
        printed.insert(0, (*lines[0], printf % heads))
    for number, text, again in printed:
        if text != again.rstrip():
            message = f"the columns stand otherwise: {again.rstrip()!r} ({expected.source})"
            yield Trouble(number, "output", message, text)
