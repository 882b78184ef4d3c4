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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.waiting import until

from gitcoord.kernel import process, roster
from gitcoord.policy import identity, origin
from gitcoord.policy.ids import SessionId

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
from gitcoord.policy import identity, origin
chain = process.ancestors(os.getpid())
own = [found.pid for found in chain]
if {stop} in own:
    chain = chain[: own.index({stop})]
around = origin.Surroundings(
    chain, os.environ, own=process.read(os.getpid()), boot=process.boot(), namespace=process.namespace()
)
whose = origin.of(around)
found = identity.anchor(whose, named=True)
told = {{
    "kind": found.kind, "agent": found.agent, "key": found.key, "person": origin.typed_by_person(whose),
    "origin": whose.kind,
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
        until(lambda: self.out.exists(), "the probe never ran")
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
def test_a_script_at_a_terminal_is_the_persons(probe: Probe, terminal: Terminal) -> None:
    """A script that passes its terminal on to its commands is the person's who looks at it."""
    terminal(["bash", probe.script("work", probe.line + "\ntrue\n")])
    told = probe.told()
    assert (told["origin"], told["kind"]) == ("person", "none")


@linux
def test_a_script_that_hides_its_terminal_is_on_its_own(probe: Probe, terminal: Terminal) -> None:
    """A script whose commands do not see its terminal may be anything: it is on its own, in whatever terminal."""
    work = probe.script("work", probe.line + " </dev/null >/dev/null 2>&1\ntrue\n")
    _, fd = terminal(["bash", "--norc", "--noprofile", "-i"])
    os.write(fd, f"bash {work}\n".encode())
    told = probe.told()
    assert (told["origin"], told["kind"]) == ("program", "weak")
    assert told["argv"][told["chain"].index(told["pid"])] == ["bash", work]


@linux
@pytest.mark.parametrize("captured", [True, False])
def test_a_program_that_captures_what_its_commands_say(probe: Probe, terminal: Terminal, captured: bool) -> None:
    """A program in a terminal that reads what its commands say is on its own; one that shows it is the person's."""
    out = "subprocess.PIPE" if captured else "None"
    code = f"import subprocess; subprocess.run({probe.argv!r}, stdout={out}, stderr={out})"
    work = probe.script("mystery.py", code)
    pid, fd = terminal(["bash", "--norc", "--noprofile", "-i"])
    os.write(fd, f"{sys.executable} {work}\n".encode())
    told = probe.told()
    if captured:
        assert (told["origin"], told["argv"][told["chain"].index(told["pid"])][1]) == ("program", work)
    else:
        assert (told["origin"], told["pid"]) == ("person", pid)


@linux
def test_two_unknown_agents_in_two_terminals_are_two(probe: Probe, terminal: Terminal) -> None:
    """Each program that nobody knows is a session of its own, also where a person's session has the same terminal."""
    code = f"import subprocess; subprocess.run({probe.argv!r}, stdin=subprocess.DEVNULL)"
    work = probe.script("mystery.py", code)
    found = []
    for _ in range(2):
        _, fd = terminal(["bash", "--norc", "--noprofile", "-i"])
        os.write(fd, f"{sys.executable} {work}\n".encode())
        told = probe.told()
        found.append((told["kind"], told["pid"], told["argv"][told["chain"].index(told["pid"])][1]))
        probe.out.unlink()
    (kind, one, program), (_, two, _) = found
    assert (kind, program) == ("weak", work)
    assert one != two


@linux
def test_a_program_that_types_into_a_shell_is_on_its_own(probe: Probe, terminal: Terminal) -> None:
    """A program in a terminal that runs an interactive shell in another one of its own making may be an agent."""
    code = f"""
import os, pty, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
os.write(fd, {probe.line.encode() + b"; exit" + bytes([10])!r})
try:
    while os.read(fd, 1000): pass
except OSError: pass
"""
    work = probe.script("mystery.py", code)
    _, fd = terminal(["bash", "--norc", "--noprofile", "-i"])
    os.write(fd, f"{sys.executable} {work}\n".encode())
    told = probe.told()
    assert (told["origin"], told["argv"][told["chain"].index(told["pid"])][1]) == ("program", work)


@linux
def test_a_hook_is_whose_git_it_is(probe: Probe, terminal: Terminal, tmp_path: Path) -> None:
    """Whatever a hook runs without a terminal: what counts is who ran git."""
    repo = tmp_path / "r"
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    hook = repo / ".git/hooks/pre-commit"
    manager = probe.script("mystery.py", f"import subprocess; subprocess.run({probe.argv!r}, stdin=subprocess.DEVNULL)")
    hook.write_text(f"#!/bin/sh\n{sys.executable} {manager}\n")
    hook.chmod(0o755)
    pid, fd = terminal(["bash", "--norc", "--noprofile", "-i"])
    os.write(fd, f"cd {repo}; git -c user.name=a -c user.email=b commit -q --allow-empty -m x\n".encode())
    told = probe.told()
    assert (told["origin"], told["pid"]) == ("person", pid)


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
    tmux = ["tmux", "-L", f"gitcoord-test-{os.getpid()}-{typed}", "-f", "/dev/null"]
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
def test_an_inherited_variable_is_not_believed(probe: Probe) -> None:
    """CLAUDE_CODE_SESSION_ID without that agent's process names no session; but who bears it is not a person."""
    told = probe.run(["bash", "-c", probe.line + "; true"], CLAUDE_CODE_SESSION_ID="c-1")
    assert (told["kind"], told["key"], told["agent"], told["person"]) == ("none", "", "claude", False)


@linux
def test_the_window_that_claude_names(probe: Probe) -> None:
    """CLAUDE_PID names the window's process, whatever that is called; a shell that only bears the number is none."""
    script = probe.script(
        "node.py", f"import os, subprocess; os.environ['CLAUDE_PID'] = str(os.getpid()); subprocess.run({probe.argv!r})"
    )
    told = probe.run([sys.executable, script])
    assert (told["kind"], told["agent"]) == ("agent", "claude")
    assert told["argv"][told["chain"].index(told["pid"])][1] == script
    probe.out.unlink()
    told = probe.run(["bash", "-c", f"export CLAUDE_PID=$$; {probe.line}; true"])
    assert told["kind"] == "none"


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
    facts: dict[str, Any] = {"start": mark.start, "boot": mark.boot, "namespace": mark.namespace}
    path = str(tmp_path / "roster")
    roster.write(path, [roster.Entry(SessionId("s1"), "n", worktree=HERE, kind="pid", pid=mark.pid, **facts)])
    for ancestors, expected in (([me, *chain], ("s1", "process")), (chain, None)):
        around = origin.Surroundings(ancestors, {}, boot=mark.boot, namespace=mark.namespace, worktree=ELSEWHERE)
        whose = origin.of(around)
        found = identity.find(roster.read(path), around, whose, for_reading=False, alive=lambda _: True)
        assert found == expected


# What follows is about the rules alone: the processes are made up.


def made_up(
    pid: int, line: str = "work", *, name: str = "", prompt: bool = False, attended: bool = False
) -> process.Process:
    """A process with this command line; `prompt`: leader of a session with a terminal."""
    argv = line.split()
    found = process.Process(pid, 0, str(pid * 10), name or argv[0], leader=prompt, terminal=prompt)
    found._argv = argv
    found._attended = attended
    return found


def entry(session: str, of: process.Process | None = None, kind: str = "agent", **more: Any) -> roster.Entry:
    """A roster entry with this process, bound to HERE, of user 1000."""
    facts: dict[str, Any] = {"worktree": HERE, "boot": BOOT, "namespace": SPACE, "uid": 1000, **more}
    if of is None:
        return roster.Entry(SessionId(session), session, kind=kind if kind != "agent" else "none", **facts)
    return roster.Entry(SessionId(session), session, kind=kind, pid=of.pid, start=of.start, **facts)


def seen(
    ancestors: list[process.Process],
    environ: dict[str, str],
    *,
    worktree: str = HERE,
    namespace: str = SPACE,
    uid: int = 1000,
    agents: str = "",
    tools: str = "",
) -> tuple[origin.Surroundings, origin.Origin]:
    """What a command with these ancestors sees, and whose it is."""
    around = origin.Surroundings(
        ancestors,
        environ,
        boot=BOOT,
        namespace=namespace,
        enclosed=namespace != SPACE,
        uid=uid,
        worktree=worktree,
        more=lambda: (frozenset(agents.split()), frozenset(tools.split())),
    )
    return around, origin.of(around)


def find(
    entries: list[roster.Entry],
    ancestors: list[process.Process],
    *,
    reading: bool = False,
    dead: str = "",
    worktree: str = HERE,
    namespace: str = SPACE,
    uid: int = 1000,
    **environ: str,
) -> tuple[str, str] | None:
    """`identity.find` on this machine; `dead` are the sessions that are not alive."""
    around, whose = seen(ancestors, environ, worktree=worktree, namespace=namespace, uid=uid)
    return identity.find(entries, around, whose, for_reading=reading, alive=lambda name: name not in dead.split())


GIT, PASSING = made_up(90, "git coord claim"), made_up(80, "bash -c true")
CLAUDE, SECOND, BASH = made_up(70, "claude"), made_up(71, "claude"), made_up(60, "-bash", prompt=True)
CODEX = made_up(75, "codex")
INIT = made_up(1, "/sbin/init")
BOX = [GIT, made_up(2, "bash -c true"), made_up(1, "bwrap --new-session", name="bwrap")]
"""What a command in a sandbox sees that has a pid namespace of its own."""
INSIDE, LATER = "pid:[2]", "pid:[3]"


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


def test_a_window_whose_id_changes_keeps_its_session() -> None:
    """An agent that begins a new conversation in the same process goes on as the same session."""
    entries = [entry("s1", CLAUDE, key="CLAUDE_CODE_SESSION_ID=c-1")]
    assert find(entries, [GIT, CLAUDE], CLAUDE_CODE_SESSION_ID="c-2") == ("s1", "process")


def test_an_inherited_variable_finds_nothing() -> None:
    """The variable without the agent's process as an ancestor, or under another agent, counts for nothing."""
    entries = [entry("s1", CLAUDE, key="CLAUDE_CODE_SESSION_ID=c-1")]
    for above in ([GIT, PASSING, BASH], [GIT, CODEX, CLAUDE, BASH], [GIT, PASSING, INIT]):
        assert find(entries, above, CLAUDE_CODE_SESSION_ID="c-1", reading=True) is None


def test_sandboxed_commands_of_one_agent_are_one_session() -> None:
    """In a pid namespace of its own an agent is found by its key alone, from each command's own namespace."""
    entries = [entry("s1", kind="sandboxed", key="CODEX_THREAD_ID=t-1", namespace=INSIDE)]
    assert find(entries, BOX, namespace=INSIDE, CODEX_THREAD_ID="t-1") == ("s1", "variable")
    assert find(entries, BOX, namespace=LATER, CODEX_THREAD_ID="t-1") == ("s1", "variable")
    assert find(entries, [], namespace=LATER, CODEX_THREAD_ID="t-1") == ("s1", "variable")
    assert find(entries, BOX, namespace=LATER, CODEX_THREAD_ID="t-2", reading=True) is None
    assert find(entries, BOX, namespace=LATER, reading=True) is None


def test_what_runs_outside_of_the_sandbox_is_the_same_session() -> None:
    """A hook or a server that the agent runs outside of its sandbox, and a command inside, are one session."""
    inside = [entry("s1", kind="sandboxed", key="CODEX_THREAD_ID=t-1", namespace=INSIDE)]
    assert find(inside, [GIT, CODEX, BASH], CODEX_THREAD_ID="t-1") == ("s1", "variable")
    outside = [entry("s1", CODEX, key="CODEX_THREAD_ID=t-1")]
    assert find(outside, BOX, namespace=INSIDE, CODEX_THREAD_ID="t-1") == ("s1", "variable")


def test_a_detached_command_is_not_taken_for_a_sandbox() -> None:
    """What an agent left behind in its own namespace, and what is in a sandbox, are told apart: the agent's is not."""
    key = "CLAUDE_CODE_SESSION_ID=c-1"
    tmux = [GIT, PASSING, made_up(5, "tmux", name="tmux: server"), made_up(1, "tini")]
    entries = [entry("s1", CLAUDE, key=key, namespace=INSIDE)]
    assert find(entries, tmux, namespace=INSIDE, CLAUDE_CODE_SESSION_ID="c-1", reading=True) is None
    assert find(entries, [GIT, PASSING], namespace=INSIDE, CLAUDE_CODE_SESSION_ID="c-1", reading=True) is None
    left = [entry("s2", kind="sandboxed", key=key)]
    assert find(left, [GIT, CLAUDE], CLAUDE_CODE_SESSION_ID="c-1") is None


def test_two_agents_named_at_once_are_a_third() -> None:
    """Where an agent's sandbox inherits another agent's variable, neither of the two is meant alone."""
    both: dict[str, Any] = {"CLAUDE_CODE_SESSION_ID": "c-1", "CODEX_THREAD_ID": "t-1"}
    entries = [
        entry("s1", kind="sandboxed", key="CLAUDE_CODE_SESSION_ID=c-1", namespace=INSIDE),
        entry("s2", kind="sandboxed", key="CODEX_THREAD_ID=t-1", namespace=INSIDE),
    ]
    assert find(entries, BOX, namespace=LATER, **both) is None
    codex = [GIT, PASSING, made_up(1, "codex-linux-sandbox --x", name="codex")]
    assert find(entries, codex, namespace=LATER, **both) == ("s2", "variable")


def test_a_child_thread_is_not_its_root() -> None:
    """A child thread starts a session of its own; until then what it reads and commits is the root's."""
    child: dict[str, Any] = {"CODEX_THREAD_ID": "t-2", "CODEX_SESSION_ID": "t-1"}
    entries = [entry("s1", CODEX, key="CODEX_THREAD_ID=t-1")]
    assert find(entries, [GIT, CODEX], **child) is None
    assert find(entries, [GIT, CODEX], reading=True, **child) == ("s1", "variable")
    entries.append(entry("s2", CODEX, key="CODEX_THREAD_ID=t-2", parent="s1"))
    assert find(entries, [GIT, CODEX], **child) == ("s2", "variable")
    assert find(entries, [GIT, CODEX], CODEX_THREAD_ID="t-1") == ("s1", "variable")
    assert find(entries, [GIT, CODEX]) == ("s1", "process")


def test_a_persons_session_above_an_agent_is_not_the_agents() -> None:
    """An agent started from a shell that has a session does not act as that session, nor read as it."""
    entries = [entry("s1", BASH, "shell"), entry("s2", kind="person")]
    assert find(entries, [GIT, PASSING, BASH]) == ("s1", "process")
    assert find(entries, [GIT, PASSING, CLAUDE, BASH], reading=True) is None


def test_a_persons_session_above_an_unknown_program_is_not_its_own() -> None:
    """Nor does a program that nobody knows and that runs commands without a terminal."""
    entries = [entry("s1", BASH, "shell"), entry("s2", kind="person")]
    node = made_up(50, "node agent.js")
    assert find(entries, [GIT, PASSING, node, BASH], reading=True) is None
    shown = made_up(80, "bash -c true", attended=True)
    assert find(entries, [GIT, shown, node, BASH]) == ("s1", "process")


def test_a_person_is_one_session_everywhere() -> None:
    """The person's own session is found from any terminal, editor and worktree, by the same user only."""
    entries = [entry("s1", kind="person"), entry("s2", kind="person", uid=1001)]
    editor, second = made_up(5, "/usr/share/code/code --type=utility"), made_up(61, "zsh", prompt=True)
    for above in ([GIT, BASH], [GIT, second], [GIT, editor, INIT], [GIT, PASSING, INIT]):
        assert find(entries, above, worktree=ELSEWHERE) == ("s1", "person")
        assert find(entries, above, uid=1001) == ("s2", "person")
        assert find(entries, above, uid=1002) is None


def test_a_named_session_in_a_terminal_comes_before_the_persons_own() -> None:
    """What was started by name in a terminal is what that terminal is; others are the person's own."""
    entries = [entry("s1", BASH, "shell"), entry("s2", kind="person")]
    assert find(entries, [GIT, BASH]) == ("s1", "process")
    assert find(entries, [GIT, made_up(61, "zsh", prompt=True)]) == ("s2", "person")


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


@pytest.mark.parametrize(("kind", "found"), [("weak", False), ("shell", False), ("agent", True), ("pid", True)])
def test_a_program_or_a_shell_may_run_as_several_users(kind: str, found: bool) -> None:
    """`su` in one's terminal, a script that runs as two users: only an agent is the same one as whoever it runs."""
    script = made_up(50, "claude" if kind == "agent" else "sh work.sh")
    entries = [entry("s1", script, kind)]
    assert find(entries, [GIT, script, INIT]) == ("s1", "process")
    assert (find(entries, [GIT, script, INIT], uid=1001) is not None) == found


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


def test_the_worktree_counts_only_for_its_own_user() -> None:
    """Another user's session in a shared worktree is not found, nor one whose user is not known."""
    assert find([entry("s1")], [GIT, BASH], reading=True, uid=1001) is None
    assert find([entry("s1", uid=-1)], [GIT, BASH], reading=True) is None


@pytest.mark.parametrize(
    "environ",
    [{"GEMINI_CLI": "1"}, {"CLAUDE_CODE_SESSION_ID": "c-1"}, {"AI_AGENT": "x"}, {"AGENT": "1"}],
    ids=lambda environ: next(iter(environ)),
)
def test_the_worktree_counts_for_nobody_who_bears_an_agents_name(environ: dict[str, Any]) -> None:
    """Where the environment speaks of an agent, the session of the worktree is not its own; nor is the person's."""
    entries = [entry("s1"), entry("s2", kind="person")]
    assert find(entries[:1], [GIT, PASSING, INIT], reading=True, **environ) is None
    assert find(entries, [GIT, BASH, INIT], reading=True, **environ) is None


def test_an_agent_is_not_the_session_of_its_worktree() -> None:
    """Nor where the agent's process is to be seen."""
    assert find([entry("s1")], [GIT, CLAUDE, BASH], reading=True) is None


def test_the_worktree_counts_only_for_the_one_that_lives() -> None:
    """Two sessions in a worktree, and it says nothing; the dead do not count, neither as one nor as two."""
    entries = [entry("s1"), entry("s2")]
    assert find(entries, [GIT], reading=True) is None
    assert find(entries, [GIT], reading=True, dead="s1") == ("s2", "worktree")
    assert find(entries, [GIT], reading=True, dead="s1 s2") is None


@pytest.mark.parametrize("kind", ["agent", "shell", "pid", "weak"])
def test_the_worktree_is_not_believed_against_a_process(kind: str) -> None:
    """A session with a recorded process is not found by its worktree from outside it."""
    assert find([entry("s1", made_up(50, "thing"), kind)], [GIT, BASH], reading=True) is None


@pytest.mark.parametrize("kind", ["person", "sandboxed"])
def test_what_is_somebodys_own_is_not_found_by_the_worktree(kind: str) -> None:
    """A person's own session is no program's, an agent's in a sandbox nobody else's."""
    node = made_up(50, "node agent.js")
    assert find([entry("s1", kind=kind)], [GIT, PASSING, node, INIT], reading=True) is None


def test_more_agents_and_tools() -> None:
    """`coord.agents` makes an agent of a program, `coord.peopleTools` a person's tool."""
    above = [GIT, PASSING, made_up(50, "goose run"), BASH, INIT]
    assert seen(above, {})[1].kind == "program"
    named = seen(above, {}, agents="goose")[1]
    assert (named.kind, named.agent) == ("agent", "goose")
    assert seen(above, {}, tools="goose")[1].kind == "person"
