#!/bin/sh
# 全 VM のスナップショットを同じ名前でそろえて扱う。
# 使い方: snapshot.sh take L0 | rollback L0 | list | delete L0
# VM が 1 台でも動いていれば何もしない。ノードどうしの状態が食い違うのを防ぐため。
set -eu
export LC_ALL=C  # virsh の出力を判定に使うので、訳させない
machines="gw1 nas1 pbs1 pve1 pve2 pve3"

usage() { echo "使い方: $0 take|rollback|delete 名前、または $0 list" >&2; exit 2; }
[ $# -ge 1 ] || usage
action=$1
case $action in
    list) [ $# -eq 1 ] || usage ;;
    take|rollback|delete) [ $# -eq 2 ] || usage ;;
    *) usage ;;
esac

existing=
for name in $machines; do
    state=$(virsh domstate "$name" 2>/dev/null | head -n 1) || state=
    [ -n "$state" ] || continue
    existing="$existing $name"
    if [ "$action" != list ] && [ "$state" != "shut off" ]; then
        echo "$name が動いています（$state）。virsh shutdown $name で止めてから実行してください。" >&2
        exit 1
    fi
    # 途中で止まると世代が食い違うので、手を付ける前に全 VM にあることを確かめる
    if [ "$action" = rollback ] && ! virsh snapshot-info "$name" "$2" >/dev/null 2>&1; then
        echo "$name に $2 がありません。snapshot.sh list で名前を確かめてください。" >&2
        exit 1
    fi
done
[ -n "$existing" ] || { echo "ラボの VM が 1 台もありません。" >&2; exit 1; }

for name in $existing; do
    case $action in
        take)     virsh snapshot-create-as "$name" "$2" ;;
        rollback) virsh snapshot-revert "$name" "$2" && echo "$name: $2 に戻しました。" ;;
        delete)   virsh snapshot-delete "$name" "$2" ;;
        list)     echo "== $name"; virsh snapshot-list "$name" --name ;;
    esac
done
