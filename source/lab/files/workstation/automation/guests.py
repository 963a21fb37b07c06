#!/usr/bin/env python3
"""リソースプールのゲストを、ノードと状態とともに並べる。使い方: guests.py POOL。

終了コードは、並べたら 0、できなければ 1、使い方の誤りは 2。
"""

import argparse
import re
import stat
import sys
from pathlib import Path

import requests
from proxmoxer import ProxmoxAPI, ResourceException

CONFIG = Path.home() / ".config" / "pve"


class Refused(Exception):
    """続けられない理由を、1 行で持つ。"""


FAILURES = (Refused, ResourceException, requests.exceptions.RequestException)


def options(description):
    """どのプログラムにも共通の引数を作る。"""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("pool", help="name of the resource pool")
    parser.add_argument("--host", default="10.10.10.11", help="a node, as HOST or HOST:PORT")
    parser.add_argument("--token", type=Path, default=CONFIG / "token", help="file with the token")
    parser.add_argument("--ca", type=Path, default=CONFIG / "pve-root-ca.pem", help="root CA")
    return parser


def read_token(path):
    """トークンのファイルを、ユーザ、名前、値に分ける。ほかの人が読めるファイルは使わない。"""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if mode & 0o077:
        raise Refused(f"{path}: others may read it (mode {mode:04o}); chmod 600 {path}")
    parts = re.fullmatch(r"([^!\s]+@[^!\s]+)!([^=\s]+)=(\S+)", text)
    if parts is None:
        raise Refused(f"{path}: one line is wanted, such as auto@pve!ansible=<value>")
    return parts.groups()


def connect(arguments):
    """証明書を確かめる接続を作る。検査を切る道は、初めから用意しない。"""
    user, name, value = read_token(arguments.token)
    if not arguments.ca.is_file():
        raise Refused(f"{arguments.ca}: not there; copy /etc/pve/pve-root-ca.pem of a node")
    return ProxmoxAPI(
        arguments.host, user=user, token_name=name, token_value=value,
        verify_ssl=str(arguments.ca), timeout=30,
    )  # fmt: skip


def reason(error):
    """失敗を、直すところの分かる 1 行にする。"""
    if isinstance(error, ResourceException):
        details = error.errors.items() if isinstance(error.errors, dict) else []
        line = f"{error.status_code} {error.content}"
        line += "".join(f" ({key}: {text})" for key, text in details)
        hint = {
            400: "the API does not take this argument; see pvesh usage",
            401: "name, value or expiry of the token, or its user is disabled",
            403: "token and user both need the privilege, on this path",
            595: "the node asked cannot reach the node that does the work",
        }.get(error.status_code)
        line += f" -- {hint}" if hint else ""
    elif isinstance(error, requests.exceptions.SSLError):
        line = f"TLS: another root certificate, or another name than asked for: {error}"
    elif isinstance(error, requests.exceptions.RequestException):
        line = f"connection: {error}"
    else:
        line = str(error)
    return " ".join(line.split())


def members(api, pool):
    """プールのゲストを VMID の順に返す。権限の足りないものは、断られずに省かれる。"""
    if pool not in {each["poolid"] for each in api.pools.get()}:
        raise Refused(f"pool {pool}: not there, or Pool.Audit on /pool/{pool} is missing")
    found = api.cluster.resources.get(type="vm")
    guests = [each for each in found if each.get("pool") == pool and not each.get("template")]
    if not guests:
        raise Refused(f"pool {pool}: empty, or VM.Audit is missing")
    return sorted(guests, key=lambda each: each["vmid"])


def main(arguments):
    """版とゲストを並べる。"""
    api = connect(arguments)
    guests = members(api, arguments.pool)
    print("Proxmox VE", api.version.get()["version"])
    for each in guests:
        print(f"{each['vmid']:>5} {each.get('name', '?'):<12} {each['node']:<6} {each['status']}")
    return 0


def run(work, arguments):
    """失敗を 1 行で告げ、0 以外で終わる。"""
    try:
        sys.exit(work(arguments))
    except FAILURES as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {reason(error)}")


if __name__ == "__main__":
    run(main, options("Guests of a resource pool, with their node and state.").parse_args())
