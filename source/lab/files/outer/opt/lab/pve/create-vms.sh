#!/bin/sh
# 母艦が Proxmox VE のとき: ラボの VM を作る。使い方: create-vms.sh STORAGE gw1 pve1 …
# VMID は 800 に第 4 オクテットを足した数。すでにある VMID には触らない。
set -eu
[ $# -ge 2 ] || { echo "使い方: $0 STORAGE 名前 …（gw1 pve1 pve2 pve3 nas1 pbs1）" >&2; exit 2; }
storage=$1
shift

mac() { printf '02:00:00:00:%02d:%02d' "$host" "$1"; }
disk() { printf '%s:%s,discard=on,iothread=1,serial=%s-%s' "$storage" "$2" "$name" "$1"; }

for name in "$@"; do
    case $name in
        gw1)  host=1;  cores=1; memory=1024 ;;
        pve1) host=11; cores=4; memory=6144 ;;
        pve2) host=12; cores=4; memory=6144 ;;
        pve3) host=13; cores=4; memory=6144 ;;
        nas1) host=31; cores=2; memory=2048 ;;
        pbs1) host=32; cores=2; memory=2048 ;;
        *) echo "$name: ラボにない名前です。" >&2; exit 2 ;;
    esac
    vmid=$((800 + host))
    if qm status "$vmid" >/dev/null 2>&1; then
        echo "$vmid ($name): すでにあるので作りません。"
        continue
    fi

    # firewall=0: 母艦のファイアウォールに、ノードの中のゲストの MAC を捨てさせない
    set -- --name "$name" --ostype l26 --machine q35 --bios seabios \
        --cpu host --cores "$cores" --memory "$memory" --balloon 0 \
        --scsihw virtio-scsi-single --rng0 source=/dev/urandom --onboot 0 \
        --ide2 none,media=cdrom --boot 'order=scsi0;ide2' \
        --net0 "virtio=$(mac 0),bridge=vmbr90,firewall=0"
    case $name in
        gw1)
            set -- "$@" --scsi0 "$(disk sda 10)" \
                --net1 "virtio=$(mac 9),bridge=vmbr0,firewall=0" ;;
        nas1)
            set -- "$@" --scsi0 "$(disk sda 16)" --scsi1 "$(disk sdb 100)" \
                --net2 "virtio=$(mac 2),bridge=vmbr92,firewall=0" ;;
        pbs1)
            set -- "$@" --scsi0 "$(disk sda 32)" --scsi1 "$(disk sdb 64)" \
                --net2 "virtio=$(mac 2),bridge=vmbr92,firewall=0" ;;
        *)
            set -- "$@" --scsi0 "$(disk sda 64)" --scsi1 "$(disk sdb 64)" --scsi2 "$(disk sdc 32)" \
                --net1 "virtio=$(mac 1),bridge=vmbr91,firewall=0" \
                --net2 "virtio=$(mac 2),bridge=vmbr92,firewall=0" ;;
    esac
    qm create "$vmid" "$@"
done
