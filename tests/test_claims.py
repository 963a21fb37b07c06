"""Commands against the tables: what is refused, what is left alone, at which line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from claims import checking, commands, manuscript, shell
from claims.tables import FILES, Tables, TablesError

if TYPE_CHECKING:
    from .conftest import TinyBook

TABLES = Path(__file__).parent / "claims" / "tables"

REFUSED = [
    ("qm crate 101", "subcommand", "there is no command 'crate'; is 'create' meant?"),
    ("qm disk move 101", "subcommand", "qm disk: there is no command 'move'"),
    ("qm disk", "missing", "qm disk: the command is missing"),
    ("qm importdisk 101 a.qcow2 local-lvm", "alias", "write qm disk import"),
    ("qm mtunnel", "deprecated", "for internal use"),
    ("ha-manager groupadd g1", "deprecated", "deprecated in favour of HA rules"),
    ("qm create", "missing", "the argument <vmid> is missing"),
    ("qm start 99", "value", "99 is out of range; 100 to 999999999"),
    ("qm start web1", "value", "'web1' is no integer"),
    ("qm start 101 102", "argument", "'102' is one argument too many"),
    ("qm set 101 --memry 2048", "option", "there is no option --memry; is 'memory' meant?"),
    ("qm set 101 --net32 virtio", "option", "there are --net0 to --net31"),
    ("qm set 101 --memory", "missing", "--memory lacks its value"),
    ("qm set 101 --memory 8", "value", "8 is out of range; 16 or more"),
    ("qm set 101 --cpulimit 129", "value", "129 is out of range; 0 to 128"),
    ("qm set 101 --bios uefi", "value", "'uefi' is none of ovmf, seabios"),
    ("qm set 101 --onboot maybe --name a", "value", "'maybe' is no boolean; write 1 or 0"),
    ("qm set 101 --bootdisk scsi0", "deprecated", "Use 'boot: order=foo;bar' instead"),
    ("qm set 101 --serial0 tty", "value", "does not have the form"),
    ("qm set 101 --net0 virtio,tga=20", "value", "there is no key 'tga'"),
    ("qm set 101 --net0 virtio,tag=5000", "value", "tag: 5000 is out of range; 1 to 4094"),
    ("qm set 101 --net0 bridge=vmbr0", "value", "the key 'model' is missing"),
    ("qm set 101 --net0 virtio,tag=1,tag=2", "value", "the key 'tag' is given twice"),
    ("qm set 101 --net0 virtio,macaddr=02:00", "value", "'02:00' is no MAC address"),
    ("qm set 101 --ipconfig0 10.0.0.1/24", "value", "is no key=value"),
    ("qm set 101 --ipconfig0 ip=10.10.20.101", "value", "lacks its prefix length"),
    ("qm set 101 --ipconfig0 ip=10.10.20.999/24", "value", "is no IPv4 address"),
    ("qm set 101 --ipconfig0 gw=10.10.20.1", "value", "the key 'gw' needs ip"),
    ("qm set 101 --ipconfig0 ip=2001:db8::1/64", "value", "is an IPv6 address, not IPv4"),
    ("qm set 101 --scsi0 32", "value", "'32' is no volume"),
    ("qm set 101 --scsi0 local-lvm:8,size=8GB", "value", "'8GB' is no size"),
    ("qm migrate --online 101 pve2", "swallowed", "takes the next word, '101', as its value"),
    ("qm migrate 101 pve2 -online 1", "form", "with two hyphens, not '-online'"),
    ("qm migrate 101 pve2 --targetst x", "form", "write --targetstorage in full"),
    ("qm migrate 101 pve2 --Online 1", "form", "write --online in full, not 'Online'"),
    ("qm disk import 101 a.qcow2 -", "value", "'-' is no storage ID"),
    ("ha-manager rules add node-affinity r", "missing", "--resources is missing"),
    (
        "ha-manager rules add node-affinity r --resources vm:101 --affinity negative",
        "option",
        "--affinity is only for resource-affinity",
    ),
    (
        "ha-manager rules add node-affinity r --resources 101",
        "value",
        "'101' does not have the form <type>:<name>",
    ),
    ("pvesm add nfs nas1 --server 192.0.2.1", "missing", "--export is missing for type nfs"),
    ("pvesm add dir here --path /x --server a", "option", "not for storages of type dir"),
    ("pvesm add dir here --path /x --content rootdir", "value", "cannot hold 'rootdir'"),
    ("vzdump 101 --maxfiles 3", "deprecated", "use 'prune-backups' instead"),
    ("vzdump 101 --notes-template x", "missing", "--notes-template needs --storage"),
    ("pvesh get /cluster/nope", "path", "the API has no path /cluster/nope"),
    ("pvesh get /cluster/tasks --limit 20", "option", "there is no option --limit"),
    ("pvesh create /nodes/pve1/tasks", "path", "it knows get"),
    ("pvesh create /cluster/backup --mode live", "value", "'live' is none of snapshot, stop"),
    ("pvesh create /cluster/replication --id 1 --type local", "missing", "--target is missing"),
    ("pvecmd status", "program", "there is no program 'pvecmd'"),
    ("sudo qm crate 101", "subcommand", "crate"),
    ("ssh root@pve2 'qm list && qm crate 101'", "subcommand", "crate"),
    ("watch -n 1 qm crate 101", "subcommand", "crate"),
    ("X=$(qm crate 101)", "subcommand", "crate"),
    ("qm list | grep x && qm crate 101", "subcommand", "crate"),
    ("for n in 1 2; do qm crate $n; done", "subcommand", "crate"),
    ("qm list 'unclosed", "syntax", "cannot be read as shell"),
]

ACCEPTED = [
    "qm create 9000 --name tmpl --memory 2048 --net0 virtio,bridge=vmbr0,tag=20",
    "qm create 9000 --net0 virtio=02:00:00:00:65:00,bridge=vmbr0",
    "qm create <vmid> --memory <MiB>",
    "qm create $VMID --memory ${MEMORY} --net0 virtio,tag=$TAG",
    "qm set 101 --scsi0 local-lvm:0,discard=on --ipconfig0 ip=10.10.20.101/24,gw=10.10.20.1",
    "qm set 101 --ipconfig0 ip=dhcp --serial0 socket --onboot 1",
    'qm create "$vmid" "$@"',
    'qm create 101 ${3:+--memory "$3"} "${extra[@]}"',
    "qm migrate 101 pve2 --online",
    "qm migrate 101 --online 1 pve2",
    "qm migrate 101 pve2 --online=1",
    "qm disk import 101 <VM の画像> local-lvm --format qcow2",
    "qm guest exec 101 -- ls -l /",
    "qm list | awk '{print $1}' | xargs -n1 qm start",
    "man qm; systemctl status pveproxy pvedaemon; cat > qm <<'E'\nqm crate\nE",
    "ha-manager rules add node-affinity r --resources vm:101,ct:201 --nodes pve1:2,pve2",
    "pvesm add nfs nas1-nfs --server 192.0.2.1 --export /srv --content images,iso --password",
    "vzdump 101 102 --storage nas1-backup --notes-template '{{guestname}}'",
    "pvesh get /nodes/pve1/tasks --limit 20 --output-format json",
    "pvesh get /nodes/{node}/tasks",
    "pvesh ls /",
    "pveversion -v; pveversion --verbose",
    "apt install pve-headers; ping -c1 pve1; ssh pve2 uptime",
    "zpool status tank; pvs; pvcreate /dev/sdb",
]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load(TABLES)


@pytest.mark.parametrize(("command", "kind", "told"), REFUSED)
def test_a_wrong_command_is_refused(tables, command: str, kind: str, told: str) -> None:
    troubles = list(checking.check_shell(command, 7, tables))
    assert [(trouble.kind, trouble.line) for trouble in troubles] == [(kind, 7)], troubles
    assert told in troubles[0].message


@pytest.mark.parametrize("command", ACCEPTED)
def test_a_right_command_is_left_alone(tables, command: str) -> None:
    assert list(checking.check_shell(command, 1, tables)) == []


@pytest.mark.parametrize(
    ("mention", "kinds"),
    [
        ("qm", []),
        ("qm start", []),
        ("qm disk", []),
        ("qm set --memory", []),
        ("qm …", []),
        ("# qm start", []),
        ("qm.conf", []),
        ("pve1", []),
        ("qm crate", ["subcommand"]),
        ("qm importdisk", ["alias"]),
        ("qm set --memry", ["option"]),
        ("qm set --bios uefi", ["value"]),
        ("pvesh get /cluster/nope", ["path"]),
    ],
)
def test_a_mention_may_be_incomplete(tables, mention: str, kinds: list[str]) -> None:
    found = checking.check_mention(mention, 3, tables)
    assert [trouble.kind for trouble in found] == kinds


def test_a_call_knows_the_line_of_each_word(tables) -> None:
    text = "qm create 9000 \\\n    --memory 2048 \\\n    --bios uefi"
    (trouble,) = checking.check_shell(text, 10, tables)
    assert trouble.line == 12


def test_placeholders_and_redirections_are_told_apart() -> None:
    found, broken = shell.calls("qm start <番号 の VM> <in >out 2>&1", 1, {"qm"})
    assert broken == []
    assert [(word.text, word.fixed) for word in found[0].words] == [
        ("start", True),
        ("<番号 の VM>", False),
    ]


def test_names_of_nodes_are_no_programs(tables) -> None:
    assert commands.unknown_program("pve1", tables) is None
    assert commands.unknown_program("pvecmd", tables)


TEXT = """# 題

% claims: expect alias qm importdisk -- 昔の形
| 旧 | 新 |
|---|---|
| `qm importdisk` | `qm crate` |

:::::{answer}
段落の
二行目に `qm crate` と書く。

````{command} pve1
:risk: 消えます
# qm list
# qm crate 101
 VMID NAME
# cat <<END
# qm crate 101
END
````
:::::

```bash
#!/bin/sh
# qm crate は注釈
qm crate 1
```

```text
qm crate
```
"""


def test_every_place_is_looked_at_and_named(tables) -> None:
    read = manuscript.read(Path("a.md"), TEXT, ["colon_fence"])
    found = checking.Checker(tables).manuscript(read)
    assert [(finding.line, finding.kind) for finding in found] == [
        (6, "subcommand"),
        (10, "subcommand"),
        (15, "subcommand"),
        (26, "subcommand"),
    ]


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("% claims: expect alias -- なぜか", "has no finding 'alias'"),
        ("% claims: expect alias qm move -- なぜか", "no finding 'alias' about 'qm move'"),
        ("% claims: expect nonsense -- なぜか", "there is no finding 'nonsense'"),
        ("% claims: expect alias", "write `claims: expect KIND [TEXT] -- reason`"),
    ],
)
def test_an_expectation_without_effect_is_a_finding(tables, comment: str, told: str) -> None:
    text = f"{comment}\n`qm start`\n\n`qm list`\n"
    (finding,) = checking.Checker(tables).manuscript(manuscript.read(Path("a.md"), text))
    assert (finding.line, finding.kind) == (1, "expect")
    assert told in finding.message


def test_an_expectation_is_for_the_next_block_only(tables) -> None:
    text = "% claims: expect alias -- 昔の形\n`qm importdisk`\n\n`qm importdisk`\n"
    (finding,) = checking.Checker(tables).manuscript(manuscript.read(Path("a.md"), text))
    assert (finding.line, finding.kind) == (4, "alias")


def test_a_script_may_expect_too(tables) -> None:
    text = "#!/bin/sh\n# claims: expect alias -- 昔の形\nqm importdisk 101 a local-lvm\n"
    assert checking.Checker(tables).lab_file(Path("a.sh"), text) == []


@pytest.fixture
def book(tiny_book, monkeypatch) -> TinyBook:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("PVE_TABLES", raising=False)
    monkeypatch.setenv("TINY_TABLES", str(TABLES))
    return tiny_book("claims")


def test_a_sound_book_passes(book) -> None:
    run = book.build("html", "-W")
    assert run.status == 0, run.output
    assert "表は a tiny excerpt for tests 0.1 です。" in run.page("index.html").text_content()


@pytest.mark.parametrize(
    ("name", "old", "new", "warning"),
    [
        ("index.md", "--memory 2048", "--memory 8", "index.md:6: WARNING: qm create: --memory"),
        ("index.md", "tag=20", "tga=20", "index.md:7: WARNING: qm create: --net0: there is no"),
        ("index.md", "`qm list`", "`qm lst`", "index.md:3: WARNING: qm: there is no command"),
        ("index.md", "qm list --full 1", "qm lst", "index.md:15: WARNING: qm: there is no"),
        ("index.md", "expect alias", "expect value", "index.md:19: WARNING: the next block has"),
        (
            "lab/files/pve1/root/start.sh",
            "qm start",
            "qm begin",
            "start.sh:3: WARNING: qm: there is no command 'begin'",
        ),
    ],
)
def test_a_wrong_command_fails_the_build_twice(book, name, old, new, warning) -> None:
    book.edit(name, old, new)
    for _ in range(2):
        run = book.build("html", "-W", "--keep-going")
        assert run.status == 1
        assert warning in run.output
        assert "[claims." in run.output


def test_without_tables_a_build_says_what_it_did_not_check(book, monkeypatch) -> None:
    monkeypatch.setenv("PVE_TABLES", "/nowhere")
    run = book.build("html", "-W")
    assert run.status == 0
    assert "NOT CHECKED: the commands" in run.output
    assert "/nowhere/pve-cli.json: No such file or directory" in run.output
    assert "表は なし（照合していません） です。" in run.page("index.html").text_content()


def test_without_tables_continuous_integration_fails(book, monkeypatch) -> None:
    monkeypatch.setenv("PVE_TABLES", "/nowhere")
    monkeypatch.setenv("CI", "true")
    run = book.build("html", "-W")
    assert run.status == 1
    assert "[claims.tables]" in run.output


@pytest.mark.parametrize(("builder", "file"), [("epub", "index.xhtml"), ("latex", "*.tex")])
def test_the_version_of_the_tables_is_in_the_other_formats_too(book, builder, file) -> None:
    run = book.build(builder)
    (written,) = run.folder.glob(file)
    assert "a tiny excerpt for tests 0.1" in written.read_text(encoding="utf-8"), run.output


def test_messages_are_extracted_without_a_check(book) -> None:
    book.edit("index.md", "qm list --full 1", "qm lst")
    assert book.build("gettext", "-W").status == 0


def test_tables_that_are_no_json_are_named(tmp_path) -> None:
    for name in FILES:
        shutil.copy(TABLES / name, tmp_path)
    (tmp_path / "pve-api.json").write_text("{", encoding="utf-8")
    with pytest.raises(TablesError, match=r"pve-api\.json: not JSON"):
        Tables.load(tmp_path)
