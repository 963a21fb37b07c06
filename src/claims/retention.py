"""Which backups a retention keeps: the rule of ``prune-backups``, computed.

The rule is that of ``prune_mark_backup_group`` of pve-storage (files) and of
``compute_prune_info`` of proxmox-backup (snapshots of a PBS), which agree on
finished backups.  The chapter about backups shows numbers and a calendar; its
tests compute them with this module, and the calendar is drawn from it
(``claims.calendar``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta

#: What happens to backups that no rule keeps, and to those that no rule touches.
REMOVE, PROTECTED, ALL = "remove", "protected", "all"

Period = Callable[[datetime], object]

#: The rules in the order in which they are applied, and the period that each counts.
#: A week is that of ISO 8601: Monday to Sunday, with the year it belongs to.
PERIODS: dict[str, Period] = {
    "last": lambda when: when,
    "hourly": lambda when: (when.date(), when.hour),
    "daily": lambda when: when.date(),
    "weekly": lambda when: when.isocalendar()[:2],
    "monthly": lambda when: (when.year, when.month),
    "yearly": lambda when: when.year,
}


class RetentionError(ValueError):
    """A retention that Proxmox VE would refuse."""


@dataclass(frozen=True)
class Keep:
    """How many periods of each kind are kept; 0 leaves the rule out."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    #: ``keep-all=1``; not together with the others.
    all: bool = False

    @classmethod
    def parse(cls, text: str) -> Keep:
        """Return what ``prune-backups`` says, as ``keep-last=3,keep-daily=7``.

        Raises:
            RetentionError: A rule is unknown, given twice, not a number, or
                stands beside ``keep-all=1``.
        """
        names = {each.name for each in fields(cls)}
        given: dict[str, int] = {}
        for part in text.split(","):
            found = re.fullmatch(r"\s*keep-([a-z]+)=(\d+)\s*", part)
            if not found or found[1] not in names:
                rules = ", ".join(f"keep-{each}=N" for each in sorted(names))
                message = f"{part.strip()!r} is no retention; write {rules}, with commas between"
                raise RetentionError(message)
            if found[1] in given:
                message = f"keep-{found[1]} stands twice in {text!r}; write it once"
                raise RetentionError(message)
            given[found[1]] = int(found[2])
        everything = bool(given.pop("all", 0))
        if everything and any(given.values()):
            message = f"keep-all=1 beside other rules in {text!r}; write one or the others"
            raise RetentionError(message)
        return cls(**given, all=everything)

    def counts(self) -> dict[str, int]:
        """Return the rules that are set, in the order in which they are applied."""
        return {rule: getattr(self, rule) for rule in PERIODS if getattr(self, rule)}


def prune(
    backups: Iterable[datetime], keep: Keep, protected: Iterable[datetime] = ()
) -> dict[datetime, str]:
    """Say for each backup of one guest what becomes of it.

    Args:
        backups: When they were made, in local time, in any order.
        keep: The retention.
        protected: Those of *backups* that are protected: they stay, and are not counted.

    Returns:
        For each backup, newest first, the rule that keeps it (``last``,
        ``daily`` …), ``all``, ``protected`` or ``remove``.
    """
    newest_first = sorted(set(backups), reverse=True)
    marks = dict.fromkeys(set(protected) & set(newest_first), PROTECTED)
    if keep.all or not keep.counts():
        return {when: marks.get(when, ALL) for when in newest_first}
    for rule, count in keep.counts().items():
        _mark(newest_first, marks, rule, count)
    return {when: marks.get(when, REMOVE) for when in newest_first}


def _mark(newest_first: list[datetime], marks: dict[datetime, str], rule: str, count: int) -> None:
    """Mark what one *rule* keeps: the newest of each of the next *count* periods.

    A period in which an earlier rule keeps a backup is passed over without
    being counted; so is one without backups.
    """
    period = PERIODS[rule]
    passed = {period(when) for when, mark in marks.items() if mark not in {PROTECTED, REMOVE}}
    counted: set[object] = set()
    for when in newest_first:
        this = period(when)
        if when in marks or this in passed:
            continue
        if this in counted:
            marks[when] = REMOVE
        elif len(counted) == count:
            return
        else:
            counted.add(this)
            marks[when] = rule


def live(
    times: Iterable[datetime], keep: Keep, protected: Iterable[datetime] = ()
) -> dict[datetime, str]:
    """Say what is left when each of *times* makes a backup and prunes, as a job does.

    What was removed on an earlier day cannot be kept later, so this differs
    from one :func:`prune` of all.  Returns the marks of the last run, without
    what was removed.
    """
    kept: dict[datetime, str] = {}
    guarded = set(protected)
    for when in sorted(times):
        marks = prune([*kept, when], keep, guarded)
        kept = {each: mark for each, mark in marks.items() if mark != REMOVE}
    return kept


def nightly(first: date, last: date, at: time) -> list[datetime]:
    """Return one moment a day, from *first* to *last*, both included."""
    days = (last - first).days + 1
    return [datetime.combine(first + timedelta(days=day), at) for day in range(days)]
