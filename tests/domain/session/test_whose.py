"""Which session a command belongs to: found again without anything exported, and never somebody else's."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# Runs each line of its standard input in a new shell, as agents do, and says what came of it in one line of JSON.
AGENT = f"""#!{sys.executable}
import json, subprocess, sys
for line in sys.stdin:
    ran = subprocess.run(["bash", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(json.dumps([ran.returncode, ran.stdout, ran.stderr]), flush=True)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are known by /proc")


class Agent:
    """A process called `claude` that runs commands, each in a new shell."""

    def __init__(self, program: Path, repo: Repo, **env: str) -> None:
        self.process = subprocess.Popen(
            [program], cwd=repo.top, env=repo.env | env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, command: str) -> tuple[int, str, str]:
        """Run a command line; returns status, output and errors."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        status, out, err = json.loads(self.process.stdout.readline())
        return status, out, err

    def coord(self, words: str) -> dict[str, Any]:
        """The answer of `git coord ... --json`."""
        answer = json.loads(self.run(f"git coord {words} --json")[1])
        assert isinstance(answer, dict)
        return answer

    def die(self) -> None:
        """Be killed, and be gone."""
        self.process.kill()
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            if end is not None:
                end.close()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Callable[..., Agent]]:
    """Starts agents that end with the test."""
    program = tmp_path / "claude"
    program.write_text(AGENT)
    program.chmod(0o755)
    started: list[Agent] = []

    def start(repo: Repo, **env: str) -> Agent:
        started.append(Agent(program, repo, **env))
        return started[-1]

    yield start
    for one in started:
        one.die()


def apart(repo: Repo, script: str, **env: str) -> list[dict[str, Any]]:
    """Run a bash script that no process of the test is an ancestor of; returns the JSON lines it printed."""
    base = Path(repo.env["HOME"])
    file, done = base / "script.sh", base / "done"
    file.write_text(script)
    done.unlink(missing_ok=True)
    outer = f"bash {file} >{base}/out 2>{base}/err; mv {base}/out {done}"
    subprocess.run(["setsid", "-f", "sh", "-c", outer], cwd=repo.top, env=repo.env | env, check=True)
    until(done.exists)
    return [json.loads(line) for line in done.read_text().splitlines()]


def test_session_started_by_name_in_a_terminal_is_that_terminals(repo: Repo) -> None:
    """All commands of the terminal, also from subshells, are that session; when the shell ends it is gone at once."""
    ours, theirs = pty.openpty()
    env = repo.env | {"PS1": "", "HISTFILE": ""}
    subprocess.run(
        ["setsid", "-f", "-c", "bash", "--norc", "--noprofile", "-i"],
        cwd=repo.top,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    lines = [
        "git coord start worker",
        "git coord claim src --json > 1",
        "(cd docs; git coord whoami --json > ../2)",
        "bash -c 'git coord claim slot:x --json | cat > 3'",
        "git coord sessions --json > 4",
        "touch done",
        "exit",
    ]
    try:
        for line in lines:
            os.write(ours, line.encode() + b"\n")
        until((repo.top / "done").exists)
        seen = [json.loads((repo.top / name).read_text()) for name in "1234"]
        (me,) = seen[3]["sessions"]
        assert [seen[0]["claims"][0]["session"], seen[1]["session"], seen[2]["claims"][0]["session"]] == [me["id"]] * 3
        assert me["pid"] is not None
        assert me["terminal"].startswith("/dev/")
        until(lambda: repo.here("sessions", "--json").json["sessions"][0]["status"] == "gone")
    finally:
        os.close(ours)
    assert [item["session"] for item in repo.coord("claim", "src", "--json").json["took_over"]] == [me["id"]]


@pytest.mark.slow
def test_an_agent_that_starts_again_is_told_which_session_it_has(repo: Repo, agent: Callable[..., Agent]) -> None:
    """Without a name there is no second one beside it; with a name, which is said by hand, there is."""
    one = agent(repo, CLAUDE_CODE_SESSION_ID="same")
    first = one.coord("claim src")["claims"][0]["session"]
    status, out, err = one.run("git coord start")
    assert (status, out.strip()) == (0, first)
    assert err == f"this window is claude:main ({first}) already: it goes on as that\n"
    status, out, err = one.run("git coord start --role reviewer")
    assert (status, out) == (1, "")
    assert f"you are claude:main ({first}) already" in err and "git coord start NAME" in err
    assert len(repo.here("sessions", "--json").json["sessions"]) == 1
    assert one.run("git coord start worker -q")[1].strip() != first
    assert agent(repo, CLAUDE_CODE_SESSION_ID="other").run("git coord start -q")[1].strip() != first


def test_agent_keeps_one_session_whose_end_is_noticed_at_once(repo: Repo, agent: Callable[..., Agent]) -> None:
    """An agent's commands are one session while its process lives; when it is killed its claims are free at once."""
    one = agent(repo, CLAUDE_CODE_SESSION_ID="same")
    first = one.coord("claim src -m rewrite")
    assert one.coord("claim slot:x")["claims"][0]["session"] == first["claims"][0]["session"]
    assert json.loads(one.run("bash -c 'bash -c \"git coord whoami --json\"; true'; true")[1])["agent"] == "claude"
    me = one.coord("whoami")
    assert (me["name"], me["status"], me["claims"]) == ("claude:main", "active", ["src", "slot:x"])
    other = repo.start("bob")
    assert repo.coord("claim", "src/a.py", session=other).status == 1
    one.die()
    (gone,) = repo.here("sessions", "--status", "gone", "--json").json["sessions"]
    assert gone["id"] == me["session"]
    taken = repo.coord("claim", "src/a.py", "--json", session=other).json
    assert (taken["result"], [item["session"] for item in taken["took_over"]]) == ("won", [gone["id"]])
    assert taken["took_over"][0]["status"] == "gone"


def test_two_windows_resumed_under_one_id_are_two_sessions(repo: Repo, agent: Callable[..., Agent]) -> None:
    """The agent's own variable counts only together with its process: what one window holds is not the other's."""
    one, two = agent(repo, CLAUDE_CODE_SESSION_ID="same"), agent(repo, CLAUDE_CODE_SESSION_ID="same")
    mine = one.coord("claim src")["claims"][0]["session"]
    refused = two.coord("claim src")
    assert refused["conflicts"][0]["held"]["session"] == mine
    assert two.coord("whoami")["session"] != mine
    assert one.coord("whoami")["session"] == mine
    assert two.run("git coord release src")[0] == 1


def test_variable_that_was_inherited_lies(repo: Repo, agent: Callable[..., Agent]) -> None:
    """Another agent's variable in the environment of a process that is no descendant of it names nobody."""
    one = agent(repo, CLAUDE_CODE_SESSION_ID="same")
    mine = one.coord("start")["session"]
    other = apart(repo, "git coord claim src --json", CLAUDE_CODE_SESSION_ID="same")[0]
    assert other["claims"][0]["session"] != mine


def test_living_agent_is_never_gone_however_quiet(repo: Repo, agent: Callable[..., Agent]) -> None:
    """Past its lease an agent whose process lives keeps what it holds; a session known by its lease alone does not."""
    one = agent(repo)
    quiet = one.coord("start --lease 1s")["session"]
    one.run("git coord claim src")
    bob = repo.start("bob")
    passing = apart(repo, "git coord start passing --lease 1s --json")[0]["session"]
    repo.coord("claim", "docs", session=passing, check=True)
    time.sleep(2.2)
    refused = repo.coord("claim", "src", "--json", session=bob)
    assert (refused.status, refused.json["conflicts"][0]["held"]["session"]) == (1, quiet)
    assert refused.json["conflicts"][0]["held"]["status"] == "active"
    assert [item["session"] for item in repo.coord("claim", "docs", "--json", session=bob).json["took_over"]] == [
        passing
    ]
    one.die()
    assert repo.coord("claim", "src", session=bob).status == 0


def test_commands_of_one_script_are_one_session_in_each_worktree(repo: Repo) -> None:
    """Without agent or terminal, a script finds its session again; in another worktree it has another one."""
    other = repo.worktree("other")
    script = f"""
        git coord claim src/a.py --json
        git coord whoami --json
        bash -c 'git coord claim src/b.py --json; exit $?'
        cd {other.top}
        git coord claim docs --json
        git coord whoami --json
        cd {repo.top}
        git coord whoami --json
    """
    answers = apart(repo, script)
    ids = [item.get("session") or item["claims"][0]["session"] for item in answers]
    assert ids == [ids[0]] * 3 + [ids[3]] * 2 + [ids[0]]
    assert ids[0] != ids[3]
    assert answers[4]["branch"] == "other"
    again = apart(repo, "git coord claim slot:x --json")[0]
    assert again["claims"][0]["session"] not in ids


def test_session_bound_to_the_worktree_is_for_looking_only(repo: Repo) -> None:
    """A session without a process is found again by its worktree for `whoami`; a claim starts another."""
    bound = json_of(repo, "sh -c 'git coord start bound --json; exit $?'")["session"]
    assert json_of(repo, "sh -c 'git coord whoami --json; exit $?'")["session"] == bound
    assert json_of(repo, "sh -c 'git coord claim src --json; exit $?'")["claims"][0]["session"] != bound
    person = json_of(repo, "sh -c 'git coord whoami --json; exit $?'")
    assert (person["session"] == bound, person["claims"]) == (False, ["src"])


def test_person_is_one_session_wherever_they_are(repo: Repo) -> None:
    """Whoever is no agent goes on as the same session from another shell, another worktree, and in the guard."""
    other = repo.worktree("other")
    one = json_of(repo, "sh -c 'git coord claim src --json; exit $?'")["claims"][0]["session"]
    assert json_of(other, "sh -c 'git coord claim slot:x --json; exit $?'")["claims"][0]["session"] == one
    repo.write("src/a.py", "mine\n")
    assert json_of(repo, "sh -c 'git commit -qam mine && git coord whoami --json'")["session"] == one
    assert json_of(repo, "sh -c 'git coord start --json'")["session"] == one
    refused = json_of(repo, "sh -c 'git coord start --role tester --json'")
    assert (refused["reason"], "already" in refused["message"]) == ("held", True)
    (listed,) = repo.here("sessions", "--json").json["sessions"]
    assert (listed["name"], listed["pid"], sorted(listed["claims"])) == (
        f"{listed['user']}:main",
        None,
        ["slot:x", "src"],
    )


def test_person_who_meets_another_session_of_their_own_is_told_how_to_be_it(repo: Repo) -> None:
    """The refusal names the command; after that, claims, commits and mail are that session's, from everywhere."""
    named = json_of(repo, "sh -c 'git coord start named --json; exit $?'")["session"]
    repo.here("claim", "src", session=named, check=True)
    refused = json_of(repo, "sh -c 'git coord claim src --json; exit $?'")
    assert refused["result"] == "refused"
    assert refused["hint"].endswith(f"git coord start --resume {named}")
    said = json_of(repo, "sh -c 'echo x >>src/a.py; git commit -qam mine 2>err; git coord claims --json'")
    assert said["claims"][0]["session"] == named
    assert f"git coord start --resume {named}\n" in (repo.top / "err").read_text()
    again = json_of(repo, f"sh -c 'git coord start --resume {named} --json; exit $?'")
    assert (again["session"], [item["scope"] for item in again["claims"]]) == (named, ["src"])
    assert json_of(repo, "sh -c 'git commit -qam mine && git coord whoami --json'")["session"] == named


def test_living_session_of_an_agent_is_not_gone_on_with(repo: Repo, agent: Callable[..., Agent]) -> None:
    """A person is not told to be the agent that works for them, and cannot be."""
    one = agent(repo)
    held = one.coord("claim src")["claims"][0]["session"]
    refused = json_of(repo, "sh -c 'git coord claim src --json; exit $?'")
    assert "--wait 30m" in refused["remedy"]
    assert json_of(repo, f"sh -c 'git coord start --resume {held} --json; exit $?'")["reason"] == "held"


def test_session_that_is_over_makes_nobody_of_the_command(repo: Repo) -> None:
    """Who says to be somebody who is over is not taken for the person, nor for whoever is bound to the worktree."""
    mine = json_of(repo, "sh -c 'git coord claim src --json; exit $?'")["claims"][0]["session"]
    over = repo.start("over")
    repo.here("end", session=over, check=True)
    for named in (over, "stranger", "alien-01234567"):
        answer = json_of(repo, f"sh -c 'GIT_COORD_SESSION={named} git coord claim docs --json; exit $?'")
        assert (answer["reason"], "GIT_COORD_SESSION names it" in answer["message"]) == ("not_found", True)
        assert "unset GIT_COORD_SESSION" in answer["hint"]
        script = f"echo x >>src/a.py; GIT_COORD_SESSION={named} git commit -qam x 2>err; git coord whoami --json"
        assert json_of(repo, f"sh -c '{script}'")["session"] == mine
        assert repo.git("log", "-1", "--format=%s") == "first"


def test_names_that_nobody_chose_are_one_each(repo: Repo, agent: Callable[..., Agent]) -> None:
    """Agents of one kind on one branch are told apart by name; a name that is free again is given again."""
    first, second = agent(repo), agent(repo)
    assert first.coord("start")["name"] == "claude:main"
    assert second.coord("start")["name"] == "claude:main-2"
    first.coord("claim src")
    first.die()
    assert agent(repo).coord("start")["name"] == "claude:main"


def test_name_means_the_living_session_that_bears_it(repo: Repo, agent: Callable[..., Agent]) -> None:
    """Not the one that is gone; while one is, the id stands beside the name wherever a claim of it is shown."""
    gone = agent(repo)
    old = gone.coord("claim src")["claims"][0]["session"]
    gone.die()
    new = agent(repo).coord("claim docs")["claims"][0]["session"]
    assert repo.here("whoami", "--json", session="claude:main").json["session"] == new
    refused = repo.here("claim", "docs", session=repo.start("bob"))
    assert f"docs is held by claude:main ({new})" in refused.err
    assert old != new


def test_commands_that_start_at_once_are_one_session(repo: Repo, agent: Callable[..., Agent]) -> None:
    """An agent whose first commands run side by side has one session."""
    one = agent(repo)
    one.run("for n in 1 2 3 4; do git coord claim slot:$n -q & done; wait")
    (listed,) = repo.here("sessions", "--json").json["sessions"]
    assert sorted(listed["claims"]) == ["slot:1", "slot:2", "slot:3", "slot:4"]


def test_child_thread_is_a_child_session(repo: Repo, agent: Callable[..., Agent], tmp_path: Path) -> None:
    """A thread of Codex claims as a child of its root, which is started with it where it was not there."""
    (tmp_path / "codex").write_text(AGENT)
    (tmp_path / "codex").chmod(0o755)
    one = Agent(tmp_path / "codex", repo)
    root, thread = "CODEX_THREAD_ID=r CODEX_SESSION_ID=r", "CODEX_THREAD_ID=t CODEX_SESSION_ID=r"
    child = json.loads(one.run(f"{thread} git coord claim src --json")[1])["claims"][0]["session"]
    found = {item["id"]: item for item in repo.here("sessions", "--json").json["sessions"]}
    parent = found[child]["parent"]
    assert {child, parent} == set(found)
    assert json.loads(one.run(f"{root} git coord whoami --json")[1])["session"] == parent
    assert json.loads(one.run(f"{root} git coord claim src/a.py --json")[1])["claims"][0]["session"] == parent
    assert json.loads(one.run(f"{thread} git coord whoami --json")[1])["session"] == child
    one.die()


def test_copy_of_a_clone_is_told_so_once(repo: Repo) -> None:
    """A copied directory gets an id of its own by itself, and the original's sessions are not its own."""
    mine = json_of(repo, "sh -c 'git coord claim src --json; exit $?'")["claims"][0]["session"]
    copy = Repo(repo.top.parent / "copy", repo.env)
    shutil.copytree(repo.top, copy.top)
    first = json_of(copy, "sh -c 'git coord claim src --json; exit $?'")
    assert (first["result"], [item["held"]["session"] for item in first["conflicts"]]) == ("refused", [mine])
    assert ["copied from another one" in text for text in first["warnings"]].count(True) == 1
    again = json_of(copy, "sh -c 'git coord claims --json; exit $?'")
    assert not any("copied" in text for text in again["warnings"])


BOX = ["unshare", "--pid", "--fork", "--mount-proc"]
boxed = pytest.mark.skipif(
    os.getuid() != 0 or subprocess.run([*BOX, "true"], capture_output=True, check=False).returncode != 0,
    reason="pid namespaces cannot be made here",
)


@pytest.mark.slow
@boxed
@pytest.mark.parametrize("variable", ["CODEX_THREAD_ID", "CLAUDE_CODE_SESSION_ID"])
def test_two_agents_in_sandboxes_are_two(repo: Repo, variable: str) -> None:
    """Each command in a pid namespace of its own: two agents are two sessions, each found again by its variable."""

    def box(agent: str, script: str) -> Any:
        return repo.run(*BOX, "bash", "-c", f"{script}; exit $?", check=False, **({variable: agent} if agent else {}))

    one = box("a", "git coord claim src/a.py --json").json["claims"][0]["session"]
    assert box("a", "git coord whoami --json").json["session"] == one
    assert box("a", "echo a >>src/a.py; git commit -qam mine").status == 0
    assert box("a", "git coord whoami --json").json["session"] == one  # writes the note: its writer ended with the box
    assert one in repo.git("log", "-1", "--notes=coord", "--format=%N")
    assert box("b", "git coord whoami --json").json["reason"] == "not_found"
    assert box("b", "git coord check src/a.py").status == 1
    assert box("b", "echo b >>src/a.py; git commit -qam over").status == 1
    assert box("", "git commit -qam nobody").status == 1, "a sandbox that says nothing is not the agent before it"
    two = box("b", "git coord claim src/b.py --json").json["claims"][0]["session"]
    listed = {item["id"]: (item["name"], item["pid"]) for item in repo.here("sessions", "--json").json["sessions"]}
    kind = variable.partition("_")[0].lower()
    assert listed == {one: (f"{kind}:main", None), two: (f"{kind}:main-2", None)}


@boxed
def test_sandbox_and_what_runs_outside_of_it_are_one_session(repo: Repo, agent: Callable[..., Agent]) -> None:
    """What an agent runs in its sandbox, and its hooks outside, act as one session, whichever came first."""
    box = " ".join(BOX)
    one = agent(repo, CLAUDE_CODE_SESSION_ID="a")
    inside = json.loads(one.run(f"{box} bash -c 'git coord claim src --json; exit $?'")[1])["claims"][0]["session"]
    assert one.coord("whoami")["session"] == inside
    two = agent(repo, CLAUDE_CODE_SESSION_ID="b")
    outside = two.coord("claim docs")["claims"][0]["session"]
    assert json.loads(two.run(f"{box} bash -c 'git coord whoami --json; exit $?'")[1])["session"] == outside
    assert inside != outside


def json_of(repo: Repo, command: str) -> dict[str, Any]:
    """The answer to a command that runs with nothing but `init` above it."""
    base = Path(repo.env["HOME"])
    (base / "answer").unlink(missing_ok=True)
    whole = f"{command} >{base}/part; mv {base}/part {base}/answer"
    subprocess.run(["setsid", "-f", "sh", "-c", whole], cwd=repo.top, env=repo.env, check=True)
    until((base / "answer").exists)
    answer = json.loads((base / "answer").read_text())
    assert isinstance(answer, dict)
    return answer


def test_session_is_named_by_id_or_by_a_name_that_is_one(repo: Repo) -> None:
    """GIT_COORD_SESSION and --session take both; --session wins; a name of two is refused with their ids."""
    alice, bob = repo.start("alice"), repo.start("bob")
    for named in (alice, "alice"):
        assert repo.here("whoami", "--json", session=named).json["session"] == alice
        assert repo.here("whoami", "--json", "--session", named, session=bob).json["session"] == alice
    twin = repo.start("alice")
    refused = repo.here("whoami", "--json", session="alice")
    assert (refused.status, refused.json["reason"]) == (2, "usage")
    assert alice in refused.json["message"]
    assert twin in refused.json["message"]
    repo.here("end", session=twin, check=True)
    assert repo.here("whoami", "--json", session="alice").json["session"] == alice


def test_session_that_has_ended_does_nothing_more(repo: Repo) -> None:
    """Commands in the name of an ended or unknown session are refused as not_found, and start no other."""
    alice = repo.start("alice")
    repo.here("end", session=alice, check=True)
    ended = repo.here("claim", "src", "--json", session=alice)
    assert (ended.status, ended.json["reason"]) == (1, "not_found")
    assert "is over (ended)" in ended.json["message"]
    assert repo.here("claim", "src", "--session", "nobody-01234567").status == 1
    assert repo.here("sessions", "--json").json["sessions"] == []


def test_child_does_not_conflict_with_its_parent(repo: Repo) -> None:
    """A child may claim what its parent holds and the other way round, another session neither; siblings conflict."""
    parent, other = repo.start("parent"), repo.start("other")
    child, sibling = repo.start("child", "--parent", parent), repo.start("sibling", "--parent", "parent")
    repo.here("claim", "src", session=parent, check=True)
    assert repo.here("claim", "src/a.py", session=child).status == 0
    refused = repo.here("claim", "src/a.py", "--json", session=sibling)
    assert [item["held"]["session"] for item in refused.json["conflicts"]] == [child]
    assert repo.here("claim", "docs", session=child).status == 0
    assert repo.here("claim", "docs/guide.md", session=parent).status == 0
    for scope in ("src/b.py", "docs"):
        assert repo.here("claim", scope, session=other).status == 1
    assert repo.here("whoami", "--json", session=child).json["parent"] == parent


@pytest.mark.slow
def test_plain_command_after_a_child_was_started_is_the_parents(repo: Repo, agent: Callable[..., Agent]) -> None:
    """A subagent's session in the same process is reached by its id; what names nobody is the parent's."""
    one = agent(repo)
    parent = one.coord("start main")["session"]
    child = one.coord(f"start sub --parent {parent}")["session"]
    assert one.coord("whoami")["session"] == parent
    assert one.coord(f"--session {child} whoami")["session"] == child
    assert one.coord("claim src")["claims"][0]["session"] == parent
