"""The command line, the API and the configuration files of Proxmox VE, as tables.

Three JSON files, made by ``make pve-tables`` or given: ``pve-cli.json``,
``pve-api.json``, ``pve-conf.json``.  They hold names, types, ranges and
defaults, no sentence of the documentation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILES = ("pve-cli.json", "pve-api.json", "pve-conf.json")

_INDEXED = re.compile(r"(?P<name>[A-Za-z_-]*[A-Za-z_-])(?P<index>\d+)")


class TablesError(Exception):
    """The tables are not there or cannot be read; the message names the file."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a value must look like.

    Attributes:
        kind: boolean, flag, integer, number, enum, pattern, props, storage,
            volume, array or string.
        name: of a positional argument.
        values: the admitted words of an enum.
        low: smallest number.
        high: largest number.
        pattern: a Perl expression, or a sketch such as ``<node>[:<pri>]``.
        hint: what the documentation calls the value, such as ``GatewayIPv4``.
        properties: of ``props``: the keys of ``key=value,key=value``.
        default_key: of ``props``: the key that may be left out.
        required: it must be there.
        optional: a positional argument that may be left out.
        repeats: a positional argument that takes the remaining words.
        deprecated: what to use instead, empty if it is not deprecated.
        needs: names of options without which this one is refused.
        when: argument and value for which alone this option is meant.
        indexes: smallest and largest index of ``net[n]``.
    """

    kind: str
    name: str = ""
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    pattern: str = ""
    hint: str = ""
    properties: Mapping[str, Spec] = field(default_factory=dict)
    default_key: str = ""
    required: bool = False
    optional: bool = False
    repeats: bool = False
    deprecated: str = ""
    needs: tuple[str, ...] = ()
    when: tuple[tuple[str, str], ...] = ()
    indexes: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a program: ``disk import`` of ``qm``.

    Attributes:
        name: the words after the program, empty for a program without commands.
        arguments: positional, in order.
        options: by name without hyphens; ``net[n]`` stands for net0, net1 ….
        alias_of: the proper name, empty if this is it.
        deprecated: what to use instead, empty if it is not deprecated.
        internal: not meant to be typed.
    """

    name: str
    arguments: tuple[Spec, ...]
    options: Mapping[str, Spec]
    alias_of: str = ""
    deprecated: str = ""
    internal: bool = False


@dataclass(frozen=True)
class Tables:
    """All three tables, read."""

    cli: Mapping[str, Any]
    api: Mapping[str, Any]
    conf: Mapping[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Tables:
        """Read the tables of *folder*.

        Raises:
            TablesError: one is missing or not JSON.
        """
        read = []
        for name in FILES:
            try:
                read.append(json.loads((folder / name).read_text(encoding="utf-8")))
            except OSError as error:
                raise TablesError(f"{folder / name}: {error.strerror}") from error
            except ValueError as error:
                raise TablesError(f"{folder / name}: not JSON: {error}") from error
        return cls(*read)

    @property
    def version(self) -> str:
        """The version of the documentation that the tables were made from."""
        return str(self.cli["meta"]["version"])

    @property
    def source(self) -> str:
        """What the tables were made from, such as ``pve-docs 9.1.3``."""
        return (
            f"{str(self.cli['meta'].get('source', 'pve-docs')).rsplit('/', 1)[-1]} {self.version}"
        )

    @cached_property
    def programs(self) -> Mapping[str, Mapping[str, Command]]:
        """The commands of every program, by name."""
        return {
            program: {name: self._command(name, raw) for name, raw in entry["commands"].items()}
            for program, entry in self.cli["programs"].items()
        }

    @cached_property
    def files(self) -> Mapping[str, Mapping[str, Spec]]:
        """The keys of every configuration file."""
        return {
            name: {key: self._spec(raw) for key, raw in keys.items()}
            for name, keys in self.conf["files"].items()
        }

    @cached_property
    def storages(
        self,
    ) -> Mapping[str, tuple[Mapping[str, Spec], tuple[str, ...], tuple[str, ...]]]:
        """Per type of storage: its keys, the required ones, its content types."""
        return {
            name: (
                {key: self._spec(raw) for key, raw in entry["keys"].items()},
                tuple(entry.get("req", ())),
                tuple(entry.get("content", ())),
            )
            for name, entry in self.conf["storage"].items()
        }

    @cached_property
    def _paths(self) -> list[tuple[tuple[str, ...], str]]:
        return [(tuple(path.strip("/").split("/")), path) for path in self.api["paths"]]

    def paths(self, path: str) -> list[str]:
        """Return the paths of the API that *path* can mean; ``/nodes/pve1`` is ``/nodes/{node}``.

        Written parameters (``{node}``, ``<node>``) match parameters only.
        """
        wanted = tuple(path.strip("/").split("/"))
        if wanted == ("",):
            return ["/"]
        matching = [
            (sum(a != b for a, b in zip(segments, wanted, strict=True)), template)
            for segments, template in self._paths
            if len(segments) == len(wanted)
            and all(a == b or a.startswith("{") for a, b in zip(segments, wanted, strict=True))
        ]
        best = min((distance for distance, _ in matching), default=0)
        return [template for distance, template in matching if distance == best]

    def methods(self, template: str) -> Mapping[str, Mapping[str, Spec]]:
        """Return the parameters of every method of a path of the API."""
        if template == "/":
            return {"GET": {}}
        return {
            method: {name: self._spec(raw) for name, raw in parameters.items()}
            for method, parameters in self.api["paths"][template].items()
        }

    def _command(self, name: str, raw: Mapping[str, Any]) -> Command:
        options = {option: self._spec(spec) for option, spec in raw["opts"].items()}
        if raw.get("fmt"):
            formats = self.cli["format_options"]
            options |= {option: self._spec(spec) for option, spec in formats.items()}
        return Command(
            name,
            tuple(self._spec(argument) for argument in raw["args"]),
            options,
            raw.get("alias", ""),
            raw.get("dep", ""),
            bool(raw.get("internal")),
        )

    def _spec(self, raw: Mapping[str, Any]) -> Spec:
        if "$" in raw:
            # A shared definition, to which the place may add what holds only there.
            raw = self.cli["defs"][raw["$"]] | {k: v for k, v in raw.items() if k != "$"}
        indexes = raw.get("n")
        return Spec(
            # The API's table says `string` and lists the words.
            kind="enum" if raw.get("v") else raw.get("t", "string"),
            name=raw.get("name", ""),
            values=tuple(_words(raw.get("v", ()))),
            low=raw.get("min"),
            high=raw.get("max"),
            pattern=raw.get("re", ""),
            hint=raw.get("as", ""),
            properties={key: self._spec(each) for key, each in raw.get("props", {}).items()},
            default_key=raw.get("key", ""),
            required=bool(raw.get("req")),
            optional=bool(raw.get("opt")),
            repeats=bool(raw.get("rep")),
            deprecated=raw.get("dep", ""),
            needs=tuple(raw.get("needs", ())),
            when=tuple(raw.get("when", {}).items()),
            indexes=(indexes[0], indexes[1]) if indexes else None,
        )


def _words(values: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the words of an enum; ``{"p": "mp", "n": [0, 255]}`` is mp0, mp1 …."""
    for value in values:
        if isinstance(value, dict):
            low, high = value["n"]
            yield from (f"{value['p']}{index}" for index in range(low, high + 1))
        else:
            yield str(value)


def lookup(name: str, specs: Mapping[str, Spec]) -> Spec | None:
    """Return the spec called *name*; ``net1`` is found under ``net[n]``.

    An index beyond the largest one finds nothing.
    """
    if name in specs and not name.endswith("[n]"):
        return specs[name]
    if match := _INDEXED.fullmatch(name):
        spec = specs.get(f"{match['name']}[n]")
        low, high = spec.indexes if spec and spec.indexes else (0, None)
        if spec and low <= int(match["index"]) and (high is None or int(match["index"]) <= high):
            return spec
    return None
