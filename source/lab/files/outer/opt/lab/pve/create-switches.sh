#!/bin/sh
# 母艦が Proxmox VE のとき: 3 本のブリッジを作る。物理の NIC はつながない。
# lab-trunk = vmbr90、lab-cluster = vmbr91、lab-storage = vmbr92
set -eu
node=$(hostname)

bridge() { # 名前 コメント [アドレス]
    if pvesh get "/nodes/$node/network/$1" >/dev/null 2>&1; then
        echo "$1: すでにあるので作りません。"
        return
    fi
    pvesh create "/nodes/$node/network" --iface "$1" --type bridge --autostart 1 \
        --comments "$2" ${3:+--cidr "$3"}
}

bridge vmbr90 lab-trunk 10.10.10.2/24
bridge vmbr91 lab-cluster
bridge vmbr92 lab-storage
# ここまでは /etc/network/interfaces.new に書かれただけ。次の 1 行で有効になる
pvesh set "/nodes/$node/network"
