"""A call of a program against the table of its commands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from . import values
from .findings import Trouble
from .shell import Word
from .tables import Spec, lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .shell import Call
    from .tables import Command, Tables

FAMILY = re.compile(r"(pve(?!\d+$)|pmx|qm|proxmox-|ha-manager)[\w-]*")
"""Names that only programs of Proxmox have; pve1 is a node."""

#: Programs that a book may name and for which no table exists, each with the reason.
WITHOUT_TABLE = {
    "pveupgrade": "asks apt; takes no argument of interest",
    "pveupdate": "run by a timer, not typed",
    "pvebanner": "run at boot, not typed",
    "proxmox-backup-client": "belongs to Proxmox Backup Server",
    "proxmox-backup-manager": "belongs to Proxmox Backup Server",
    "proxmox-file-restore": "belongs to Proxmox Backup Server",
}

#: Options whose value Proxmox VE asks for where none is written.
ASKED = {"password", "cipassword"}

_SPREAD = re.compile(r"\$[@*]|\$\{(?:[@*]|\w+\[[@*]\]|\w+:?\+)")

_METHODS = {"get": "GET", "create": "POST", "set": "PUT", "delete": "DELETE"}


def check(call: Call, tables: Tables, *, complete: bool = True) -> Iterator[Trouble]:
    """Yield what is wrong with a call.

    Bad: ``qm importdisk 101 x.qcow2 local-lvm`` (an alias),
    ``qm migrate --online 101 pve2`` (the option takes 101).
    Good: ``qm disk import 101 x.qcow2 local-lvm``, ``qm migrate 101 pve2 --online 1``.

    Args:
        call: what is typed.
        tables: what exists.
        complete: false for a mention (``qm start``), which may lack arguments.
    """
    yield from _Check(call, tables, complete=complete and not call.partial).run()


@dataclass(frozen=True, slots=True)
class Mention:
    """A name or number in a call whose meaning the table knows.

    Attributes:
        role: vmid, storage, node or address.
        text: what is written.
        line: where.
    """

    role: str
    text: str
    line: int


def mentions(call: Call, tables: Tables) -> list[Mention]:
    """Return what a call says of the reader's machines, placeholders left out."""
    check = _Check(call, tables, complete=False)
    list(check.run())
    return list(check.mentions())


def unknown_program(name: str, tables: Tables) -> str | None:
    """Return what is wrong with the name of a program, None if nothing is known against it.

    Bad: ``pvecmd``.  Good: ``pvecm``, ``zpool``.
    """
    if name in tables.programs or name in WITHOUT_TABLE or not FAMILY.fullmatch(name):
        return None
    return f"there is no program {name!r}{_meant(name, tables.programs)}"


def _meant(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, sorted(set(known)), 1)
    return f"; is {near[0]!r} meant?" if near else ""


def _open(word: Word) -> bool:
    """Say whether the reader or the shell fills in something here."""
    return not word.fixed or values.is_placeholder(word.text)


def _begins(name: str, group: list[str]) -> bool:
    parts = name.split()
    return len(parts) > len(group) and parts[: len(group)] == group


@dataclass
class _Check:
    """One call while it is being checked."""

    call: Call
    tables: Tables
    complete: bool = field(kw_only=True)

    def __post_init__(self) -> None:
        spread = [word for word in self.call.words if not word.fixed and _SPREAD.match(word.text)]
        if spread:
            # The shell puts any number of words here.
            words = tuple(word for word in self.call.words if word not in spread)
            self.call, self.complete = replace(self.call, words=words), False
        self.title = self.call.program
        self.arguments: list[Word] = []
        self.options: dict[str, Word] = {}
        # pvesh takes, beside its own options, the parameters of the API.
        self.known: dict[str, Spec] = {}
        self.command: Command | None = None
        # How many arguments the command takes.
        self.wanted = 0

    def trouble(self, kind: str, message: str, word: Word | None = None) -> Trouble:
        line = word.line if word else self.call.line
        return Trouble(line, kind, f"{self.title}: {message}", str(self.call))

    def run(self) -> Iterator[Trouble]:
        commands = self.tables.programs[self.call.program]
        name = self._name(commands)
        if isinstance(name, Trouble):
            yield name
        if not isinstance(name, str):
            return
        command = commands[name]
        rest = self.call.words[len(name.split()) :]
        self.title = f"{self.call.program} {name}".rstrip()
        if command.deprecated:
            yield self.trouble("deprecated", f"deprecated in favour of {command.deprecated}")
        if command.internal:
            yield self.trouble("deprecated", "for internal use, not to be typed")
        if command.alias_of:
            proper = f"{self.call.program} {command.alias_of}"
            yield self.trouble("alias", f"an alias; write {proper}")
            command, self.title = commands[command.alias_of], proper
        self.known = dict(command.options)
        self.wanted = len(command.arguments)
        self.command = command
        if self.call.program == "pvesh":
            yield from self._add_api(command, rest)
        yield from self._split(rest)
        yield from self._positions(command)
        yield from self._values()
        if self.call.program == "pvesm" and command.name == "add":
            yield from self._storage()

    def _name(self, commands: Mapping[str, Command]) -> str | Trouble | None:
        """Return the name of the command, what is wrong with it, or None where none is given."""
        words = self.call.words
        for length in range(min(max(len(name.split()) for name in commands), len(words)), 0, -1):
            name = " ".join(word.text for word in words[:length])
            if name in commands:
                return name
        if "" in commands:
            return ""
        group: list[str] = []
        for word in words:
            if not any(_begins(name, [*group, word.text]) for name in commands):
                break
            group.append(word.text)
        self.title = " ".join((self.call.program, *group))
        following = words[len(group)] if len(words) > len(group) else None
        if following is None or following.text in {"-h", "--help"}:
            return self.trouble("missing", "the command is missing") if self.complete else None
        if _open(following):
            return None
        known = [
            name.split()[len(group)]
            for name, command in commands.items()
            if _begins(name, group) and not command.alias_of
        ]
        message = f"there is no command {following.text!r}{_meant(following.text, known)}"
        return self.trouble("subcommand", message, following)

    def _split(self, words: tuple[Word, ...]) -> Iterator[Trouble]:
        """Part the words into arguments and options as Proxmox VE does."""
        left = list(reversed(words))
        while left:
            word = left.pop()
            if word.text == "--":
                self.arguments.extend(reversed(left))
                return
            if not re.match(r"--?[A-Za-z]", word.text):
                self.arguments.append(word)
                continue
            written, sign, value = word.text.lstrip("-").partition("=")
            name, spec, troubles = self._option(word, written)
            yield from troubles
            if spec is None:
                # What an unknown option takes is unknown too; it most often takes a value.
                if not sign and left and not left[-1].text.startswith("-"):
                    left.pop()
            elif sign:
                self.options[name] = Word(value, word.line, word.fixed)
            else:
                self.options[name] = Word("1", word.line)
                yield from self._take(name, spec, word, left)

    def _take(self, name: str, spec: Spec, word: Word, left: list[Word]) -> Iterator[Trouble]:
        """Take the value of an option from the words that are left (the next one is last)."""
        if spec.kind == "flag":
            return
        following = left[-1] if left else None
        if spec.kind == "boolean":
            if following is None or following.text.startswith("-"):
                return
            if (
                len(self.arguments) < self.wanted
                and not _open(following)
                and not values.TRUE_OR_FALSE.fullmatch(following.text)
            ):
                # What else is wrong is told of the call that is meant.
                yield self.trouble(
                    "swallowed",
                    f"--{name} takes the next word, {following.text!r}, as its value; "
                    f"write --{name} 1 or put it last",
                    following,
                )
                return
        elif following is None or re.match(r"--[A-Za-z]", following.text):
            if self.complete and name not in ASKED:
                yield self.trouble("missing", f"--{name} lacks its value", word)
            self.options[name] = Word("", word.line, fixed=False)
            return
        self.options[name] = left.pop()

    def _option(self, word: Word, written: str) -> tuple[str, Spec | None, list[Trouble]]:
        """Return name and spec of an option, and what is wrong with how it is written."""
        troubles: list[Trouble] = []
        if not word.fixed and values.is_placeholder(written):
            return written, None, troubles
        spec, name = lookup(written, self.known), written
        if spec is None:
            lower = written.lower()
            begun = [each for each in self.known if each.lower().startswith(lower)]
            if lookup(lower, self.known):
                name = lower
            elif len(begun) == 1 and not begun[0].endswith("[n]"):
                name = begun[0]
            else:
                message = f"there is no option --{written}" + self._nearest(written)
                return name, None, [self.trouble("option", message, word)]
            spec = lookup(name, self.known)
            troubles.append(self.trouble("form", f"write --{name} in full, not {written!r}", word))
        if not word.text.startswith("--") and len(written) > 1:
            troubles.append(
                self.trouble("form", f"write --{name} with two hyphens, not {word.text!r}", word)
            )
        return name, spec, troubles

    def _nearest(self, written: str) -> str:
        match = re.fullmatch(r"([A-Za-z_-]+?)\d+", written)
        spec = self.known.get(f"{match[1]}[n]") if match else None
        if match and spec and spec.indexes:
            return f"; there are --{match[1]}{spec.indexes[0]} to --{match[1]}{spec.indexes[1]}"
        return _meant(written, self.known)

    def _positions(self, command: Command) -> Iterator[Trouble]:
        given = list(self.arguments)
        for index, spec in enumerate(command.arguments):
            taken = given[index:] if spec.repeats else given[index : index + 1]
            if not taken and not spec.optional and self.complete:
                yield self.trouble("missing", f"the argument <{spec.name}> is missing")
            for word in taken:
                yield from self._value(word, spec, f"<{spec.name}>")
            if spec.repeats:
                return
        for word in given[len(command.arguments) :]:
            # A mention goes on in other words: `qm start 101 …`.
            if not _open(word) or self.complete:
                yield self.trouble("argument", f"{word.text!r} is one argument too many", word)

    def _value(self, word: Word, spec: Spec, title: str) -> Iterator[Trouble]:
        if word.fixed:
            for problem in values.problems(word.text, spec):
                yield self.trouble("value", f"{title}: {problem}", word)

    def _values(self) -> Iterator[Trouble]:
        for name, word in self.options.items():
            spec = lookup(name, self.known)
            if spec is not None:
                yield from self._value(word, spec, f"--{name}")
                yield from self._conditions(name, spec, word)
        if self.complete:
            for name, spec in self.known.items():
                if spec.required and name not in self.options:
                    yield self.trouble("missing", f"--{name} is missing")

    def _conditions(self, name: str, spec: Spec, word: Word) -> Iterator[Trouble]:
        """Yield what stands against using the option here at all."""
        if spec.deprecated:
            yield self.trouble("deprecated", f"--{name} is deprecated: {spec.deprecated}", word)
        for argument, wanted in spec.when:
            if self._argument(argument) not in {None, wanted}:
                yield self.trouble("option", f"--{name} is only for {wanted}", word)
        if spec.needs and self.complete and not set(spec.needs) & set(self.options):
            needed = " or ".join(f"--{each}" for each in spec.needs)
            yield self.trouble("missing", f"--{name} needs {needed}", word)

    def mentions(self) -> Iterator[Mention]:
        """Yield names and numbers with a meaning; :meth:`run` comes first."""
        if self.command is None:
            return
        pairs: list[tuple[str, Spec, Word]] = []
        for index, spec in enumerate(self.command.arguments):
            taken = self.arguments[index:] if spec.repeats else self.arguments[index : index + 1]
            pairs.extend((spec.name, spec, word) for word in taken)
        for name, word in self.options.items():
            known = lookup(name, self.known)
            if known is not None:
                pairs.append((name, known, word))
        for name, spec, word in pairs:
            if word.fixed:
                for role, text in _roles(name, spec, word.text):
                    if text and not values.is_placeholder(text):
                        yield Mention(role, text, word.line)

    def _argument(self, name: str) -> str | None:
        """Return the positional argument called *name*, None if it is left open."""
        commands = self.tables.programs[self.call.program]
        words = self.title.split()[1:]
        for spec, word in zip(commands[" ".join(words)].arguments, self.arguments, strict=False):
            if spec.name == name and not _open(word):
                return word.text
        return None

    def _add_api(self, command: Command, rest: tuple[Word, ...]) -> Iterator[Trouble]:
        """Look up the path of the API and take its parameters for options."""
        path = next((word for word in rest if word.text.startswith("/")), None)
        if path is None or "…" in path.text or "..." in path.text or command.name == "help":
            return
        if not path.fixed and "$" in path.text:
            path = Word(re.sub(r"\$\{?\w+\}?|\$\(.*?\)", "{}", path.text), path.line)
        templates = self.tables.paths(re.sub(r"<[^<>]*>", "{}", path.text))
        if not templates:
            yield self.trouble("path", f"the API has no path {path.text}", path)
            # Its parameters are unknown; none is held against the call.
            self.complete = False
            self.known |= {
                word.text.lstrip("-").partition("=")[0]: _ANYTHING
                for word in rest
                if word.text.startswith("--")
            }
            return
        method = _METHODS.get(command.name)
        if method is None:
            return
        methods = self.tables.methods(templates[0])
        if method not in methods:
            others = [verb for verb, name in _METHODS.items() if name in methods]
            message = f"{path.text} cannot be asked so; it knows {', '.join(others) or 'ls'}"
            yield self.trouble("path", message, path)
            return
        self.known |= methods[method]

    def _storage(self) -> Iterator[Trouble]:
        """Yield options that the type of storage does not have, and missing ones."""
        kind = self._argument("type")
        if kind is None or kind not in self.tables.storages:
            return
        keys, required, contents = self.tables.storages[kind]
        for name, word in self.options.items():
            if name in self.known and name not in keys and name not in {"digest", "password"}:
                yield self.trouble("option", f"--{name} is not for storages of type {kind}", word)
        content = self.options.get("content")
        if content and not _open(content):
            for each in re.split(r"[,;\s]+", content.text):
                if contents and each not in {*contents, "none"}:
                    message = (
                        f"--content: {kind} cannot hold {each!r}; it can {', '.join(contents)}"
                    )
                    yield self.trouble("value", message, content)
        if self.complete:
            for name in required:
                if name not in self.options:
                    yield self.trouble("missing", f"--{name} is missing for type {kind}")


def _roles(name: str, spec: Spec, text: str) -> Iterator[tuple[str, str]]:
    """Yield (role, text) of what a value means."""
    if spec.kind == "props":
        for part in text.split(","):
            key, sign, value = part.partition("=")
            inner = spec.properties.get(key if sign else spec.default_key)
            if inner is not None:
                yield from _roles(key if sign else "", inner, value if sign else part)
    elif name in {"vmid", "newid", "target-vmid"}:
        yield from (("vmid", each) for each in text.split(",") if each.isdigit())
    elif spec.kind == "storage" or name in {"targetstorage", "target-storage"}:
        yield "storage", text
    elif spec.kind == "volume" and ":" in text and not text.startswith("/"):
        yield "storage", text.partition(":")[0]
    elif name in {"node", "target", "nodes"}:
        yield from (("node", each.partition(":")[0]) for each in re.split(r"[,;]", text))
    elif name == "ip":
        yield "address", text.partition("/")[0]


_ANYTHING = Spec("string")
