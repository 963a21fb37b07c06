"""The programs of chapter 13, run as the reader runs them.

The API is fakepve on the loopback, over TLS.  ``pveum`` and ``pvesh`` exist on a
node only; the stand-in keeps what it is told, and each call is held against the
tables of the command line.  No node is changed by the playbook: ansible-lint reads it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from fakepve.certs import make_cert

from claims.checking import check_shell
from claims.enforcement import tables_folder
from claims.tables import Tables

from . import stand_ins
from .conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FILES = PROJECT / "source" / "lab" / "files"
AUTOMATION = FILES / "workstation" / "automation"
ROLES = FILES / "pve1" / "root" / "roles.sh"
TOKEN = "auto@pve!ansible"  # noqa: S105 - its name
VALUE = "11111111-2222-4333-8444-555555555555"
PRIVILEGES = ("Pool.Audit", "VM.Audit", "VM.Snapshot")
MINE = "auto_20200101_00000"


# --- certificates as Proxmox VE makes them: a root, and one of it for the node --------


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def root(tmp_path_factory) -> Path:
    """Make a root certificate, and beside it that of a node; return the root's file."""
    folder = tmp_path_factory.mktemp("pki")
    new = ["req", "-batch", "-new", "-nodes", "-newkey", "ec", "-pkeyopt"]
    new.append("ec_paramgen_curve:P-256")
    usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    subject = "/CN=Proxmox Virtual Environment/O=PVE Cluster Manager CA"
    openssl(folder, *new, "-x509", "-days", "9", "-keyout", "root.key", "-out", "root.pem",
            "-subj", subject, *usage)  # fmt: skip
    # Not for the name localhost, so that a wrong name can be tried.
    names = "subjectAltName=IP:127.0.0.1,DNS:pve1,DNS:pve1.lab.example"
    openssl(folder, *new, "-keyout", "node.key", "-out", "node.req", "-subj",
            "/CN=pve1.lab.example", "-addext", "basicConstraints=CA:FALSE", "-addext",
            "extendedKeyUsage=serverAuth", "-addext", names)  # fmt: skip
    openssl(folder, "x509", "-req", "-in", "node.req", "-days", "5", "-CA", "root.pem", "-CAkey",
            "root.key", "-CAcreateserial", "-copy_extensions", "copyall", "-out",
            "node.pem")  # fmt: skip
    return folder / "root.pem"


@pytest.fixture(scope="session")
def _fakepve_pki(root) -> tuple[str, str]:
    """What fakepve's fixtures serve, in place of their self-signed certificate."""
    return str(root.with_name("node.pem")), str(root.with_name("node.key"))


class Workstation:
    """The reader's terminal: a token, a certificate and the address of the API."""

    def __init__(self, folder: Path, fake, ca_file: Path) -> None:
        self.fake = fake
        self.address = f"{fake.host}:{fake.port}"
        self.config = folder / ".config" / "pve"
        self.config.mkdir(parents=True)
        self.token = self.config / "token"
        self.token.write_text(f"{TOKEN}={VALUE}\n", encoding="utf-8")
        self.token.chmod(0o600)
        self.ca_file = self.config / "pve-root-ca.pem"
        shutil.copy(ca_file, self.ca_file)
        self.env = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(AUTOMATION / program), "--host", self.address, *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, program: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the program as it is run first."""
        if str(program).endswith(".py"):
            return self.run(str(program), "lab-web")
        return subprocess.run(
            ["/bin/sh", str(AUTOMATION / program), self.address],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def snapshots(self, vmid: int) -> list[str]:
        return sorted(self.fake.vm(vmid).snapshots)


@pytest.fixture
def station(tmp_path, fakepve, root) -> Workstation:
    fakepve.apitokens[TOKEN] = VALUE
    for vmid, name, node in ((101, "web1", "pve1"), (102, "web2", "pve2"), (103, "db1", "pve1")):
        fakepve.add_vm(vmid, name, node=node, status="running")
    fakepve.add_vm(9000, "tmpl-debian13", template=True)
    fakepve.pools["lab-web"] = {101, 102, 9000}
    fakepve._sync_pools()
    fakepve.grant(TOKEN, "/pool/lab-web", *PRIVILEGES)
    return Workstation(tmp_path, fakepve, root)


def refused(done: subprocess.CompletedProcess[str], *told: str) -> None:
    """It failed, and said why in one line."""
    assert done.returncode != 0
    *_, line = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert VALUE not in done.stderr + done.stdout
    for each in told:
        assert each in line, done.stderr


# --- reading ------------------------------------------------------------------------


def test_guests_of_the_pool_are_listed(station: Workstation) -> None:
    done = station.run("guests.py", "lab-web")
    assert done.returncode == 0, done.stderr
    version, *guests = done.stdout.splitlines()
    assert version == f"Proxmox VE {station.fake.version}"
    assert [each.split() for each in guests] == [
        ["101", "web1", "pve1", "running"],
        ["102", "web2", "pve2", "running"],
    ]


def test_curl_reads_the_version(station: Workstation) -> None:
    done = station.ask("curl-version.sh")
    assert done.returncode == 0, done.stderr
    body, code = done.stdout.splitlines()
    assert json.loads(body)["data"]["version"] == station.fake.version
    assert code == "200"


def test_the_token_is_no_argument_of_curl(station: Workstation, tmp_path) -> None:
    stand_ins.install(tmp_path, "curl", '#!/bin/sh\necho "$*" >&2\ncat\n')
    station.env["PATH"] = f"{tmp_path / 'bin'}:{station.env['PATH']}"
    done = station.ask("curl-version.sh")
    assert "--cacert" in done.stderr
    assert VALUE not in done.stderr
    assert f"Authorization: PVEAPIToken={TOKEN}={VALUE}\n" == done.stdout
    # As an argument it is seen.
    text = (AUTOMATION / "curl-version.sh").read_text(encoding="utf-8")
    assert text.count("--header @-") == 1
    wrong = tmp_path / "wrong.sh"
    header = '--header "Authorization: PVEAPIToken=$token"'
    wrong.write_text(text.replace("--header @-", header), encoding="utf-8")
    assert VALUE in station.ask(wrong).stderr


READERS = ["guests.py", "snapshot_guests.py", "curl-version.sh"]


@pytest.mark.parametrize("program", READERS)
def test_a_wrong_token_is_401(station: Workstation, program: str) -> None:
    station.token.write_text(f"{TOKEN}=wrong\n", encoding="utf-8")
    done = station.ask(program)
    refused(done, "401")


@pytest.mark.parametrize("program", READERS)
def test_another_authority_is_refused(station: Workstation, program: str, tmp_path) -> None:
    shutil.copy(make_cert(str(tmp_path), name="other")[0], station.ca_file)
    done = station.ask(program)
    refused(done)
    assert "certificate" in done.stderr
    assert station.fake.requests == []  # the token did not leave


@pytest.mark.parametrize("program", READERS)
def test_another_name_than_those_of_the_certificate_is_refused(
    station: Workstation, program: str
) -> None:
    station.address = f"localhost:{station.fake.port}"
    done = station.ask(program)
    refused(done)
    assert "localhost" in done.stderr
    assert "certificate" in done.stderr
    assert station.fake.requests == []


@pytest.mark.parametrize("program", READERS)
def test_nobody_answers(station: Workstation, program: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        station.address = f"127.0.0.1:{free.getsockname()[1]}"
        done = station.ask(program)
    refused(done, "127.0.0.1")


@pytest.mark.parametrize("program", READERS)
def test_a_token_that_others_can_read_is_not_used(station: Workstation, program: str) -> None:
    station.token.chmod(0o644)
    done = station.ask(program)
    refused(done, "chmod 600")
    assert station.fake.requests == []


@pytest.mark.parametrize("text", ["", VALUE, f"auto@pve={VALUE}", f"{TOKEN}={VALUE}\nmore"])
def test_what_is_no_token_is_told(station: Workstation, text: str) -> None:
    station.token.write_text(text, encoding="utf-8")
    refused(station.run("guests.py", "lab-web"), "one line is wanted")


@pytest.mark.parametrize(
    ("privileges", "told"), [((), "Pool.Audit"), (("Pool.Audit",), "VM.Audit")]
)
def test_what_is_left_out_is_told(station: Workstation, privileges, told: str) -> None:
    """The API answers 200 and leaves out what the token may not see."""
    station.fake.acl = {TOKEN: []}
    station.fake.grant(TOKEN, "/pool/lab-web", *privileges)
    refused(station.run("guests.py", "lab-web"), "lab-web", told)


def test_a_parameter_that_the_api_does_not_have_is_400(station: Workstation, tmp_path) -> None:
    """As in a book that gives the list of storages a limit."""
    wrong = tmp_path / "wrong.py"
    text = (AUTOMATION / "guests.py").read_text(encoding="utf-8")
    assert text.count("api.pools.get()") == 1
    wrong.write_text(
        text.replace("api.pools.get()", 'api.nodes("pve1").storage.get(limit=5)'),
        encoding="utf-8",
    )
    told = "400 Parameter verification failed. (limit: property is not defined in schema"
    refused(station.run(str(wrong), "lab-web"), told)


# --- snapshots ----------------------------------------------------------------------


def test_a_snapshot_of_every_guest_and_old_ones_go(station: Workstation) -> None:
    vm = station.fake.vm(101)
    for name in [f"{MINE}{number}" for number in range(4)] + ["auto_disaster", "mine"]:
        vm.snapshots[name] = {"snaptime": 1}
    done = station.run("snapshot_guests.py", "lab-web", "--keep", "2")
    assert done.returncode == 0, done.stderr
    new = [name for name in station.snapshots(102) if name.startswith("auto_")]
    assert len(new) == 1
    assert station.snapshots(101) == sorted([f"{MINE}3", *new, "auto_disaster", "mine"])
    assert station.snapshots(103) == []
    assert station.snapshots(9000) == []


def test_a_dry_run_only_reads(station: Workstation) -> None:
    station.fake.vm(101).snapshots = {f"{MINE}{number}": {"snaptime": 1} for number in range(3)}
    done = station.run("snapshot_guests.py", "lab-web", "--keep", "3", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert f"101 {MINE}0: would be removed" in done.stdout
    assert {method for method, *_ in station.fake.requests} == {"GET"}


def test_a_missing_privilege_is_403(station: Workstation) -> None:
    station.fake.acl = {}
    station.fake.grant(TOKEN, "/pool/lab-web", "Pool.Audit", "VM.Audit")
    done = station.run("snapshot_guests.py", "lab-web")
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert "403 Permission check failed (/vms/101, VM.Snapshot)" in first
    assert "403 Permission check failed (/vms/102, VM.Snapshot)" in second


def test_a_task_that_fails_is_a_failure(station: Workstation) -> None:
    """The API says 200 and the number of the task; the task says what became of it."""
    station.fake.vm(101).lock = "backup"
    done = station.run("snapshot_guests.py", "lab-web")
    refused(done, "VM is locked (backup): UPID:pve1:")
    assert len(station.snapshots(102)) == 1  # the others are tried all the same


def test_a_node_that_is_not_reached_is_595(station: Workstation) -> None:
    station.fake.set_node_offline("pve1")
    refused(station.run("snapshot_guests.py", "lab-web"), "101 auto_", "595 No route to host")
    assert len(station.snapshots(102)) == 1


@pytest.mark.fakepve(time_scale=1)
@pytest.mark.parametrize(("seconds", "limit"), [(1, 20), (20, 1)])
def test_a_task_is_waited_for_but_not_for_ever(
    station: Workstation, seconds: int, limit: int
) -> None:
    station.fake.add_ceph_storage()
    station.fake.vm(101).config["scsi0"] = "ceph-pool:vm-101-disk-0,size=4G"
    station.fake.ceph_slow(seconds)
    done = station.run("snapshot_guests.py", "lab-web", "--timeout", str(limit))
    first = next(task for task in station.fake.tasklog if task["id"] == "101")
    if seconds < limit:
        assert done.returncode == 0, done.stderr
        assert first["exitstatus"] == "OK"
    else:
        refused(done, "still running after 1 s", "UPID:pve1:")
        assert first["status"] == "running"


@pytest.mark.parametrize("wrong", [("--keep", "0"), ("--keep", "x"), ("--prefix", "1 bad"), ()])
def test_wrong_arguments_are_told(station: Workstation, wrong: tuple[str, ...]) -> None:
    done = station.run("snapshot_guests.py", *(["lab-web"] if wrong else []), *wrong)
    assert done.returncode == 2
    refused(done, wrong[0] if wrong else "pool")


# --- roles.sh -----------------------------------------------------------------------

# What pveum and pvesh keep, as far as the script asks: a small user.cfg.
STAND_IN = """#!{python} -IS
import json, sys
from pathlib import Path

state = Path("state.json")
cfg = json.loads(state.read_text()) if state.exists() else {{
    "group": {{}}, "user": {{"root@pam": {{}}}}, "pool": {{}},
    "role": {{}}, "acl": []}}
program, *words = [Path(sys.argv[0]).name, *sys.argv[1:]]
with Path("calls").open("a") as log:
    print(json.dumps([program, *words]), file=log)
options = {{}}
plain = []
while words:
    word = words.pop(0)
    if word.startswith("--"):
        options[word[2:]] = words.pop(0)
    else:
        plain.append(word)


def fail(why):
    sys.exit(f"{{program}}: {{why}}")


if program == "pvesh":
    path = plain[1].strip("/").split("/")
    if path == ["pools"]:
        pool = cfg["pool"].get(options["poolid"]) or fail("no such pool")
        vms = [{{"id": f"qemu/{{v}}", "vmid": int(v)}} for v in pool.get("vms", [])]
        print(json.dumps([{{"members": vms}}], separators=(",", ":")))
    elif len(path) == 3 and path[2] not in cfg[path[1][:-1]]:
        fail("does not exist")
    sys.exit()
kind, verb, *rest = plain
table = cfg.get(kind)
if kind == "acl":
    for who in ("groups", "users"):
        if who in options:
            row = [rest[0], who, options[who], options["roles"]]
            if row[3] not in ("Administrator", "PVEAuditor", "PVEVMUser", *cfg["role"]):
                fail(f"role '{{row[3]}}' does not exist")
            if row not in cfg["acl"]:
                cfg["acl"].append(row)
elif verb == "add":
    name = rest[-1]
    if name in table:
        fail(f"{{kind}} '{{name}}' already exists")
    table[name] = options
elif rest[0] not in table:
    fail(f"{{kind}} '{{rest[0]}}' does not exist")
elif kind == "pool":
    if options["vms"] in table[rest[0]].setdefault("vms", []):
        fail(f"VM {{options['vms']}} is already a pool member")
    table[rest[0]]["vms"].append(options["vms"])
elif kind == "user":
    groups = table[rest[0]].setdefault("in", []) if options.get("append") == "1" else []
    table[rest[0]]["in"] = sorted({{*groups, options["groups"]}})
else:
    table[rest[0]].update(options)
state.write_text(json.dumps(cfg))
"""


class Node:
    """A folder that stands for the node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("pveum", "pvesh"):
            stand_ins.install(folder, name, STAND_IN.format(python=sys.executable))
        self.user(0)

    def user(self, number: int) -> None:
        """Become the user of this number."""
        stand_ins.install(self.folder, "id", f"#!/bin/sh\necho {number}\n")

    def run(self, script: Path = ROLES) -> subprocess.CompletedProcess[str]:
        return stand_ins.run(self.folder, "/bin/sh", str(script))

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.folder / "state.json").read_text(encoding="utf-8"))

    @property
    def calls(self) -> list[list[str]]:
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def node(tmp_path) -> Node:
    return Node(tmp_path)


def troubles(calls: Sequence[Sequence[str]]) -> list[str]:
    folder = tables_folder(str(PROJECT.parent / "shared" / "pve"))
    if folder is None:
        pytest.skip("the tables of Proxmox VE are not there; see CONTRIBUTING, PVE_TABLES")
    tables = Tables.load(folder)
    return [
        trouble.message for call in calls for trouble in check_shell(shlex.join(call), 1, tables)
    ]


ROWS = [
    ["/", "groups", "admins", "Administrator"],
    ["/", "groups", "viewers", "PVEAuditor"],
    ["/pool/lab-web", "groups", "operators", "PVEVMUser"],
    ["/pool/lab-web", "users", "auto@pve", "LabAutomation"],
]


def test_the_types_are_made_and_a_second_run_changes_nothing(node: Node) -> None:
    done = node.run()
    assert done.returncode == 0, done.stderr
    first = node.state
    assert sorted(first["acl"]) == ROWS
    assert set(first["group"]) == {"admins", "operators", "viewers"}
    assert first["user"]["ops@pve"]["in"] == ["operators"]
    assert "in" not in first["user"]["auto@pve"]
    assert first["pool"]["lab-web"]["vms"] == ["101"]
    assert node.run().returncode == 0
    assert node.state == first


@pytest.mark.parametrize(
    "wrong",
    [
        lambda text: text.replace('exists "/access/groups/$1" || ', ""),
        lambda text: re.sub(r"    pvesh get /pools .*\n +pveum", "    pveum", text),
    ],
    ids=["group", "member of the pool"],
)
def test_a_script_that_is_run_only_once_is_seen(
    node: Node, tmp_path, wrong: Callable[[str], str]
) -> None:
    text = ROLES.read_text(encoding="utf-8")
    assert wrong(text) != text
    script = tmp_path / "roles.sh"
    script.write_text(wrong(text), encoding="utf-8")
    assert node.run(script).returncode == 0
    done = node.run(script)
    assert done.returncode != 0
    assert "already" in done.stderr


def test_the_role_is_as_written_whatever_it_was(node: Node) -> None:
    assert node.run().returncode == 0
    state = node.state
    right = state["role"]["LabAutomation"]["privs"]
    state["role"]["LabAutomation"]["privs"] = "VM.Audit VM.Allocate"
    (node.folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    assert node.run().returncode == 0
    assert node.state["role"]["LabAutomation"]["privs"] == right
    assert {"Pool.Audit", "VM.Audit", "VM.Snapshot"} <= set(right.split())


def test_groups_of_a_user_are_kept(node: Node) -> None:
    assert node.run().returncode == 0
    state = node.state
    state["user"]["ops@pve"]["in"] = ["night"]
    (node.folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    assert node.run().returncode == 0
    assert node.state["user"]["ops@pve"]["in"] == ["night", "operators"]


@pytest.mark.parametrize("tool", ["pveum", "pvesh"])
def test_a_command_that_fails_ends_the_script(node: Node, tool: str) -> None:
    (node.folder / "bin" / tool).write_text("#!/bin/sh\nexit 2\n", encoding="utf-8")
    assert node.run().returncode != 0
    assert not (node.folder / "state.json").exists()


def test_only_root_is_served(node: Node) -> None:
    node.user(1000)
    done = node.run()
    assert done.returncode == 1
    assert done.stderr == "roles.sh: run as root on the node\n"
    assert not (node.folder / "calls").exists()


def test_every_call_is_one_of_the_tables(node: Node) -> None:
    assert node.run().returncode == 0
    assert len(node.calls) > 20
    assert troubles(node.calls) == []
    (member,) = [call for call in node.calls if call[:3] == ["pveum", "pool", "modify"]]
    assert troubles([[*member[:2], "modfiy", *member[3:]]])
    assert troubles([["pveum", "aclmod", "/", "--groups", "admins", "--roles", "PVEAuditor"]])


# --- the playbook -------------------------------------------------------------------

LINT = """offline: true
profile: production
mock_modules:
  - community.proxmox.proxmox_vm_info
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy: the tools write beside what they read."""
    folder = tmp_path_factory.mktemp("ansible")
    shutil.copytree(AUTOMATION / "ansible", folder, dirs_exist_ok=True)
    (folder / ".ansible-lint").write_text(LINT, encoding="utf-8")
    return folder


def ansible(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    tools = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(folder)}
    env |= {"ANSIBLE_HOME": str(folder / ".ansible"), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return subprocess.run(
        [tools / program, *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_playbook_is_linted_and_a_wrong_one_refused(project: Path) -> None:
    site = (project / "site.yml").read_text(encoding="utf-8")
    assert site.count('        mode: "0644"\n') == 2
    assert site.count("ansible.builtin.command:") == 1
    # Beside the right one, so that the tool starts once.
    (project / "wrong.yml").write_text(
        site.replace('        mode: "0644"\n', "").replace("ansible.builtin.command:", "command:"),
        encoding="utf-8",
    )
    done = ansible("ansible-lint", project, "--offline", "--parseable", "--nocolor")
    assert done.returncode != 0
    found = [line for line in done.stdout.splitlines() if ".yml:" in line]
    assert all(line.startswith("wrong.yml:") for line in found), done.stdout
    assert any("risky-file-permissions" in line for line in found), done.stdout
    assert any("fqcn" in line for line in found), done.stdout


def test_the_inventory_has_the_nodes_of_the_lab() -> None:
    inventory = (AUTOMATION / "ansible" / "inventory.yml").read_text(encoding="utf-8")
    lab = yaml.safe_load((FILES.parent / "lab.yaml").read_text(encoding="utf-8"))
    assert list(yaml.safe_load(inventory)["nodes"]["hosts"]) == [e["name"] for e in lab["nodes"]]


def test_the_collections_that_the_playbook_uses_are_required() -> None:
    used = set()
    for play in yaml.safe_load((AUTOMATION / "ansible" / "site.yml").read_text(encoding="utf-8")):
        for task in play["tasks"]:
            used |= {key.rpartition(".")[0] for key in task if key.count(".") == 2}
    wanted = yaml.safe_load((AUTOMATION / "ansible" / "requirements.yml").read_text("utf-8"))
    assert used == {"ansible.builtin", *(each["name"] for each in wanted["collections"])}


def test_the_files_that_the_playbook_copies_are_there() -> None:
    first = yaml.safe_load((AUTOMATION / "ansible" / "site.yml").read_text(encoding="utf-8"))[0]
    copied = []
    for task in first["tasks"]:
        if source := task.get("ansible.builtin.copy", {}).get("src"):
            source = source.replace("{{ lab_files }}", str(FILES))
            copied += [Path(source.replace("{{ item }}", each)) for each in task.get("loop", [""])]
    assert len(copied) == 4
    assert [path for path in copied if not path.is_file()] == []
    assert first["vars"]["lab_files"] == "{{ playbook_dir }}/../../.."
    assert (AUTOMATION / "ansible" / "../../.." / "pve1").resolve() == FILES / "pve1"
