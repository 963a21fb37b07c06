"""Which tests run in one process, when there are several."""

from __future__ import annotations

import re
import subprocess
import sys

from .conftest import PROJECT, TOGETHER

SUITE = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_it(number, worker_id):
    print(f"ran {__name__} {worker_id}")
"""


def test_a_group_of_files_is_one_process(tmp_path) -> None:
    first, second = (name for name, group in TOGETHER.items() if group == "machines")
    for name in (first, second, "test_other.py"):
        (tmp_path / name).write_text(SUITE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import pytest_xdist_make_scheduler\n", encoding="utf-8"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-rP", "-n2", "--dist=loadfile"),
            *("--no-loadscope-reorder", "-p", "no:cacheprovider", str(tmp_path)),
        ],
        env={"PYTHONPATH": f"{PROJECT}:{PROJECT / 'src'}", "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ran = re.findall(r"^ran (\w+) (gw\d)$", done.stdout, re.MULTILINE)
    assert len(ran) == 18
    by_file = {name: {worker for each, worker in ran if each == name} for name, _ in ran}
    assert by_file[first.removesuffix(".py")] == by_file[second.removesuffix(".py")]
    assert all(len(workers) == 1 for workers in by_file.values())
    assert len({worker for _, worker in ran}) == 2
