#!/bin/sh
# API の版を curl で尋ねる。使い方: sh curl-version.sh [HOST[:PORT]]
# トークンの 1 行（auto@pve!ansible=値）と、ルート証明書は ~/.config/pve に置く。
set -eu
host=${1:-10.10.10.11}
dir=$HOME/.config/pve
case $host in *:*) ;; *) host=$host:8006 ;; esac

[ -r "$dir/token" ] || { echo "curl-version.sh: cannot read $dir/token" >&2; exit 2; }
# ほかの人が読める置き方なら、使わずに止まる
case $(ls -Lld "$dir/token") in
    -???------*) ;;
    *) echo "curl-version.sh: chmod 600 $dir/token" >&2; exit 2 ;;
esac
IFS= read -r token <"$dir/token" || [ -n "$token" ] ||
    { echo "curl-version.sh: $dir/token is empty" >&2; exit 2; }

# ヘッダは標準入力から渡す。引数に書くと、ps で値が見える（printf はシェルの中で動き、ps に出ない）
printf 'Authorization: PVEAPIToken=%s\n' "$token" |
    curl --silent --show-error --fail-with-body --max-time 30 \
        --header @- --cacert "$dir/pve-root-ca.pem" \
        --write-out '\n%{http_code}\n' "https://$host/api2/json/version"
