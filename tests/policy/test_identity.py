"""Which session a command belongs to, with real processes: shells, terminals, agents' wrappers."""

from __future__ import annotations

import json
import os
import pty
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.kernel import process, roster
from gitcoord.policy import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Terminal = Callable[[list[str]], tuple[int, int]]

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="process facts come from Linux's /proc")

ROOT = str(Path(__file__).parents[2])
BOOT, SPACE = "boot-1", "pid:[1]"
HERE, ELSEWHERE = "/repo/.git", "/repo/.git/worktrees/other"

# What git-coord sees as it starts. The test run's own process and what is above it are left out: that may be
# an agent's.
PROBE = """
import json, os, sys
sys.path.insert(0, {root!r})
from gitcoord.kernel import process
from gitcoord.policy import identity
chain = process.ancestors(os.getpid())
own = [found.pid for found in chain]
if {stop} in own:
    chain = chain[: own.index({stop})]
found = identity.anchor(chain, os.environ)
told = {{
    "kind": found.kind, "agent": found.agent, "key": found.key, "person": identity.person(chain),
    "pid": found.process.pid if found.process else 0, "chain": [ancestor.pid for ancestor in chain],
    "argv": [ancestor.argv for ancestor in chain], "leaders": [ancestor.leader for ancestor in chain],
    "terminals": [ancestor.terminal for ancestor in chain],
}}
with open({out!r} + ".new", "w") as file:
    json.dump(told, file)
os.rename({out!r} + ".new", {out!r})
"""


class Probe:
    """A stand-in for git-coord that tells what it found."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.out = directory / "told.json"
        self.path = directory / "probe"
        self.path.write_text(PROBE.format(root=ROOT, stop=os.getpid(), out=str(self.out)))
        self.argv = [sys.executable, "-I", "-S", str(self.path)]
        self.line = shlex.join(self.argv)

    def told(self, seconds: float = 20) -> dict[str, Any]:
        """What it told, as soon as it did."""
        deadline = time.monotonic() + seconds
        while not self.out.exists():
            assert time.monotonic() < deadline, "the probe never ran"
            time.sleep(0.01)
        told: dict[str, Any] = json.loads(self.out.read_text())
        return told

    def run(self, argv: list[str], *, detached: bool = False, **environ: str) -> dict[str, Any]:
        """What it tells when `argv`, which runs it, is a child of this test."""
        env = {**os.environ, **environ}
        subprocess.run(argv, env=env, start_new_session=detached, stdin=subprocess.DEVNULL, timeout=20, check=True)
        return self.told()

    def script(self, name: str, content: str) -> str:
        """An executable file beside it."""
        path = self.directory / name
        path.write_text(content)
        path.chmod(0o755)
        return str(path)


@pytest.fixture
def probe(tmp_path: Path) -> Probe:
    """A probe of this test."""
    return Probe(tmp_path)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Starts programs each in a terminal of its own; gives process and terminal."""
    started: list[tuple[int, int]] = []

    def start(argv: list[str]) -> tuple[int, int]:
        pid, fd = pty.fork()
        if pid == 0:
            try:
                os.execvpe(argv[0], argv, {**os.environ, "HOME": str(tmp_path), "PS1": "$ ", "HISTFILE": ""})
            finally:
                os._exit(127)
        started.append((pid, fd))
        return pid, fd

    yield start
    for pid, fd in started:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


@linux
@pytest.mark.parametrize(
    "argv",
    [
        ["bash", "--norc", "--noprofile", "-i"],
        ["bash", "--init-file", "/dev/null"],
        ["sh"],
    ],
    ids=" ".join,
)
def test_a_shell_in_a_terminal_is_the_anchor(probe: Probe, terminal: Terminal, argv: list[str]) -> None:
    """A command typed into an interactive shell is that shell's, whatever runs between; a person typed it."""
    pid, fd = terminal(argv)
    os.write(fd, f"bash -c {shlex.quote(probe.line + '; true')}\n".encode())
    told = probe.told()
    assert (told["kind"], told["pid"]) == ("shell", pid)
    assert told["person"]


@linux
def test_a_subshell_belongs_to_its_shell(probe: Probe, terminal: Terminal) -> None:
    """In `( ... )` the terminal's shell is found, not the fork of it."""
    pid, fd = terminal(["bash", "--norc", "--noprofile", "-i"])
    os.write(fd, f"({probe.line}; true)\n".encode())
    told = probe.told()
    assert (told["kind"], told["pid"]) == ("shell", pid)
    assert len(told["chain"]) == 2


@linux
def test_a_terminal_for_one_command_is_no_anchor(probe: Probe, terminal: Terminal) -> None:
    """`bash -c` in a terminal of its own leads its session and still is only passing."""
    terminal(["bash", "-c", probe.line + "; true"])
    told = probe.told()
    assert told["leaders"][0]
    assert told["terminals"][0]
    assert (told["kind"], told["pid"]) == ("none", 0)


@linux
def test_a_script_in_a_terminal_is_weak(probe: Probe, terminal: Terminal) -> None:
    """A script with a terminal to itself says nothing about a life; its session can be found again."""
    pid, _ = terminal(["bash", probe.script("work", probe.line + "\ntrue\n")])
    told = probe.told()
    assert (told["kind"], told["pid"]) == ("weak", pid)


@linux
@pytest.mark.skipif(shutil.which("setsid") is None, reason="setsid is not installed")
def test_setsid_is_no_anchor(probe: Probe) -> None:
    """`setsid -w bash -c` makes a leader of a passing shell: no anchor."""
    told = probe.run(["setsid", "-w", "bash", "-c", probe.line + "; true"])
    assert (told["kind"], told["pid"]) == ("none", 0)


@linux
def test_detached_is_no_anchor(probe: Probe) -> None:
    """Node's `detached: true`, as many agents start their commands, gives no shell anchor."""
    told = probe.run(["bash", "-lc", probe.line + "; true"], detached=True)
    assert True in told["leaders"]
    assert (told["kind"], told["pid"]) == ("none", 0)


@linux
def test_a_shell_without_a_terminal_is_weak(probe: Probe) -> None:
    """A lasting shell that an agent feeds through a pipe leads its session, but nobody types into it."""
    argv = ["bash", "--norc", "--noprofile"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True, text=True) as shell:
        shell.communicate(f"{probe.line}\ntrue\n", timeout=20)
    told = probe.told()
    assert told["leaders"][0]
    assert (told["kind"], told["pid"]) == ("weak", shell.pid)


@linux
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_nodes_own_detached_is_weak(probe: Probe) -> None:
    """A command in a detached shell of an agent that is in no table has the agent for a weak anchor."""
    code = "require('child_process').spawn('bash', ['-c', process.argv[2]], {detached: true, stdio: 'ignore'})"
    script = probe.script("unknown-agent.js", code)
    told = probe.run(["node", script, probe.line + "; true"])
    assert told["kind"] == "weak"
    assert told["argv"][told["chain"].index(told["pid"])][:2] == ["node", script]


@linux
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("typed", [False, True], ids=["one-shot", "window"])
def test_tmux(probe: Probe, typed: bool) -> None:
    """A one-shot in tmux has no anchor (the server is everybody's); a shell in a window of tmux is one."""
    tmux = ["tmux", "-L", f"gitcoord-test-{os.getpid()}", "-f", "/dev/null"]
    env = {name: value for name, value in os.environ.items() if name != "TMUX"}
    shell = "exec bash --norc --noprofile -i" if typed else probe.line + "; true"
    try:
        subprocess.run([*tmux, "new-session", "-d", "-s", "one", shell], env=env, check=True, timeout=20)
        if typed:
            subprocess.run([*tmux, "send-keys", "-t", "one", probe.line, "Enter"], env=env, check=True, timeout=20)
        told = probe.told()
        assert told["leaders"][0]
        assert told["terminals"][0]
        expected = ("shell", told["chain"][0]) if typed else ("none", 0)
        assert (told["kind"], told["pid"]) == expected
    finally:
        subprocess.run([*tmux, "kill-server"], env=env, check=False, timeout=20, capture_output=True)


AGENT_STYLES = {
    "shebang": "#!/bin/sh\nbash -c {line}\ntrue\n",
    "subshell": "#!/bin/sh\n(bash -c {line}; true)\ntrue\n",
    "interpreter": "bash -c {line}\ntrue\n",
    "python": "#!{python}\nimport subprocess\nsubprocess.run(['bash', '-c', {line}[1:-1]])\n",
}


@linux
@pytest.mark.parametrize("style", AGENT_STYLES)
def test_an_agents_process_is_the_anchor(probe: Probe, terminal: Terminal, style: str) -> None:
    """A program named claude is found behind its command's shell: a script, too, and in a terminal."""
    line = shlex.quote(probe.line + "; true")
    content = AGENT_STYLES[style].replace("{python}", sys.executable)
    if style == "python":
        content = content.replace("{line}[1:-1]", repr(probe.line + "; true"))
    script = probe.script("claude", content.replace("{line}", line))
    pid, _ = terminal(["sh", script] if style == "interpreter" else [script])
    told = probe.told()
    assert (told["kind"], told["agent"], told["pid"]) == ("agent", "claude", pid)
    assert not told["person"]


@linux
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_an_agent_run_by_node(probe: Probe) -> None:
    """A script run by node, after options, is known by its name, and its session variable is the key."""
    code = "require('child_process').spawnSync('bash', ['-c', process.argv[2]])"
    argv = ["node", "--no-warnings", probe.script("gemini.js", code), probe.line + "; true"]
    told = probe.run(argv, GEMINI_SESSION_ID="g-1", CLAUDE_CODE_SESSION_ID="c-1")
    assert (told["kind"], told["agent"], told["key"]) == ("agent", "gemini", "GEMINI_SESSION_ID=g-1")


@linux
def test_an_inherited_variable_makes_no_agent(probe: Probe) -> None:
    """CLAUDE_CODE_SESSION_ID without that agent's process among the ancestors counts for nothing."""
    told = probe.run(["bash", "-c", probe.line + "; true"], CLAUDE_CODE_SESSION_ID="c-1")
    assert (told["kind"], told["key"], told["person"]) == ("none", "", True)


@linux
def test_the_nearest_agent_counts(probe: Probe) -> None:
    """Codex started by claude: the command is Codex's, with Codex's key, though claude's is there too."""
    inner = probe.script("codex", f"#!/bin/sh\n{probe.line}\ntrue\n")
    outer = probe.script("claude", f"#!/bin/sh\n{inner}\ntrue\n")
    told = probe.run([outer], CLAUDE_CODE_SESSION_ID="c-1", CODEX_THREAD_ID="x-1")
    assert (told["agent"], told["key"]) == ("codex", "CODEX_THREAD_ID=x-1")
    assert told["pid"] == told["chain"][0]


@linux
def test_a_session_is_found_again_by_real_processes(tmp_path: Path) -> None:
    """A session recorded for a living process is found, through the roster, by its descendants alone."""
    chain = process.ancestors(os.getpid())
    me = process.read(os.getpid())
    assert me is not None
    mark = process.mark(me)
    facts = {"start": mark.start, "boot": mark.boot, "namespace": mark.namespace}
    path = str(tmp_path / "here")
    roster.write(path, [roster.Entry("s1", "n", worktree=HERE, kind="pid", pid=mark.pid, **facts)])
    for ancestors, expected in (([me, *chain], ("s1", "process")), (chain, None)):
        assert expected == identity.find(
            roster.read(path),
            ancestors,
            {},
            ELSEWHERE,
            boot=process.boot(),
            namespace=process.namespace(),
            for_reading=False,
            alive=lambda entry: True,
        )


# What follows is about the rules alone: the processes are made up.


def made_up(pid: int, line: str = "work", *, name: str = "", prompt: bool = False) -> process.Process:
    """A process with this command line; `prompt`: leader of a session with a terminal."""
    argv = line.split()
    found = process.Process(pid, 0, str(pid * 10), name or argv[0], leader=prompt, terminal=prompt)
    found._argv = argv
    return found


def entry(session: str, of: process.Process | None = None, kind: str = "agent", **more: str) -> roster.Entry:
    """A roster entry with this process, bound to HERE."""
    facts = {"worktree": HERE, "parent": "", "key": "", "boot": BOOT, "namespace": SPACE, **more}
    if of is None:
        return roster.Entry(session, session, worktree=facts["worktree"], parent=facts["parent"])
    return roster.Entry(session, session, kind=kind, pid=of.pid, start=of.start, **facts)


def find(
    entries: list[roster.Entry],
    ancestors: list[process.Process],
    *,
    worktree: str = HERE,
    reading: bool = False,
    dead: str = "",
    **environ: str,
) -> tuple[str, str] | None:
    """`identity.find` on this machine; `dead` are the sessions that are not alive."""
    return identity.find(
        entries,
        ancestors,
        environ,
        worktree,
        boot=BOOT,
        namespace=SPACE,
        for_reading=reading,
        alive=lambda found: found.session not in dead.split(),
    )


GIT, PASSING = made_up(90, "git coord claim"), made_up(80, "bash -c true")
CLAUDE, SECOND, BASH = made_up(70, "claude"), made_up(71, "claude"), made_up(60, "-bash", prompt=True)
INIT = made_up(1, "/sbin/init")


@pytest.mark.parametrize(
    ("ancestors", "kind", "pid"),
    [
        ([GIT, PASSING, CLAUDE, BASH, INIT], "agent", 70),
        ([GIT, BASH, CLAUDE, INIT], "agent", 70),
        ([GIT, PASSING, BASH, INIT], "shell", 60),
        ([GIT, made_up(5, "make"), BASH], "shell", 60),
        ([GIT, PASSING, made_up(5, "node agent.js"), PASSING, made_up(4, "node parent.js"), INIT], "weak", 5),
        (
            [GIT, made_up(5, "python3 /usr/bin/git-coord watch"), made_up(4, "cline"), INIT],
            "weak",
            4,
        ),
        ([GIT, made_up(5, "python3 -Im gitcoord.interfaces.cli.main"), made_up(4, "cline"), INIT], "weak", 4),
        ([GIT, made_up(5, "timeout 9 git coord claim"), made_up(4, "cline"), INIT], "weak", 4),
        ([GIT, made_up(5, "bash work.sh"), made_up(4, "bash work.sh"), INIT], "weak", 4),
        ([GIT, PASSING, made_up(5, "tmux", name="tmux: server"), BASH], "none", 0),
        ([GIT, PASSING, made_up(5, "sshd", name="sshd"), made_up(4, "other"), INIT], "none", 0),
        ([GIT, made_up(5, "/usr/share/code/code --type=utility"), BASH], "none", 0),
        ([GIT, made_up(5, "cursor"), BASH], "none", 0),
        ([GIT, PASSING, made_up(1, "app --serve")], "none", 0),
        ([GIT, PASSING, made_up(1, "claude")], "agent", 1),
        ([GIT, made_up(1, "bash", prompt=True)], "shell", 1),
        ([GIT, made_up(5, "vim", prompt=True), INIT], "weak", 5),
        ([], "none", 0),
    ],
)
def test_anchor(ancestors: list[process.Process], kind: str, pid: int) -> None:
    """Agent, else shell, else weak, else none; nothing is looked for above everybody's ancestors."""
    found = identity.anchor(ancestors, {})
    assert (found.kind, found.process.pid if found.process else 0) == (kind, pid)


def test_two_windows_under_one_outer_id_stay_two() -> None:
    """Two windows resumed under the same outer id are two sessions: each finds the one of its own process."""
    key = "CLAUDE_CODE_SESSION_ID=c-1"
    entries = [entry("s1", CLAUDE, key=key), entry("s2", SECOND, key=key)]
    assert find(entries, [GIT, CLAUDE, INIT], CLAUDE_CODE_SESSION_ID="c-1") == ("s1", "variable")
    assert find(entries, [GIT, SECOND, INIT], CLAUDE_CODE_SESSION_ID="c-1") == ("s2", "variable")
    assert find(entries[:1], [GIT, SECOND, INIT], CLAUDE_CODE_SESSION_ID="c-1") is None


def test_the_variable_tells_sessions_of_one_process_apart() -> None:
    """Of several sessions that a process started its variable says which; without it, the last started."""
    entries = [entry("s1", CLAUDE, key="CLAUDE_CODE_SESSION_ID=c-1"), entry("s2", CLAUDE)]
    assert find(entries, [GIT, CLAUDE], CLAUDE_CODE_SESSION_ID="c-1") == ("s1", "variable")
    assert find(entries, [GIT, CLAUDE]) == ("s2", "process")


def test_an_inherited_variable_finds_nothing() -> None:
    """The variable without the agent's process as an ancestor, or under another agent, counts for nothing."""
    entries = [entry("s1", CLAUDE, key="CLAUDE_CODE_SESSION_ID=c-1")]
    codex = made_up(75, "codex")
    assert find(entries, [GIT, PASSING, BASH], CLAUDE_CODE_SESSION_ID="c-1") is None
    assert find(entries, [GIT, codex, CLAUDE, BASH], CLAUDE_CODE_SESSION_ID="c-1") is None


def test_a_persons_session_above_an_agent_is_not_the_agents() -> None:
    """An agent started from a shell that has a session does not act as that session, nor read as it."""
    entries = [entry("s1", BASH, "shell")]
    assert find(entries, [GIT, PASSING, BASH]) == ("s1", "process")
    assert find(entries, [GIT, PASSING, CLAUDE, BASH]) is None
    assert find(entries, [GIT, PASSING, CLAUDE, BASH], reading=True) is None


def test_the_nearest_recorded_process_wins() -> None:
    """A script that started a session of its own acts as it, not as the shell above."""
    script = made_up(65, "bash work.sh")
    entries = [entry("s1", script, "pid"), entry("s2", BASH, "shell")]
    assert find(entries, [GIT, script, BASH], worktree=ELSEWHERE) == ("s1", "process")
    assert find(entries, [GIT, BASH], worktree=ELSEWHERE) == ("s2", "process")


def test_weak_counts_only_in_its_worktree() -> None:
    """A weak anchor finds its session again from the worktree it was started in, from no other."""
    node = made_up(50, "node agent.js")
    entries = [entry("s1", node, "weak")]
    assert find(entries, [GIT, PASSING, node]) == ("s1", "process")
    assert find(entries, [GIT, PASSING, node], worktree=ELSEWHERE) is None


@pytest.mark.parametrize("fact", ["start", "boot", "namespace"])
def test_a_process_is_more_than_its_number(fact: str) -> None:
    """The same pid with another start, in another boot or another container, is another process."""
    other = entry("s1", CLAUDE)
    assert find([other], [GIT, CLAUDE]) == ("s1", "process")
    setattr(other, fact, "other")
    assert find([other], [GIT, CLAUDE]) is None


def test_a_child_does_not_shadow_its_parent() -> None:
    """A child started by its parent's process is found by explicit id only, unlike one of another process."""
    key = "CLAUDE_CODE_SESSION_ID=c-1"
    entries = [entry("s1", CLAUDE, key=key), entry("s2", CLAUDE, key=key, parent="s1")]
    assert find(entries, [GIT, CLAUDE]) == ("s1", "process")
    assert find(entries, [GIT, CLAUDE], CLAUDE_CODE_SESSION_ID="c-1") == ("s1", "variable")
    entries.append(entry("s3", SECOND, parent="s1"))
    assert find(entries, [GIT, SECOND, PASSING, CLAUDE]) == ("s3", "process")


def test_the_worktree_counts_only_for_reading() -> None:
    """The one session bound to this worktree is found for reading and the guard, never for writing."""
    entries = [entry("s1"), entry("s2", worktree=ELSEWHERE)]
    assert find(entries, [GIT, BASH], reading=True) == ("s1", "worktree")
    assert find(entries, [GIT, BASH], reading=True, worktree=ELSEWHERE) == ("s2", "worktree")
    assert find(entries, [GIT, BASH]) is None
    assert find(entries, [GIT, BASH], reading=True, worktree="/repo/.git/worktrees/none") is None


def test_the_worktree_counts_only_for_the_one_that_lives() -> None:
    """Two sessions in a worktree, and it says nothing; the dead do not count, neither as one nor as two."""
    entries = [entry("s1"), entry("s2")]
    assert find(entries, [GIT], reading=True) is None
    assert find(entries, [GIT], reading=True, dead="s1") == ("s2", "worktree")
    assert find(entries, [GIT], reading=True, dead="s1 s2") is None


@pytest.mark.parametrize(("kind", "found"), [("agent", False), ("shell", False), ("pid", False), ("weak", True)])
def test_the_worktree_is_not_believed_against_a_process(kind: str, found: bool) -> None:
    """A session with a recorded process is not found by its worktree from outside it; a weak one is."""
    entries = [entry("s1", made_up(50, "thing"), kind)]
    assert find(entries, [GIT, BASH], reading=True) == (("s1", "worktree") if found else None)


def test_person() -> None:
    """A person is who has no agent anywhere above: a shell between does not make a person of an agent."""
    assert identity.person([GIT, PASSING, BASH, INIT])
    assert identity.person([])
    assert not identity.person([GIT, BASH, CLAUDE, INIT])
