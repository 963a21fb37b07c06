#!/bin/sh
# 第 13 章の三つの型と、機械のためのユーザを作る。使い方: sh roles.sh
# 二度動かしてもよい。あるものは作り直さず、ここに書いた行だけを書いた形にそろえる。
# ここにない行、ユーザ、トークンには触らない。
set -eu
[ "$(id -u)" -eq 0 ] || { echo "roles.sh: run as root on the node" >&2; exit 1; }

pool=lab-web
guests=101                    # web1。増やすときは空白で区切る

# 「ない」と「聞けない」を取り違えないように、先に答えることを確かめる
pvesh get /access/groups >/dev/null || { echo "roles.sh: the API does not answer" >&2; exit 1; }
exists() { pvesh get "$@" >/dev/null 2>&1; }

group() { exists "/access/groups/$1" || pveum group add "$1" --comment "$2"; }
group admins "design of the cluster"
group operators "operation of web"
group viewers "reading only"

# パスワードは付けない。人のものは、後で pveum passwd で付ける
exists /access/users/ops@pve || pveum user add ops@pve --comment "operator of web"
pveum user modify ops@pve --groups operators --append 1
exists /access/users/auto@pve || pveum user add auto@pve --comment "automation, no password"

exists /pools --poolid "$pool" || pveum pool add "$pool" --comment "web"
for vmid in $guests; do
    # 入っているゲストをもう一度入れると、失敗になる
    pvesh get /pools --poolid "$pool" --output-format json | grep -Eq "\"vmid\":\"?$vmid\"?[,}]" ||
        pveum pool modify "$pool" --vms "$vmid"
done

# 自動化に要るものだけを並べたロール。巻き戻し、削除、設定の変更は含めない
privs="Pool.Audit VM.Audit VM.PowerMgmt VM.Snapshot"
if exists /access/roles/LabAutomation; then
    pveum role modify LabAutomation --privs "$privs"
else
    pveum role add LabAutomation --privs "$privs"
fi

pveum acl modify / --groups admins --roles Administrator
pveum acl modify / --groups viewers --roles PVEAuditor
pveum acl modify "/pool/$pool" --groups operators --roles PVEVMUser
pveum acl modify "/pool/$pool" --users auto@pve --roles LabAutomation

# トークンは作らない。値は作った画面に一度しか出ないので、見ている人が作る
cat <<'NEXT'
roles.sh: done. Next, by hand, as the value is shown only once:
  pveum user token add auto@pve ansible --privsep 1 --comment "L12 ansible"
Keep it on the workstation, in ~/.config/pve/token with mode 600, as one line:
  auto@pve!ansible=<value>
NEXT
