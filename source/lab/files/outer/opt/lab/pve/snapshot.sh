#!/bin/sh
# 母艦が Proxmox VE のとき: 全 VM のスナップショットを同じ名前でそろえて扱う。
# 使い方: snapshot.sh take L0 | rollback L0 | list | delete L0
# VM が 1 台でも動いていれば何もしない。ノードどうしの状態が食い違うのを防ぐため。
set -eu
export LC_ALL=C
vmids="801 831 832 811 812 813"

usage() { echo "使い方: $0 take|rollback|delete 名前、または $0 list" >&2; exit 2; }
[ $# -ge 1 ] || usage
action=$1
case $action in
    list) [ $# -eq 1 ] || usage ;;
    take|rollback|delete) [ $# -eq 2 ] || usage ;;
    *) usage ;;
esac

existing=
for vmid in $vmids; do
    state=$(qm status "$vmid" 2>/dev/null) || continue
    existing="$existing $vmid"
    if [ "$action" != list ] && [ "$state" != "status: stopped" ]; then
        echo "$vmid が動いています。qm shutdown $vmid で止めてから実行してください。" >&2
        exit 1
    fi
    # 途中で止まると世代が食い違うので、手を付ける前に全 VM にあることを確かめる
    if [ "$action" = rollback ] && ! qm config "$vmid" --snapshot "$2" >/dev/null 2>&1; then
        echo "$vmid に $2 がありません。snapshot.sh list で名前を確かめてください。" >&2
        exit 1
    fi
done
[ -n "$existing" ] || { echo "ラボの VM が 1 台もありません。" >&2; exit 1; }

for vmid in $existing; do
    case $action in
        take)     qm snapshot "$vmid" "$2" ;;
        rollback) qm rollback "$vmid" "$2" ;;
        delete)   qm delsnapshot "$vmid" "$2" ;;
        list)     echo "== $vmid"; qm listsnapshot "$vmid" ;;
    esac
done
