"""Processes, with real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Start(Protocol):
        """Starts a program that ends when the test does."""

        def __call__(self, argv: list[str], *, start_new_session: bool = False) -> subprocess.Popen[bytes]:
            """Start it."""


pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the facts come from /proc")

ROOT = str(Path(__file__).parents[2])

SLEEP = [sys.executable, "-I", "-S", "-c", "import sys, time; sys.stdin.read()"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts programs that end when the test does."""
    started: list[subprocess.Popen[bytes]] = []

    def run(argv: list[str], *, start_new_session: bool = False) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=start_new_session
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.communicate()


def told(child: subprocess.Popen[bytes]) -> int:
    """The number that a child prints as its first line."""
    assert child.stdout is not None
    return int(child.stdout.readline())


def known(pid: int) -> process.Process:
    """The process, which must be there."""
    found = process.read(pid)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["a b", ") R 1 1 (", "x) S 0 0 0 0", "((", "line\nend"])
def test_a_name_may_hold_anything(start: Start, name: str) -> None:
    """Spaces, parentheses and line ends in a process's name do not shift the other facts."""
    code = f"import sys; open('/proc/self/comm', 'w').write({name!r}); print(1, flush=True); sys.stdin.read()"
    child = start([sys.executable, "-I", "-S", "-c", code])
    told(child)
    found = known(child.pid)
    assert found.name == name
    assert found.parent == os.getpid()
    assert not found.leader


def test_a_missing_process_is_none() -> None:
    """A number that no process has, and one that none can have, give None."""
    assert process.read(0) is None
    assert process.read(-1) is None
    assert process.read(10**12) is None


def test_argv_is_the_command_line(start: Start) -> None:
    """argv holds each argument apart, spaces and bytes that are not UTF-8 included."""
    child = start([*SLEEP, "two words", os.fsdecode(b"\xff")])
    found = known(child.pid)
    deadline = time.monotonic() + 10
    while found.argv[1:2] != ["-I"] and time.monotonic() < deadline:  # until the child has become Python
        found = known(child.pid)
    assert found.argv[-2:] == ["two words", os.fsdecode(b"\xff")]
    assert found.argv[0] == sys.executable


def test_argv_of_the_dead_is_empty(start: Start) -> None:
    """A process that ended between being read and being asked has no command line, and that is no error."""
    child = start(SLEEP)
    found = known(child.pid)
    child.kill()
    child.wait()
    assert found.argv == []


def test_a_session_leader_is_seen(start: Start) -> None:
    """A detached process leads its own session and has no terminal."""
    found = known(start(SLEEP, start_new_session=True).pid)
    assert found.leader
    assert not found.terminal


def test_ancestors_are_the_chain_of_parents(start: Start) -> None:
    """A grandchild's ancestors are its parent, this process, and so on to the first; it is not among them."""
    child = start(["/bin/sh", "-c", "(echo $$; read x); true"])
    assert told(child) == child.pid
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(child.pid)], capture_output=True, check=True)
    grandchild = int(children.stdout)
    chain = process.ancestors(grandchild)
    assert [found.pid for found in chain[:2]] == [child.pid, os.getpid()]
    assert grandchild not in [found.pid for found in chain]
    assert all(found.pid > 0 for found in chain)
    assert chain[-1].parent == 0 or process.read(chain[-1].parent) is None


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ({10: (9, "90"), 9: (8, "80"), 8: (0, "70")}, [9, 8]),
        ({10: (9, "90"), 9: (8, "80"), 8: (7, "100"), 7: (0, "1")}, [9]),  # 8 was given out again
        ({10: (9, "90"), 9: (8, "90"), 8: (10, "90")}, [9, 8]),
        ({10: (10, "90")}, []),
        ({10: (9, "90")}, []),
        ({}, []),
    ],
)
def test_ancestors_end_where_the_chain_makes_no_sense(
    monkeypatch: pytest.MonkeyPatch, chain: dict[int, tuple[int, str]], expected: list[int]
) -> None:
    """A parent younger than its child, a circle and a missing process end the chain."""

    def read(pid: int) -> process.Process | None:
        parent, start = chain.get(pid, (0, ""))
        return process.Process(pid, parent, start, "made up", leader=False, terminal=False) if start else None

    monkeypatch.setattr(process, "read", read)
    assert [found.pid for found in process.ancestors(10)] == expected


def test_a_living_process_is_alive_then_dead(start: Start) -> None:
    """A marked process is alive until it ends; as a zombie, killed but not yet waited for, it is dead."""
    child = start(SLEEP)
    mark = process.mark(known(child.pid))
    assert process.state_of(mark) == "alive"
    os.kill(child.pid, 9)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it ended, and stays a zombie
    assert process.read(child.pid) is not None
    assert process.state_of(mark) == "dead"
    child.wait()
    assert process.read(child.pid) is None
    assert process.state_of(mark) == "dead"


def test_an_ended_main_thread_is_no_death(start: Start) -> None:
    """A process whose main thread ended shows as a zombie, but lives while another thread runs."""
    code = (
        "import ctypes, sys, threading, time\n"
        "def rest():\n"
        "    while open('/proc/self/stat').read().rpartition(')')[2].split()[0] != 'Z': time.sleep(.01)\n"
        "    print(1, flush=True); time.sleep(60)\n"
        "threading.Thread(target=rest).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    child = start([sys.executable, "-I", "-c", code])
    told(child)
    assert process.state_of(process.mark(known(child.pid))) == "alive"


def test_a_reused_number_is_dead() -> None:
    """A process with the marked number but another starting time is another one: the marked one is dead."""
    mine = process.mark(known(os.getpid()))
    assert process.state_of(mine) == "alive"
    mine.start = str(int(mine.start) - 1)
    assert process.state_of(mine) == "dead"


@pytest.mark.parametrize("fact", ["boot", "namespace"])
@pytest.mark.parametrize("value", ["", "elsewhere"])
def test_elsewhere_is_unknown(fact: str, value: str) -> None:
    """Of another boot, another pid namespace, or with a fact missing, a process is neither dead nor alive."""
    for pid in (os.getpid(), 2**22 + 1):
        mark = process.Mark(pid, "1", process.boot(), process.namespace())
        assert process.state_of(mark) == "dead"
        setattr(mark, fact, value)
        assert process.state_of(mark) == "unknown"


def test_no_process_is_unknown() -> None:
    """A mark that names no process says nothing."""
    assert process.state_of(process.Mark(0, "", process.boot(), process.namespace())) == "unknown"


def test_this_machine_is_known() -> None:
    """Boot and namespace are what the kernel says."""
    assert len(process.boot()) == 36
    assert process.namespace().startswith("pid:[")


def inside(options: list[str]) -> list[str]:
    """What is seen in a pid namespace of its own: the number of ancestors, the namespace, our process."""
    mine = process.mark(known(os.getpid()))
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from gitcoord.kernel import process\n"
        "print(len(process.ancestors(os.getpid())), process.namespace() or '-')\n"
        "print(process.state_of(process.Mark(int(sys.argv[2]), *sys.argv[3:])))\n"
    )
    unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork", *options]
    if (tried := subprocess.run([*unshare, "true"], capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"no pid namespace to be had here: {tried.stderr.strip()}")
    # Not as its first processes: outside, those have no parents that could be mistaken for its own.
    argv = [*unshare, "sh", "-c", '(true); (true); (true); (true); "$@"; exit $?', "sh"]
    argv += [sys.executable, "-I", "-S", "-c", code, ROOT]
    argv += [str(mine.pid), mine.start, mine.boot, mine.namespace]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not installed")
def test_another_pid_namespace_knows_nothing_of_ours() -> None:
    """In a container our processes are neither alive nor dead, and its first process is the last ancestor."""
    count, namespace, state = inside(["--mount-proc"])
    assert (count, state) == ("1", "unknown")
    assert namespace.startswith("pid:[")
    assert namespace != process.namespace()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not installed")
def test_a_foreign_proc_is_not_believed() -> None:
    """In a sandbox with its own pids and the outer /proc, an outer process of the same number is not ours."""
    assert inside([]) == ["0", "-", "unknown"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount another /proc")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_a_hidden_process_is_unknown(tmp_path: Path) -> None:
    """Where /proc hides other users' processes (hidepid), one of theirs is not taken for dead."""
    mount = ["unshare", "--mount", "sh", "-c", 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh"]
    nobody = [*mount, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    # Another user may not reach this checkout: give them a copy.
    package = shutil.copytree(Path(ROOT) / "gitcoord", tmp_path / "gitcoord")
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_mode & 0o1000:  # /tmp itself
            break
        directory.chmod(0o755)
    mine = process.mark(known(os.getpid()))
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from gitcoord.kernel import process\n"
        "facts = sys.argv[3:]\n"
        "print(process.read(int(sys.argv[2])), process.state_of(process.Mark(int(sys.argv[2]), *facts)))\n"
        "print(process.state_of(process.Mark(2**22 + 1, *facts)))\n"
    )
    python = [*nobody, sys.executable, "-I", "-S", "-c"]
    if subprocess.run([*python, "pass"], capture_output=True, check=False).returncode:
        pytest.skip("no such /proc to be had here")
    argv = [*python, code, str(package.parent), str(mine.pid), mine.start, mine.boot, mine.namespace]
    told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert told == ["None", "unknown", "dead"]


def test_light() -> None:
    """The modules that the guard imports load nothing that takes time."""
    modules = ["kernel.process", "kernel.roster", "policy.agents", "policy.identity"]
    imports = "".join(f"import gitcoord.{module};" for module in modules)
    code = f"import sys; sys.path.insert(0, sys.argv[1]); {imports} print(*sys.modules)"
    argv = [sys.executable, "-I", "-S", "-c", code, ROOT]
    loaded = set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())
    assert {f"gitcoord.{module}" for module in modules} <= loaded
    heavy = {"typing", "dataclasses", "re", "enum", "json", "subprocess", "pathlib", "collections"}
    assert loaded.isdisjoint(heavy | {"contextlib", "functools", "pygit2"})
