#!/bin/sh
# ラボの VM を作る。使い方: create-vms.sh gw1 pve1 …
# ディスクは書いた分だけ母艦の領域を使う qcow2。すでにある VM には触らない。
set -eu
export LC_ALL=C  # virsh の出力を判定に使うので、訳させない
here=$(dirname "$(readlink -f "$0")")
images=${LAB_IMAGES:-/var/lib/libvirt/images}

disk() { # 名前 大きさ
    [ -e "$images/$1.qcow2" ] || qemu-img create -q -f qcow2 "$images/$1.qcow2" "$2"
}

[ $# -gt 0 ] || { echo "使い方: $0 名前 …（gw1 pve1 pve2 pve3 nas1 pbs1）" >&2; exit 2; }
for name in "$@"; do
    if virsh dominfo "$name" >/dev/null 2>&1; then
        echo "$name: すでにあるので作りません。"
        continue
    fi
    case $name in
        pve1|pve2|pve3) disk "$name-sda" 64G; disk "$name-sdb" 64G; disk "$name-sdc" 32G ;;
        gw1)            disk "$name-sda" 10G ;;
        nas1)           disk "$name-sda" 16G; disk "$name-sdb" 100G ;;
        pbs1)           disk "$name-sda" 32G; disk "$name-sdb" 64G ;;
        *) echo "$name: ラボにない名前です。" >&2; exit 2 ;;
    esac
    virsh define --validate "$here/$name.xml"
done
