#!/bin/bash
# Make the template tmpl-debian13 (VMID 9000) from the Debian 13 cloud image.
#
#   ./make-template.sh            check the image against the published SHA512SUMS
#   ./make-template.sh <SHA512>   check it against the sum you noted earlier
#
# A second run changes nothing: a template that is there is left as it is.
# A virtual machine that merely has the same number is never touched.
set -euo pipefail

vmid=9000
name=tmpl-debian13
storage=local-lvm
image=debian-13-generic-amd64.qcow2
source=https://cloud.debian.org/images/cloud/trixie/latest
vendor=local:snippets/vendor-data.yaml
expected=${1:-}

die() {
    echo "make-template.sh: $*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || die "run as root on the node"

if qm status "$vmid" >/dev/null 2>&1; then
    if [[ $(qm config "$vmid") == *'template: 1'* ]]; then
        echo "VM $vmid is a template already, nothing to do"
        exit 0
    fi
    die "VM $vmid exists and is not a template; look at 'qm config $vmid' first"
fi

[[ $(pvesm status --content snippets) == *$'\nlocal '* ]] || die "storage 'local' has no content type 'snippets'"
[ -r "$(pvesm path "$vendor")" ] || die "$vendor is missing"

if [ -z "$expected" ]; then
    sums=$(wget -qO- "$source/SHA512SUMS") || die "cannot fetch $source/SHA512SUMS"
    expected=$(awk -v image="$image" '$2 == image { print $1 }' <<<"$sums")
fi
[[ $expected =~ ^[0-9a-f]{128}$ ]] || die "no SHA512 sum for $image"

matches() { # true if the file $1 has the expected sum
    sha512sum --check --status - <<<"$expected  $1"
}

# Where the storage keeps what is to be imported; it answers for files that are not there yet.
file=$(pvesm path "local:import/$image")
mkdir -p "${file%/*}"
if ! { [ -f "$file" ] && matches "$file"; }; then
    # The half of a download must never carry the name of the whole.
    part=${file%/*}/.$image.part
    trap 'rm -f "$part"' EXIT
    wget -nv -O "$part" "$source/$image" || die "cannot fetch $source/$image"
    matches "$part" || die "SHA512 of $image differs from the expected sum; the download is removed"
    mv "$part" "$file"
fi
echo "$image: SHA512 is as expected"

# One command: if it fails, qm itself removes what it had made of the VM.
qm create "$vmid" --name "$name" --ostype l26 \
    --cpu x86-64-v2-AES --sockets 1 --cores 2 --memory 2048 \
    --scsihw virtio-scsi-single \
    --scsi0 "$storage:0,import-from=local:import/$image,discard=on,iothread=1,ssd=1" \
    --scsi1 "$storage:cloudinit" --boot order=scsi0 \
    --net0 virtio,bridge=vmbr0 \
    --serial0 socket --vga serial0 --agent enabled=1 \
    --ciuser ops --ciupgrade 0 --cicustom "vendor=$vendor" \
    --nameserver 10.10.10.1 --searchdomain lab.example \
    --protection 1

qm template "$vmid"
echo "VM $vmid ($name) is a template now"
