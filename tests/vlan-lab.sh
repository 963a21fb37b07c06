#!/bin/sh
# Runs as /init of the machine of tests/test_vlan.py: three nodes, gw1 and five
# guests as namespaces, with the interfaces files of the book.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /run
mount -t tmpfs tmp /tmp
modprobe -a bridge 8021q veth nf_tables

# step NAME COMMAND...: what it prints, then its name and status.
step() {
    name=$1
    shift
    "$@" 2>&1
    printf '\n@@ %s %s\n' "$name" "$?"
}

# in MACHINE COMMAND...: in its network, with its own /run, /sys and /etc/network.
in_() {
    machine=$1
    shift
    nsenter --target "$(cat "/tmp/$machine.pid")" --net --mount "$@"
}

machine() {
    ip netns add "$1"
    mkdir -p "/etc/netns/$1"
    cp -a /etc/network "/etc/netns/$1/network"
    cp "/lab/$1.interfaces" "/etc/netns/$1/network/interfaces" 2>/dev/null
    ip netns exec "$1" unshare --mount sh -c 'mount -t tmpfs tmp /run; mkdir /run/network; exec sleep 100000' &
    echo $! > "/tmp/$1.pid"
    # The namespace of the mounts is there when sleep runs.
    while [ "$(cat "/proc/$!/comm")" != sleep ]; do :; done
    in_ "$1" ip link set lo up
}

# cable SWITCH MACHINE NIC
cable() {
    ip link add "$2-$3" type veth peer name "$3" netns "$2"
    ip link set "$2-$3" master "$1" up
}

# guest NAME NODE VLAN ADDRESS [GATEWAY]: as Proxmox VE attaches a guest with tag=VLAN.
guest() {
    machine "$1"
    ip link add "tap-$1" netns "$2" type veth peer name eth0 netns "$1"
    in_ "$2" ip link set "tap-$1" master vmbr0 up
    in_ "$2" bridge vlan del dev "tap-$1" vid 1
    in_ "$2" bridge vlan add dev "tap-$1" vid "$3" pvid untagged
    in_ "$1" ip address add "$4/24" dev eth0
    in_ "$1" ip link set eth0 up
    [ -z "$5" ] || in_ "$1" ip route add default via "$5"
}

# One answer is enough, and a network that has just been changed may take seconds to
# give it in an emulated machine.
ping_() {
    in_ "$1" ping -c 1 -w 30 -q "$2"
}

# Nobody may answer any of three.
no_ping() {
    in_ "$1" ping -c 3 -W 2 -q "$2"
}

# The switches of the outer machine: plain bridges, which pass tags as they are.
for switch in trunk cluster storage; do
    ip link add "$switch" type bridge
    ip link set "$switch" up
done

machine gw1
cable trunk gw1 lan0
step apply-gw1 in_ gw1 ifup lan0 lan0.20
step rules-gw1 in_ gw1 nft -f /lab/nftables.conf
in_ gw1 sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'

for node in pve1 pve2 pve3; do
    machine "$node"
    cable trunk "$node" nic0
    cable cluster "$node" nic1
    cable storage "$node" nic2
    step "apply-$node" in_ "$node" ifreload -a
done
step again-pve1 in_ pve1 ifreload -a
step check-pve1 in_ pve1 ifquery --check -a

step vlans in_ pve1 bridge vlan show dev nic0
step addresses in_ pve1 ip -brief address
step routes in_ pve1 ip route show default

step management ping_ pve1 10.10.10.12
step management-gw1 ping_ pve3 10.10.10.1
step cluster ping_ pve1 10.10.40.13
step storage ping_ pve1 10.10.30.12
step migration ping_ pve1 10.10.50.13

guest web1 pve1 20 10.10.20.101 10.10.20.1
guest web2 pve2 20 10.10.20.102 10.10.20.1
step guest-gateway ping_ web1 10.10.20.1
step guest-guest ping_ web1 10.10.20.102

guest restored pve3 21 10.10.21.101 10.10.21.1
guest other pve1 21 10.10.21.102
step isolated-isolated ping_ restored 10.10.21.102
step isolated-gateway no_ping restored 10.10.20.1
step isolated-guest no_ping restored 10.10.20.101
step isolated-management no_ping restored 10.10.10.11
# Even with an address of VLAN 20, a guest with tag=21 is not in VLAN 20.
in_ restored ip address add 10.10.20.201/24 dev eth0
step isolated-disguised no_ping restored 10.10.20.101

# A tag that the bridges do not carry.
guest stray1 pve1 22 10.10.22.101
guest stray2 pve2 22 10.10.22.102
step uncarried no_ping stray1 10.10.22.102

# What becomes of the guests' ports is not asked: Proxmox VE's ifupdown2 keeps them,
# Debian's takes them off the bridge.
# The drill: a wrong gateway is applied, the node stays reachable, the old file comes back.
in_ pve1 sh -c 'cp /etc/network/interfaces /run/before'
in_ pve1 sh -c 'sed -i "s/gateway 10.10.10.1$/gateway 10.10.10.254/" /etc/network/interfaces'
step drill-apply in_ pve1 ifreload -a
step drill-route in_ pve1 ip route show default
step drill-reachable ping_ pve2 10.10.10.11
in_ pve1 sh -c 'cat /run/before > /etc/network/interfaces'
step drill-back in_ pve1 ifreload -a
step drill-back-route in_ pve1 ip route show default

echo o > /proc/sysrq-trigger
sleep 10
