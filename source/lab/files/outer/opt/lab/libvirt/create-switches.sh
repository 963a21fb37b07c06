#!/bin/sh
# 3 本の仮想スイッチを作り、母艦の起動時にも上がるようにする。何度実行してもよい。
set -eu
export LC_ALL=C  # virsh の出力を判定に使うので、訳させない
here=$(dirname "$(readlink -f "$0")")

for net in default lab-trunk lab-cluster lab-storage; do
    if ! virsh net-info "$net" >/dev/null 2>&1; then
        if [ "$net" = default ]; then
            echo "libvirt の network default がありません。上流にする network を先に用意してください。" >&2
            exit 1
        fi
        virsh net-define --validate "$here/$net.xml"
    fi
    virsh net-info "$net" | grep -q '^Active: *yes' || virsh net-start "$net"
    virsh net-autostart "$net"
done
virsh net-list --all
