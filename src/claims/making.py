"""The tables anew, from the documentation that is installed on a Proxmox VE node.

``python -m claims.making FROM TO`` reads the man pages as HTML (``qm.1.html``
…, ``chapter-pvesm.html``) and ``api-viewer/apidata.js``, which the package
pve-docs puts into ``/usr/share/pve-docs``.  FROM is that folder, or the root
of a file system that has it (``/``, or an unpacked package).  Names, types,
ranges and defaults are taken, no sentence.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Raw = dict[str, Any]

WHERE = ("", "usr/share/pve-docs", "usr/share/doc/pve-docs")
"""Where the documentation lies under FROM."""

#: The largest index of ``net[n]`` where the documentation does not say it.
INDEXES = {
    "dev": 255, "hostpci": 15, "ide": 3, "ipconfig": 31, "link": 7, "mp": 255, "net": 31,
    "numa": 7, "parallel": 2, "sata": 5, "scsi": 30, "serial": 3, "unused": 255, "usb": 14,
    "virtio": 15, "virtiofs": 9, "acmedomain": 5,
}  # fmt: skip

#: Programs whose man page has no synopsis that a program can read: commands and options.
BY_HAND: dict[str, Raw] = {
    "pveversion": {"": {"args": [], "opts": {"v": {"t": "flag"}, "verbose": {"t": "flag"}}}},
    "pvereport": {"": {"args": [], "opts": {}}},
    "pve8to9": {"": {"args": [], "opts": {"full": {"t": "flag"}}}},
    "pve-network-interface-pinning": {
        "generate": {
            "args": [],
            "opts": {name: {"t": "string"} for name in ("interface", "prefix", "target-name")},
        }
    },
}

_WORD: Raw = {"t": "string"}
_FLAG: Raw = {"t": "flag"}
_ISO_OPTIONS = (
    "answer-auth-token", "answer-file", "cert-fingerprint", "on-first-boot", "output",
    "partition-label", "tmp", "url",
)  # fmt: skip
_VERSION: Raw = {"name": "version", "t": "string"}
BY_HAND["proxmox-boot-tool"] = {
    "format": {"args": [{"name": "partition", **_WORD}], "opts": {"force": _FLAG}},
    "init": {
        "args": [
            {"name": "partition", **_WORD},
            {"name": "mode", "opt": True, "t": "enum", "v": ["grub"]},
        ],
        "opts": {},
    },
    "reinit": {"args": [], "opts": {}},
    "clean": {"args": [], "opts": {"dry-run": _FLAG}},
    "refresh": {"args": [], "opts": {"hook": _WORD}},
    "status": {"args": [], "opts": {"quiet": _FLAG}},
    "kernel add": {"args": [_VERSION], "opts": {}},
    "kernel remove": {"args": [_VERSION], "opts": {}},
    "kernel pin": {"args": [_VERSION], "opts": {"next-boot": _FLAG}},
    "kernel unpin": {"args": [{**_VERSION, "opt": True}], "opts": {"next-boot": _FLAG}},
    "kernel list": {"args": [], "opts": {}},
    "help": {"args": [], "opts": {}},
}
BY_HAND["proxmox-auto-install-assistant"] = {
    "prepare-iso": {
        "args": [{"name": "INPUT", **_WORD}],
        "req": ["fetch-from"],
        "opts": {
            "fetch-from": {"t": "enum", "v": ["iso", "http", "partition"], "req": True},
            "pxe": _FLAG,
            "pxe-loader": {"t": "enum", "v": ["ipxe"]},
            **dict.fromkeys(_ISO_OPTIONS, _WORD),
        },
    },
    "validate-answer": {
        "args": [{"name": "PATH", **_WORD}],
        "opts": {"d": _FLAG, "debug": _FLAG, "verify-root-password": _FLAG},
    },
    "device-info": {
        "args": [],
        "opts": {name: {"t": "enum", "v": ["all", "network", "disk"]} for name in ("t", "type")},
    },
    "device-match": {
        "args": [
            {"name": "TYPE", "t": "enum", "v": ["network", "disk"]},
            {"name": "FILTER", "opt": True, "rep": True, **_WORD},
        ],
        "opts": {"filter-match": {"t": "enum", "v": ["any", "all"]}},
    },
    "system-info": {"args": [], "opts": {}},
}  # fmt: skip

#: Without these a storage is refused; the documentation does not mark them.
REQUIRED = {
    "btrfs": ["path"],
    "cifs": ["server", "share"],
    "dir": ["path"],
    "esxi": ["server", "username"],
    "iscsi": ["portal", "target"],
    "iscsidirect": ["portal", "target"],
    "lvm": ["vgname"],
    "lvmthin": ["vgname", "thinpool"],
    "nfs": ["server", "export"],
    "pbs": ["server", "datastore", "username"],
    "zfs": ["portal", "target", "pool", "iscsiprovider"],
    "zfspool": ["pool"],
}

#: Configuration files: the page, and the heading (or none) under which their keys stand.
FILES = {
    "qm.conf": ("qm.conf.5.html", "Options"),
    "pct.conf": ("pct.conf.5.html", "Options"),
    "datacenter.cfg": ("datacenter.cfg.5.html", "Options"),
    "vzdump.conf": ("vzdump.1.html", "Configuration"),
    "ha-resources": ("ha-manager.1.html", "Resources"),
    "ha-rules.common": ("ha-manager.1.html", "Rules"),
    "ha-rules.node-affinity": ("ha-manager.1.html", "Node Affinity Rules"),
    "ha-rules.resource-affinity": ("ha-manager.1.html", "Resource Affinity Rules"),
    "firewall.cluster": ("pve-firewall.8.html", "Cluster Wide Setup"),
    "firewall.host": ("pve-firewall.8.html", "Host Specific Configuration"),
    "firewall.vm": ("pve-firewall.8.html", "VM/Container Configuration"),
    "firewall.vnet": ("pve-firewall.8.html", "VNet Configuration"),
}

COMMON_STORAGE = ("nodes", "content", "shared", "disable", "prune-backups", "format")

# The pages on a node have spans; other builds of the same documents have code.
_MONO = "(self::span and @class='monospaced')"
_CODE = f"./*[self::code or {_MONO}]"
_MAN = re.compile(r"(?P<program>[\w-]+)\.(?P<section>[18])\.html")


class MakingError(Exception):
    """The documentation is not there or not of the expected form."""


def folder_of(root: Path) -> Path:
    """Return the folder of the documentation under *root*.

    Raises:
        MakingError: none of the known places has it.
    """
    for place in WHERE:
        if (root / place / "qm.1.html").is_file():
            return root / place
    places = ", ".join(str(root / place) for place in WHERE)
    raise MakingError(f"no qm.1.html in {places}; name the root of a node or its pve-docs")


# --- types -----------------------------------------------------------------------


def type_of(text: str) -> Raw:
    """Return the type that a synopsis states: ``<integer> (0 - N)``, ``[enabled=]<1|0> …``."""
    text = text.strip()
    for pattern, made in _TYPES:
        match = re.fullmatch(pattern, text)
        if match:
            return made(match)
    # Said in words, or an expression of Perl.
    in_words = not text or re.search(r"[a-z]{2,},? [a-z]", text)
    return {"t": "string"} if in_words else {"t": "pattern", "re": text}


_TYPES: list[tuple[str, Callable[[re.Match[str]], Raw]]] = [
    (r"<(boolean|string|array)>", lambda m: {"t": m[1]}),
    (r"<1\|0>", lambda _: {"t": "boolean"}),
    (r"<N>", lambda _: {"t": "integer"}),
    (r"<(storage|volume)(?: ID)?>", lambda m: {"t": m[1]}),
    (r"<(integer|number)>(?: \((\S+) - (\S+)\))?", lambda m: {"t": m[1], **_bounds(m[2], m[3])}),
    (r"(?:\[?,?\[?[\w<>-]+=\]?<|\[\[[\w-]+=\]).*", lambda m: _properties(m[0])),
    (r"<(\([^<>]*\))>", lambda m: {"t": "string", "as": m[1]}),
    (
        r"<([^<>]+(?:\s*\|\s*[^<>|]+)+)>",
        lambda m: {"t": "enum", "v": [each.strip() for each in m[1].split("|")]},
    ),
    (r"<([^<>|]+)>", lambda m: {"t": "string", "as": m[1]}),
]


def _bounds(low: str | None, high: str | None) -> Raw:
    found: Raw = {}
    for key, value in (("min", low), ("max", high)):
        if value is not None and re.fullmatch(r"-?\d+(\.\d+)?", value):
            found[key] = float(value) if "." in value else int(value)
    return found


def _properties(text: str) -> Raw:
    """Return the type of ``[key=]<type> [,key=<type>]``."""
    result: Raw = {"t": "props", "props": {}}
    for match in re.finditer(
        r"(?P<optional>\[)?,?(?:\[(?P<default>[\w-]+)=\]|(?P<key>[\w<>-]+)=)"
        r"(?P<type>(?:<[^<>]*>|[^\s<\]])+(?:\[;[^\]]*\]>?)?)",
        text,
    ):
        key = match["default"] or match["key"]
        inner = match["type"]
        spec: Raw = {"t": "string"} if inner == "<enum>" else type_of(inner)
        if not match["optional"]:
            spec["req"] = True
        if match["default"]:
            result["key"] = key
        result["props"][key] = spec
    return result


# --- pages -------------------------------------------------------------------------


def _text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def terms(lists: html.HtmlElement) -> Iterator[tuple[list[str], str, html.HtmlElement]]:
    """Yield (codes, default, description) of a list; the codes are name and type."""
    for term in lists.xpath("./dl/dt"):
        # A blank before the closing backtick leaves it unformatted.
        codes = [_text(each) for each in term.xpath(_CODE)]
        codes += [each.strip() for each in re.findall(r"`([^`]*)`", _text(term))]
        default = ""
        if term.xpath("./em[contains(., 'default')]") and len(codes) > 1:
            default = codes.pop()
        yield codes, default, term.getnext()


def _spec(codes: list[str], default: str, told: html.HtmlElement) -> Raw:
    """Return the spec of one term."""
    spec = type_of(codes[1] if len(codes) > 1 else "<string>")
    if default:
        spec["d"] = default
    if spec["t"] == "props":
        for inner in told.xpath("./div[@class='dlist']"):
            for names, value, more in terms(inner):
                key = names[0]
                required = spec["props"].get(key, {}).get("req")
                spec["props"][key] = _spec(names, value, more) | (
                    {"req": True} if required else {}
                )
    said = _text(told)
    if match := re.search(r"Requires option\(s\): ([\w, -]+)", said):
        spec["needs"] = [each.strip() for each in match[1].split(",")]
    # What replaces it, without the sentence: "Use X instead".
    first = _text(told.xpath("./p")[0]) if told.xpath("./p") else ""
    if match := re.search(
        r"(?:^|[.] |\()[Dd]eprecated\b[:,]? ?(?:[Uu]se ([^.)]+?) instead)?", first
    ):
        spec["dep"] = f"use {match[1]} instead" if match[1] else "deprecated"
    return spec


def _indexed(name: str, spec: Raw) -> Raw:
    match = re.fullmatch(r"([\w-]+)\[n\]", name)
    if match and match[1] in INDEXES:
        spec["n"] = [0, INDEXES[match[1]]]
    return spec


def commands(page: html.HtmlElement, program: str) -> dict[str, Raw]:
    """Return the commands of a man page."""
    found: dict[str, Raw] = {}
    for head in page.xpath("//div[starts-with(@id, 'cli_')]"):
        strong = head.xpath("./p/strong")
        if not strong or not _text(strong[0]).startswith(program):
            continue
        name = _text(strong[0]).removeprefix(program).strip()
        signature = " ".join(_text(each) for each in head.xpath(f"./p/*[self::code or {_MONO}]"))
        if signature.startswith("<COMMAND>"):
            continue
        if signature == "help":
            name, signature = "help", ""
        found[name] = _command(head, signature)
    return found


def _command(head: html.HtmlElement, signature: str) -> Raw:
    command: Raw = {"args": [], "opts": {}}
    if "[FORMAT_OPTIONS]" in signature:
        command["fmt"] = True
    types: dict[str, Raw] = {}
    for block in head.itersiblings():
        if (block.get("id") or "").startswith("cli_") or block.tag in {"h1", "h2", "h3"}:
            break
        if block.get("class") == "paragraph":
            command |= _standing(_text(block))
        elif block.get("class") == "dlist":
            _options(block, command, types, {})
    required = set(re.findall(r"(?<!\[)--([\w-]+)", signature))
    for name in sorted(required & set(command["opts"])):
        command["opts"][name]["req"] = True
        command.setdefault("req", []).append(name)
    for match in re.finditer(r"(\[|\{)?<([\w-]+)>(\]|\})?", re.sub(r"--\S+ \S+", "", signature)):
        argument: Raw = {"name": match[2], **types.get(match[2], {"t": "string"})}
        if match[1] == "[":
            argument["opt"] = True
        if match[1] == "{" or argument["t"] == "array":
            argument |= {"rep": True, "opt": True}
        command["args"].append(argument)
    return command


def _standing(said: str) -> Raw:
    """Return what a paragraph says of the command as a whole."""
    if match := re.fullmatch(r"An alias for (?:\S+ )?(.+)\.", said):
        return {"alias": match[1].strip("'")}
    if match := re.search(r"[Dd]eprecated in favou?r of ([^).]+)", said):
        return {"dep": match[1]}
    if re.search(r"internal(ly)? |DO NOT USE|Internal|do not use manually", said):
        return {"internal": True}
    return {}


def _options(block: html.HtmlElement, command: Raw, types: dict[str, Raw], when: Raw) -> None:
    for codes, default, told in terms(block):
        if not codes:
            continue
        name = codes[0]
        if match := re.fullmatch(r"\[([\w-]+)=([\w-]+)\]", name):
            for inner in told.xpath("./div[@class='dlist']"):
                _options(inner, command, types, {match[1]: match[2]})
        elif name.startswith("--"):
            spec = _indexed(name[2:], _spec(codes, default, told))
            command["opts"][name[2:]] = spec | ({"when": when} if when else {})
        elif match := re.fullmatch(r"<([\w-]+)>", name):
            types[match[1]] = _spec(codes, default, told)


def keys(page: html.HtmlElement, heading: str) -> dict[str, Raw]:
    """Return the keys of a configuration file, which stand under a heading of its page."""
    for title in page.xpath("//h2|//h3|//h4|//h5"):
        if _text(title) != heading:
            continue
        section = title.getparent()
        # An example between the keys cuts the list in two.
        whole = section.xpath("(.|./div[@class='sectionbody'])/div[@class='dlist']")
        for blocks in (whole, section.xpath(".//div[@class='dlist']")[:1]):
            found = {
                codes[0]: _indexed(codes[0], _spec(codes, default, told))
                for block in blocks
                for codes, default, told in terms(block)
                if len(codes) > 1 and re.fullmatch(r"[\w-]+(\[n\])?", codes[0])
            }
            if found:
                return found
    return {}


def storages(page: html.HtmlElement, types: list[str], options: dict[str, Raw]) -> dict[str, Raw]:
    """Return the types of storage: keys and content types.

    Args:
        page: the chapter on storage.
        types: that ``pvesm add`` takes; the chapter does not tell of all of them.
        options: those of ``pvesm add``, which have the types of the keys.
    """
    known = {"images", "rootdir", "vztmpl", "backup", "iso", "snippets", "import"}
    found: dict[str, tuple[set[str], list[str]]] = {}
    for kind in types:
        found[kind] = (set(), [])
    for paragraph in page.xpath(
        "//div[@class='paragraph']/p[starts-with(., 'Storage pool type')]"
    ):
        section = paragraph.xpath("ancestor::div[@class='sect1' or @class='sect2'][1]")[0]
        written = {
            _text(term)
            for title in section.xpath(".//h3|.//h4")
            if _text(title) == "Configuration"
            for term in title.getparent().xpath("./div[@class='dlist']/dl/dt")
        }
        cells = [_text(each).split() for each in section.xpath(".//td[1]")]
        contents = max(cells, key=lambda cell: len(known & set(cell)), default=[])
        if "snippets" in contents:
            contents.append("import")  # the table does not name what the text allows
        for code in paragraph.xpath(_CODE):
            found[_text(code)] = (written, [each for each in contents if each in known])
    # An option that no type describes as its own may be common to several.
    own = set[str]().union(*(written for written, _ in found.values()))
    common = [*COMMON_STORAGE, *(name for name in options if name not in own)]
    return {
        kind: {
            "keys": {
                name: options.get(name, {"t": "string"})
                for name in [*common, *sorted(written or own), *REQUIRED.get(kind, ())]
            },
            "req": REQUIRED.get(kind, []),
            "content": contents,
        }
        for kind, (written, contents) in found.items()
    }


def api(text: str) -> dict[str, Raw]:
    """Return the paths of the API viewer's data."""
    begin = text.find("[")
    if begin < 0:
        raise MakingError("apidata.js holds no list of paths")
    tree, _ = json.JSONDecoder().raw_decode(text[begin:])
    found: dict[str, Raw] = {}

    def walk(nodes: list[Raw]) -> None:
        for node in nodes:
            methods = {
                method: _parameters(info, node["path"])
                for method, info in node.get("info", {}).items()
            }
            if methods:
                found[node["path"]] = methods
            walk(node.get("children", []))

    walk(tree)
    return found


def _parameters(info: Raw, path: str) -> Raw:
    parameters = {}
    for name, each in info.get("parameters", {}).get("properties", {}).items():
        if f"{{{name}}}" in path:
            continue
        spec: Raw = {"t": each.get("type", "string")}
        if "enum" in each:
            spec["v"] = each["enum"]
        if not each.get("optional"):
            spec["req"] = 1
        parameters[name] = spec
    return parameters


# --- all of it -----------------------------------------------------------------------


def make(root: Path) -> dict[str, Raw]:
    """Return the three tables, by file name.

    Raises:
        MakingError: the documentation is not there or cannot be read.
    """
    folder = folder_of(root)
    pages = {path.name: html.fromstring(path.read_bytes()) for path in folder.glob("*.html")}
    data = folder / "api-viewer" / "apidata.js"
    if not data.is_file():
        raise MakingError(f"{data} is missing")
    meta = {"source": "pve-docs", "version": version(folder, pages)}
    programs: dict[str, Raw] = {name: {"commands": each} for name, each in BY_HAND.items()}
    for name, page in sorted(pages.items()):
        if match := _MAN.fullmatch(name):
            found = commands(page, match["program"])
            if found:
                programs[match["program"]] = {"section": int(match["section"]), "commands": found}
    formats = {
        "human-readable": {"t": "boolean"},
        "noborder": {"t": "boolean"},
        "noheader": {"t": "boolean"},
        "output-format": {"t": "enum", "v": ["json", "json-pretty", "text", "yaml"]},
        "quiet": {"t": "boolean"},
    }
    files = {
        name: keys(pages[page], heading)
        for name, (page, heading) in FILES.items()
        if page in pages
    }
    add = programs.get("pvesm", {}).get("commands", {}).get("add", {"args": [], "opts": {}})
    types = [word for argument in add["args"] for word in argument.get("v", ())]
    chapter = pages.get("chapter-pvesm.html")
    return {
        "pve-cli.json": {
            "meta": meta, "format_options": formats, "defs": {}, "programs": programs,
        },
        "pve-api.json": {"meta": meta, "paths": api(data.read_text(encoding="utf-8"))},
        "pve-conf.json": {
            "meta": meta,
            "files": files,
            "storage": storages(chapter, types, add["opts"]) if chapter is not None else {},
            "content_types": [],
        },
    }  # fmt: skip


def version(folder: Path, pages: dict[str, html.HtmlElement]) -> str:
    """Return the version of the documentation: of the package, or the one on its pages."""
    for page in pages.values():
        for each in page.xpath("//span[@id='revnumber']"):
            if match := re.search(r"\d+(\.\d+)+", _text(each)):
                return match[0]
    for log in folder.parent.glob("doc/pve-docs/changelog*.gz"):
        with gzip.open(log, "rt", encoding="utf-8") as text:
            if match := re.search(r"\(([^)]+)\)", text.readline()):
                return match[1]
    query = ["dpkg-query", "--show", "--showformat=${Version}", "pve-docs"]
    if str(folder).startswith("/usr/"):
        done = subprocess.run(query, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout:
            return done.stdout
    return "unknown"


def main(arguments: list[str] | None = None) -> int:
    """Make the tables; return the exit status."""
    parser = argparse.ArgumentParser(prog="claims.making", description=__doc__)
    parser.add_argument("root", type=Path, help="the root of a node, or its pve-docs")
    parser.add_argument("out", type=Path, help="the folder for the tables")
    options = parser.parse_args(arguments)
    try:
        tables = make(options.root)
    except MakingError as error:
        print(f"make pve-tables: {error}", file=sys.stderr)  # noqa: T201 - what a command is for
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        text = json.dumps(table, ensure_ascii=False, indent=1) + "\n"
        (options.out / name).write_text(text, encoding="utf-8")
    programs = tables["pve-cli.json"]["programs"]
    total = sum(len(each["commands"]) for each in programs.values())
    print(  # noqa: T201
        f"{options.out}: {len(programs)} programs, {total} commands, "
        f"{len(tables['pve-api.json']['paths'])} paths of the API, "
        f"{len(tables['pve-conf.json']['storage'])} types of storage, "
        f"pve-docs {tables['pve-cli.json']['meta']['version']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
