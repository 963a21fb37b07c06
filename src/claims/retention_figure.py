"""The calendar of chapter 12, drawn from what :mod:`claims.retention` computes.

``PYTHONPATH=src python -m claims.retention_figure`` writes
``diagrams/part3/ch12/retention.svg``; a test holds the committed drawing
against it, so the marked days are those that the rule keeps.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from lab import load

from .retention import REMOVE, Keep, live, nightly

PROJECT = Path(__file__).parents[2]
FIGURE = PROJECT / "diagrams" / "part3" / "ch12" / "retention.svg"
LAB = PROJECT / "source" / "lab" / "lab.yaml"

#: The storage whose retention is drawn.
STORAGE = "nas1-backup"

#: The night on which is counted, the first backup, and the hour of the job.
TODAY = date(2026, 11, 24)
FIRST = date(2025, 11, 25)
HOUR = time(1, 0)

#: The first Monday drawn, and how many weeks.
MONDAY = date(2026, 10, 12)
WEEKS = 7

WEEKDAYS = {
    "mon": "月曜",
    "tue": "火曜",
    "wed": "水曜",
    "thu": "木曜",
    "fri": "金曜",
    "sat": "土曜",
    "sun": "日曜",
}

#: How a kept day looks: class, radius of the corners, class of the label.  Shape and
#: line say it as well as the colour.
LOOKS = {
    "last": ("solid", 4, "label strong reversed mid"),
    "daily": ("vm", 0, "label strong mid"),
    "weekly": ("ct", 17, "label strong mid"),
    REMOVE: ("room", 0, "label mid"),
}

WIDTH, LEFT, TOP = 540, 98, 58
STEP, CELL = (60, 44), (54, 34)


def retention() -> Keep:
    """Return the retention of :data:`STORAGE`, as the lab has it."""
    (storage,) = (each for each in load(LAB).raw["storages"] if each["id"] == STORAGE)
    return Keep.parse(str(storage["prune-backups"]))


def kept(keep: Keep) -> dict[date, str]:
    """Return the days that are left on :data:`TODAY` after a year of nightly backups."""
    marks = live(nightly(FIRST, TODAY, HOUR), keep)
    return {when.date(): mark for when, mark in marks.items()}


def draw(keep: Keep, sheet: str) -> str:
    """Return the calendar as SVG.

    Args:
        keep: The retention.
        sheet: The text of ``house.css``.
    """
    marks = kept(keep)
    shown = [MONDAY + timedelta(days=day) for day in range(7 * WEEKS)]
    shown = [day for day in shown if day <= TODAY]
    body = [*_weekdays(), *_weeks(), *_days(shown, marks), *_legend(keep)]
    height = TOP + WEEKS * STEP[1] + 14 + 2 * 46 + 12
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="ja" width="{WIDTH}"'
                f' height="{height}" viewBox="0 0 {WIDTH} {height}"'
            ),
            '     role="img" aria-labelledby="retention-title retention-desc"',
            (
                "     font-family=\"'Noto Sans CJK JP', 'Noto Sans JP', 'Hiragino Sans',"
                " 'Yu Gothic', Meiryo, sans-serif\">"
            ),
            '  <title id="retention-title">保持の数え方を暦で見る</title>',
            f'  <desc id="retention-desc">{escape(_description(marks, keep))}</desc>',
            "",
            "  <!-- Written by python -m claims.retention_figure; do not edit it. -->",
            (
                "  <!-- The house style: the same block in every figure, explained in"
                " diagrams/README.md. -->"
            ),
            "  <style>",
            *(f"    {line}" if line else "" for line in sheet.strip().splitlines()),
            "  </style>",
            "",
            f'  <rect class="card" width="{WIDTH}" height="{height}" rx="14"/>',
            "",
            *body,
            "</svg>",
            "",
        ]
    )


def _description(marks: dict[date, str], keep: Keep) -> str:
    """Say in one line what the drawing shows, with the days of each rule."""
    parts = []
    for rule in keep.counts():
        days = sorted((day for day, mark in marks.items() if mark == rule), reverse=True)
        named = "、".join(f"{day.month} 月 {day.day} 日" for day in days)
        parts.append(f"keep-{rule} で残るのは {named}。")
    start = f"{MONDAY.year} 年 {MONDAY.month} 月 {MONDAY.day} 日"
    return (
        f"{start}からの {WEEKS} 週を、月曜から日曜までの行にした暦。"
        f"{TODAY.month} 月 {TODAY.day} 日の夜までに毎晩 1 回取った世代のうち、"
        + "".join(parts)
        + "ほかの日の世代は消える。"
    )


def _box(x: float, y: float, width: float, look: tuple[str, int], label: str) -> list[str]:
    """Return a box with its label, as a group."""
    name, radius = look
    corners = f' rx="{radius}"' if radius else ""
    return [
        "  <g>",
        f'    <rect class="{name}" x="{x}" y="{y}" width="{width}" height="{CELL[1]}"{corners}/>',
        f"    {label}",
        "  </g>",
    ]


def _text(name: str, kind: str, at: tuple[float, float], text: str, *, same: bool = False) -> str:
    """Return a label; *same* means: the same in every language."""
    fixed = ' translate="no"' if same else ""
    x, y = at
    return f'<text id="retention-{name}" class="{kind}" x="{x}" y="{y}"{fixed}>{text}</text>'


def _weekdays() -> list[str]:
    lines = []
    for column, (key, label) in enumerate(WEEKDAYS.items()):
        x = LEFT + column * STEP[0]
        text = _text(key, "label mid", (x + CELL[0] / 2, 42), label)
        lines += _box(x - 3, 18, STEP[0], ("room", 0), text)
    return lines


def _weeks() -> list[str]:
    lines = []
    for row in range(WEEKS):
        y = TOP + row * STEP[1]
        week = (MONDAY + timedelta(weeks=row)).isocalendar().week
        text = _text(f"w{week}", "label strong mid", (54, y + 23), f"W{week}", same=True)
        lines += _box(18, y, 72, ("group", 4), text)
    return lines


def _days(shown: list[date], marks: dict[date, str]) -> list[str]:
    lines = []
    for day in shown:
        row, column = divmod((day - MONDAY).days, 7)
        x, y = LEFT + column * STEP[0], TOP + row * STEP[1]
        name, radius, kind = LOOKS[marks.get(day, REMOVE)]
        first = day == MONDAY or day.day == 1
        label = f"{day.month}/{day.day}" if first else str(day.day)
        text = _text(f"d{day:%m%d}", kind, (x + CELL[0] / 2, y + 23), label, same=True)
        lines += _box(x, y, CELL[0], (name, radius), text)
    return lines


def _legend(keep: Keep) -> list[str]:
    """Return what the looks mean, in two columns."""
    entries = [(rule, f"keep-{rule}={count}", True) for rule, count in keep.counts().items()]
    entries.append((REMOVE, "消える世代", False))
    lines = []
    for place, (rule, label, same) in enumerate(entries):
        row, column = divmod(place, 2)
        x, y = 18 + column * 260, TOP + WEEKS * STEP[1] + 14 + row * 46
        name, radius, kind = LOOKS[rule]
        sample = _text(f"sample-{rule}", kind, (x + 27, y + 23), "24", same=True)
        lines += _box(x, y, CELL[0], (name, radius), sample)
        text = _text(f"rule-{rule}", "label", (x + 72, y + 23), label, same=same)
        lines += _box(x + 60, y, 184, ("room", 0), text)
    return lines


def main() -> None:
    """Write the figure."""
    sheet = (PROJECT / "diagrams" / "house.css").read_text(encoding="utf-8")
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    FIGURE.write_text(draw(retention(), sheet), encoding="utf-8")


if __name__ == "__main__":
    main()
