#!/usr/bin/env python3
"""変更の前に、プールのゲストすべてのスナップショットを取る。使い方: snapshot_guests.py POOL。

名前は接頭辞と時刻（UTC）。自分の接頭辞の付いた古いものを、--keep 個を残して消す。
終了コードは、すべて終われば 0、一つでも失敗すれば 1、使い方の誤りは 2。
"""

import re
import sys
import time
from datetime import UTC, datetime

from guests import FAILURES, Refused, connect, members, options, reason, run


def wait(api, upid, limit):
    """タスクの終わりまで待つ。OK 以外で終わるか、時間切れなら失敗とする。"""
    node = upid.split(":")[1]
    deadline = time.monotonic() + limit
    while (state := api.nodes(node).tasks(upid).status.get())["status"] != "stopped":
        if time.monotonic() > deadline:
            raise Refused(f"still running after {limit} s, look at it: {upid}")
        time.sleep(min(2, max(0.1, deadline - time.monotonic())))
    if state["exitstatus"] != "OK":
        raise Refused(f"{state['exitstatus']}: {upid}")


def old(guest, prefix, keep):
    """消してよいものの名前を、古い順に返す。人が付けた名前には当たらない。"""
    own = re.compile(re.escape(prefix) + r"_\d{8}_\d{6}")
    names = sorted(each["name"] for each in guest.snapshot.get() if own.fullmatch(each["name"]))
    return names[: max(0, len(names) - keep)]


def snapshot(api, each, name, arguments):
    """1 台のスナップショットを取り、終わってから古いものを消す。"""
    guest = api.nodes(each["node"])(each["type"])(each["vmid"])
    if arguments.dry_run:
        print(f"{each['vmid']} {name}: would be taken")
        # 取った後の数で数えるので、いまは一つ少なく残す
        for gone in old(guest, arguments.prefix, arguments.keep - 1):
            print(f"{each['vmid']} {gone}: would be removed")
        return
    upid = guest.snapshot.post(snapname=name, description="taken before a change")
    wait(api, upid, arguments.timeout)
    print(f"{each['vmid']} {name}: taken")
    for gone in old(guest, arguments.prefix, arguments.keep):
        wait(api, guest.snapshot(gone).delete(), arguments.timeout)
        print(f"{each['vmid']} {gone}: removed")


def main(arguments):
    """1 台の失敗では止めず、最後に失敗として終わる。"""
    api = connect(arguments)
    name = f"{arguments.prefix}_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    failed = 0
    for each in members(api, arguments.pool):
        try:
            snapshot(api, each, name, arguments)
        except FAILURES as error:
            print(f"{each['vmid']} {name}: {reason(error)}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


def arguments():
    """引数を読み、消し過ぎる値と、API が断る接頭辞を先に断る。"""
    parser = options("Snapshots of all guests of a resource pool.")
    parser.add_argument("--prefix", default="auto", help="of the names, up to 20 characters")
    parser.add_argument("--keep", type=int, default=3, help="own snapshots that stay, at least 1")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for each task")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    given = parser.parse_args()
    if given.keep < 1:
        parser.error("--keep: at least 1, or the new snapshot would go as well")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,19}", given.prefix):
        parser.error("--prefix: a letter, then letters, digits and hyphens, up to 20")
    return given


if __name__ == "__main__":
    run(main, arguments())
