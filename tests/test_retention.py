"""The rule of retention, and the numbers and the calendar of chapter 12 that rest on it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import pytest
from lxml import etree

from claims import retention_figure
from claims.retention import Keep, RetentionError, live, nightly, prune

from .conftest import PROJECT

CHAPTER = (PROJECT / "source/part3/ch12-backup.md").read_text(encoding="utf-8")

#: The year of nightly backups that the chapter counts in.
NIGHTS = nightly(retention_figure.FIRST, retention_figure.TODAY, retention_figure.HOUR)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def kept(marks: dict[datetime, str], rule: str = "") -> list[str]:
    """The days that are kept, newest first, those of one rule if it is named."""
    return [
        f"{when:%m-%d}"
        for when, mark in marks.items()
        if mark == rule or (not rule and mark != "remove")
    ]


# --- the rule --------------------------------------------------------------------


def test_a_period_counts_once_with_its_newest_backup() -> None:
    day = [at("2026-11-23 01:00"), at("2026-11-23 12:00"), at("2026-11-24 01:00")]
    assert prune(day, Keep(daily=2)) == {
        at("2026-11-24 01:00"): "daily",
        at("2026-11-23 12:00"): "daily",
        at("2026-11-23 01:00"): "remove",
    }


def test_a_rule_passes_over_what_an_earlier_rule_covers_without_counting_it() -> None:
    marks = prune(NIGHTS, Keep(last=3, daily=2))
    assert kept(marks, "last") == ["11-24", "11-23", "11-22"]
    assert kept(marks, "daily") == ["11-21", "11-20"]


def test_periods_without_backups_are_not_counted() -> None:
    gaps = [at("2026-11-24 01:00"), at("2026-11-02 01:00"), at("2026-07-01 01:00")]
    assert kept(prune(gaps, Keep(daily=2))) == ["11-24", "11-02"]


def test_the_order_of_the_rules_is_not_that_in_which_they_are_written() -> None:
    one = Keep.parse("keep-weekly=4,keep-daily=7,keep-last=3")
    assert one == Keep.parse("keep-last=3, keep-daily=7, keep-weekly=4")
    assert list(one.counts()) == ["last", "daily", "weekly"]


def test_a_week_is_that_of_iso_8601_over_the_turn_of_the_year() -> None:
    # 2026-12-28 to 2027-01-03 is one week, W53 of 2026.
    turn = nightly(date(2026, 12, 26), date(2027, 1, 3), time(1))
    assert kept(prune(turn, Keep(weekly=2))) == ["01-03", "12-27"]


def test_hours_months_and_years() -> None:
    hours = [at(f"2026-11-24 {hour:02}:{minute}") for hour in (9, 10) for minute in (10, 50)]
    marks = prune(hours, Keep(hourly=5))
    assert [when for when, mark in marks.items() if mark == "hourly"] == [
        at("2026-11-24 10:50"),
        at("2026-11-24 09:50"),
    ]
    assert kept(prune(NIGHTS, Keep(monthly=3))) == ["11-24", "10-31", "09-30"]
    years = nightly(date(2024, 12, 30), date(2026, 1, 2), time(1))
    assert kept(prune(years, Keep(yearly=3))) == ["01-02", "12-31", "12-31"]


def test_what_is_protected_stays_and_is_not_counted() -> None:
    marks = prune(NIGHTS, Keep(last=2), protected=[NIGHTS[-1], NIGHTS[0]])
    assert kept(marks, "protected") == ["11-24", "11-25"]
    assert kept(marks, "last") == ["11-23", "11-22"]


def test_a_protected_backup_does_not_cover_its_period() -> None:
    both = [at("2026-11-24 01:00"), at("2026-11-24 12:00")]
    assert prune(both, Keep(daily=1), protected=[both[1]])[both[0]] == "daily"


@pytest.mark.parametrize("keep", [Keep(), Keep(all=True)])
def test_without_a_rule_everything_is_kept(keep) -> None:
    assert set(prune(NIGHTS, keep).values()) == {"all"}


def test_the_example_of_the_documentation_covers_what_it_promises() -> None:
    """vzdump.adoc: 3, 13, 8, 11 and 9 of daily backups, and what they ensure."""
    keep = Keep.parse("keep-last=3,keep-daily=13,keep-weekly=8,keep-monthly=11,keep-yearly=9")
    today = date(2026, 11, 24)
    marks = prune(nightly(date(2014, 1, 1), today, time(1)), keep)
    days = {when.date(): mark for when, mark in marks.items() if mark != "remove"}
    assert len(days) == 3 + 13 + 8 + 11 + 9
    # At least two weeks of daily backups, two months of weekly ones, a year of
    # monthly ones, ten years in all.
    assert all(today - timedelta(days=back) in days for back in range(14))
    two_months = [today - timedelta(days=back) for back in range(61)]
    weeks = {day.isocalendar()[:2] for day in days}
    assert {day.isocalendar()[:2] for day in two_months} <= weeks
    months = {(day.year, day.month) for day in days if day >= date(2025, 12, 1)}
    assert len(months) == 12
    assert {day.year for day in days} == set(range(2016, 2027))
    assert min(days) <= today.replace(year=2016) + timedelta(days=366)


def test_what_was_removed_cannot_be_kept_later() -> None:
    keep = Keep(daily=7, weekly=4, monthly=2)
    assert "09-30" in kept(prune(NIGHTS, keep), "monthly")
    assert "09-30" not in kept(live(NIGHTS, keep), "monthly")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keep-dayly=7", "'keep-dayly=7' is no retention; write keep-all=N, keep-daily=N"),
        ("keep-daily=seven", "'keep-daily=seven' is no retention"),
        ("maxfiles=3", "'maxfiles=3' is no retention"),
        ("keep-daily=7,keep-daily=3", "keep-daily stands twice"),
        ("keep-all=1,keep-last=3", "keep-all=1 beside other rules"),
        ("", "'' is no retention"),
    ],
)
def test_a_wrong_retention_is_refused_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(RetentionError, match=re.escape(told)):
        Keep.parse(text)


# --- the numbers of the chapter ------------------------------------------------------


def table(name: str) -> list[list[str]]:
    """The rows of a table of the chapter, without its head, as plain text."""
    body = re.search(rf":name: {name}\n(.*?)\n:::", CHAPTER, re.DOTALL)
    assert body, f"the chapter has no table {name}"
    rows = [line for line in body[1].splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


def test_the_walk_through_of_the_chapter_is_what_the_rule_keeps() -> None:
    keep = retention_figure.retention()
    marks = live(NIGHTS, keep)
    *rules, total = table("tbl-ch12-count")
    assert [row[0] for row in rules] == [f"keep-{rule}={n}" for rule, n in keep.counts().items()]
    for (name, number, days), rule in zip(rules, keep.counts(), strict=True):
        assert days.split("、") == kept(marks, rule), name
        assert int(number) == len(kept(marks, rule)), name
    oldest = kept(marks)[-1]
    assert total == ["合計", str(len(marks)), f"最も古いのは {oldest}"]


def test_the_compared_retentions_keep_as_many_and_as_old_as_the_chapter_says() -> None:
    rows = table("tbl-ch12-policies")
    assert len(rows) == 7
    for text, number, oldest in rows:
        marks = live(NIGHTS, Keep.parse(text))
        assert (len(marks), min(marks).date()) == (int(number), date.fromisoformat(oldest)), text


def test_the_months_of_the_chapter_counted_at_once_and_night_by_night() -> None:
    keep = Keep.parse("keep-last=3,keep-daily=7,keep-weekly=4,keep-monthly=6")
    assert f"`keep-last={keep.last},keep-daily={keep.daily},keep-weekly={keep.weekly}" in CHAPTER
    (_, at_once), (_, nightly_run) = table("tbl-ch12-monthly")
    assert at_once.split("、") == kept(prune(NIGHTS, keep), "monthly")
    assert nightly_run.split("、") == kept(live(NIGHTS, keep), "monthly")
    # "The last Sunday of each month", says the chapter.
    for when, mark in live(NIGHTS, keep).items():
        if mark == "monthly":
            assert when.isoweekday() == 7
            assert (when + timedelta(days=7)).month != when.month


def sentence(pattern: str) -> re.Match[str]:
    found = re.search(pattern, CHAPTER)
    assert found, f"the chapter no longer says {pattern}"
    return found


def test_two_backups_by_hand_push_out_a_week_as_the_chapter_says() -> None:
    keep = retention_figure.retention()
    noon = datetime.combine(retention_figure.TODAY, time(12))
    more = live([*NIGHTS, noon, noon + timedelta(hours=1)], keep)
    said = sentence(
        r"最も古い世代は (\d+) 月 (\d+) 日から (\d+) 月 (\d+) 日に進み、週の世代が一つ失われます。"
    )
    before, after = min(live(NIGHTS, keep)), min(more)
    assert tuple(map(int, said.groups())) == (before.month, before.day, after.month, after.day)
    daily = [when for when, mark in more.items() if mark == "daily"]
    said = sentence(r"毎日の世代は (\d+) 月 (\d+) 日までになります。")
    assert tuple(map(int, said.groups())) == (min(daily).month, min(daily).day)
    assert int(sentence(r"合計は (\d+) のまま変わらないので")[1]) == len(more)


def test_of_two_backups_of_a_day_the_earlier_one_goes() -> None:
    noon = datetime.combine(retention_figure.TODAY, time(12))
    twice = [noon, noon + timedelta(hours=1)]
    assert noon not in live([*NIGHTS, *twice], Keep(daily=7))
    assert noon in live([*NIGHTS, *twice], Keep(last=3, daily=7))


def test_the_answer_of_the_first_exercise() -> None:
    marks = live(NIGHTS, Keep.parse("keep-daily=7,keep-weekly=4"))
    said = sentence(
        r"`keep-daily=7,keep-weekly=4` で残るのは (\d+) 世代で、最も古い日は (\S+) です。"
    )
    assert (int(said[1]), said[2]) == (len(marks), f"{min(marks):%Y-%m-%d}")
    assert sentence(r"11-15、11-08、11-01、10-25 の日曜が残ります。")
    assert kept(marks, "weekly") == ["11-15", "11-08", "11-01", "10-25"]


def test_the_retentions_of_the_text_are_those_of_the_lab() -> None:
    keep = retention_figure.retention()
    text = f"keep-last={keep.last},keep-daily={keep.daily},keep-weekly={keep.weekly}"
    assert f"nas1-backup の設定は `{text}` です。" in CHAPTER
    assert f"--prune-backups {text}" in CHAPTER
    config = (PROJECT / "source/lab/files/pve1/etc/pve/storage.cfg").read_text(encoding="utf-8")
    (line,) = re.findall(
        r"^nfs: nas1-backup\n(?:\t.*\n)*?\tprune-backups (.*)", config, re.MULTILINE
    )
    assert Keep.parse(line) == keep


# --- the calendar ------------------------------------------------------------------


def test_the_committed_calendar_is_the_one_that_is_drawn() -> None:
    sheet = (PROJECT / "diagrams/house.css").read_text(encoding="utf-8")
    drawn = retention_figure.draw(retention_figure.retention(), sheet)
    assert retention_figure.FIGURE.read_text(encoding="utf-8") == drawn, (
        "write it anew: PYTHONPATH=src python -m claims.retention_figure"
    )


def marked(svg: bytes) -> dict[str, str]:
    """The days of a calendar and the class of the box that each stands in."""
    days = {}
    for label in etree.fromstring(svg).iter("{*}text"):
        found = re.fullmatch(r"retention-d(\d\d)(\d\d)", label.get("id"))
        if found:
            box = label.getparent().find("{*}rect")
            days[f"{found[1]}-{found[2]}"] = box.get("class")
    return days


def test_the_days_marked_in_the_calendar_are_those_of_the_table() -> None:
    days = marked(retention_figure.FIGURE.read_bytes())
    assert len(days) == 44
    *rules, _ = table("tbl-ch12-count")
    looks = {f"keep-{rule}": look[0] for rule, look in retention_figure.LOOKS.items()}
    for name, _, shown in rules:
        look = looks[name.partition("=")[0]]
        assert [day for day, box in days.items() if box == look] == shown.split("、")[::-1]


def test_another_retention_draws_another_calendar() -> None:
    sheet = (PROJECT / "diagrams/house.css").read_text(encoding="utf-8")
    days = marked(retention_figure.draw(Keep(last=3, daily=7, weekly=3), sheet).encode())
    assert days["10-18"] == "room"
    assert marked(retention_figure.FIGURE.read_bytes())["10-18"] == "ct"


def test_the_module_writes_the_figure(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(retention_figure, "FIGURE", tmp_path / "new" / "retention.svg")
    retention_figure.main()
    committed = PROJECT / "diagrams/part3/ch12/retention.svg"
    assert (tmp_path / "new" / "retention.svg").read_bytes() == committed.read_bytes()
