"""`halt` and `resume` on the command line, with real processes, hooks and commits."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.waiting import until

from gitcoord.domain.halt.record import TYPES
from gitcoord.policy import limits

if TYPE_CHECKING:
    from conftest import Repo

AGENT = {"CLAUDECODE": "1"}
"""What an agent's commands have in their environment: whoever runs the tests, no person does these."""


def as_agent(repo: Repo, *words: str, session: str) -> Any:
    """Run `git coord` as an agent's session; returns how it ended."""
    return repo.run("git", "coord", *words, check=False, GIT_COORD_SESSION=session, **AGENT)


def as_person(repo: Repo, *words: str, session: str = "") -> dict[str, Any]:
    """The answer of `git coord ... --json` to a person: nothing stands above the command but `init`."""
    home = Path(repo.env["HOME"])
    (home / "answer").unlink(missing_ok=True)
    named = f"GIT_COORD_SESSION={session} " if session else ""
    script = f"{named}git coord {' '.join(words)} --json >{home}/part; mv {home}/part {home}/answer"
    subprocess.run(["setsid", "-f", "sh", "-c", script], cwd=repo.top, env=repo.env, check=True)
    until(lambda: (home / "answer").exists())
    answer = json.loads((home / "answer").read_text())
    assert isinstance(answer, dict)
    return answer


@pytest.fixture
def alice(repo: Repo) -> str:
    """A session."""
    return repo.start("alice")


@pytest.fixture
def bob(repo: Repo) -> str:
    """Another session."""
    return repo.start("bob")


def test_from_the_halt_to_the_end_of_it(repo: Repo, alice: str, bob: str) -> None:
    """Commits and claims are refused, the next command says so once, answers are listed, a person ends it."""
    repo.here("claim", "docs", session=bob, check=True)
    called = repo.here(
        "halt", "-m", "the key leaked", "--type", "security_breach", "--severity", "fatal",
        "--require", "push nothing", "--json", session=alice,
    )  # fmt: skip
    (halt,) = called.json["halts"]
    assert halt["id"] == called.json["called"]
    assert (halt["type"], halt["severity"], halt["require"]) == ("security_breach", "fatal", "push nothing")
    assert (halt["only"], halt["until"], halt["confirmed"]) == ([], None, True)
    assert [item["session"] for item in halt["missing"]] == [bob], "whoever called it knows of it"

    refused = repo.commit("src/a.py", session=bob)
    assert (refused.status, "push nothing" in refused.err) == (1, True)
    claimed = repo.here("claim", "src", "--json", session=bob)
    assert (claimed.status, claimed.json["reason"], claimed.json["result"]) == (1, "halted", "refused")
    assert "alice" in claimed.json["message"]
    assert "git coord resume" in claimed.json["remedy"]
    said = [text for text in claimed.json["warnings"] if "halted" in text]
    assert len(said) == 1, "each command says it once"
    assert "the key leaked; required: push nothing; stop here" in said[0]
    assert repo.here("claim", "--any", "port:3000-3002", "--json", session=bob).json["reason"] == "halted"
    assert repo.here("check", "free", "--json", session=bob).json["reason"] == "halted"
    assert repo.here("check", "--staged", "--json", session=bob).json["reason"] == "halted"

    (item,) = [one for one in repo.here("status", "--json", session=bob).json["attention"] if one["what"] == "halted"]
    assert (item["mine"], item["sessions"]) == (True, [alice])
    assert repo.here("status", "--short", session=bob).out.strip().endswith("!1")

    status = repo.here("halt", "--status", "--wait", "5s", "--json", session=alice)
    (halt,) = status.json["halts"]
    assert (status.status, halt["missing"]) == (0, [])
    assert [(item["session"], item["did"]) for item in halt["answers"]] == [(bob, ["keeps its claims: docs"])]
    answers = [one for one in repo.here("log", "--json").json["events"] if one["kind"] == "halt-answer"]
    assert len(answers) == 1, "a session answers once"

    assert repo.here("release", "docs", session=bob).status == 0
    refused = as_agent(repo, "resume", "--json", session=bob)
    assert (refused.status, refused.json["reason"]) == (1, "halted")
    assert as_agent(repo, "resume", "--json", session=alice).json["reason"] == "halted"
    over = as_person(repo, "resume", "-m", "replaced")
    assert (over["halts"], over["left"], over["confirmed"]) == ([halt["id"]], 0, True)
    assert repo.git("commit", "-q", "-m", "now", GIT_COORD_SESSION=bob) == ""
    assert repo.here("resume", "--json", session=bob).json["reason"] == "not_found"
    assert not any("halted" in text for text in repo.here("whoami", "--json", session=bob).json["warnings"])


def test_a_person_ends_it_under_any_session(repo: Repo, alice: str) -> None:
    """Whose session the command is does not matter, but that a person runs it."""
    repo.here("halt", "-m", "x", session=alice, check=True)
    assert as_agent(repo, "resume", session=alice).status == 1
    assert len(as_person(repo, "resume", session=alice)["halts"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["halt"],
        ["halt", "status"],
        ["halt", "-m", "x", "everybody"],
        ["halt", "-m", " "],
        ["halt", "--status", "-m", "x"],
        ["halt", "--status", "--only", "src"],
        ["halt", "--status", "--wait", "soon"],
        ["halt", "-m", "x", "--wait", "1m"],
        ["halt", "-m", "x", "--type", "lunch"],
        ["halt", "-m", "x", "--severity", "mild"],
        ["halt", "-m", "x", "--timeout", "0s"],
        ["halt", "-m", "x", "--only", "nobody-or-nothing"],
        ["halt", "-m", "x", "--require", "r" * 1001],
        ["halt", "-m", "m" * 1001],
        ["resume", "work"],
        ["stop"],
    ],
)
def test_a_stray_word_stops_nobody(repo: Repo, words: list[str]) -> None:
    """Whatever is not exactly a halt is a usage error, and nothing is halted."""
    ran = repo.here(*words, "--json")
    assert (ran.status, ran.json["reason"]) == (2, "usage")
    assert repo.here("halt", "--status", "--json").json["halts"] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES)
def test_each_type_of_halt_stops_work_and_is_named(repo: Repo, alice: str, bob: str, kind: str) -> None:
    """New work is refused, and everybody reads of what type the halt is; a word that is none is a usage error."""
    repo.here("task", "add", "mend it", session=alice, check=True)
    assert repo.here("halt", "-m", "x", "--type", "tea_break", session=alice).status == 2
    repo.here("halt", "-m", "x", "--type", kind, session=alice, check=True)
    for words in (("task", "next"), ("claim", "src")):
        refused = repo.here(*words, "--json", session=bob)
        assert (refused.status, refused.json["reason"]) == (1, "halted"), words
        assert kind in refused.json["message"]
    assert repo.commit("src/a.py", session=bob).status == 1
    assert repo.here("halt", "--status", "--json", session=bob).json["halts"][0]["type"] == kind
    assert kind in repo.here("inbox", session=bob).out + repo.here("status", session=bob).err


def test_a_session_that_is_not_there_cannot_be_halted(repo: Repo, alice: str) -> None:
    """An id that nobody bears is not taken for a path."""
    ran = repo.here("halt", "-m", "x", "--only", "gone-00000000", "--json", session=alice)
    assert (ran.status, ran.json["reason"]) == (1, "not_found")


def test_only_some(repo: Repo, alice: str, bob: str) -> None:
    """Named sessions and what is in named scopes are stopped; a session that is not stopped ends it."""
    repo.here("halt", "-m", "bob loops", "--only", "bob", session=alice, check=True)
    assert repo.commit("src/a.py", session=bob).status == 1
    assert repo.commit("src/a.py", session=alice).status == 0
    child = repo.coord("start", "child", "--parent", bob, "--json").json
    assert any("bob loops" in text for text in child["warnings"]), "it starts halted, and is told"
    assert repo.commit("src/b.py", session=child["session"]).status == 1
    assert as_agent(repo, "resume", session=bob).status == 1
    assert as_agent(repo, "resume", session=alice).status == 0

    repo.here("halt", "-m", "the schema moves", "--only", "docs", session=alice, check=True)
    claimed = [repo.here("claim", path, "--json", session=bob) for path in ("docs/guide.md", "src/c.py")]
    assert [ran.json.get("reason", "") for ran in claimed] == ["halted", ""]
    (halt,) = repo.here("halt", "--status", "--json").json["halts"]
    assert (halt["only"], halt["missing"]) == (["docs"], []), "nobody holds anything of it"


def test_waiting_for_answers_ends(repo: Repo, alice: str, bob: str) -> None:
    """It ends as soon as the last one has answered, or by its deadline with exit status 1 and who is missing."""
    repo.here("halt", "-m", "x", session=alice, check=True)
    late = repo.here("halt", "--status", "--wait", "1s", "--json", session=alice)
    assert (late.status, late.json["reason"]) == (1, "unanswered")
    assert [item["session"] for item in late.json["halts"][0]["missing"]] == [bob]
    argv = ["git", "coord", "--session", alice, "halt", "--status", "--wait", "60s", "-q"]
    waiter = subprocess.Popen(argv, cwd=repo.top, env=repo.env)
    time.sleep(0.5)
    repo.here("whoami", session=bob, check=True)
    assert waiter.wait(30) == 0


def test_running_tasks_are_given_back(repo: Repo, alice: str, bob: str) -> None:
    """With --auto, at the session's next command, which says so in its answer; nobody takes a task until it is over."""
    task = repo.here("task", "add", "mend it", "--json", session=alice, check=True).json["id"]
    repo.here("task", "next", session=bob, check=True)
    repo.here("halt", "-m", "x", "--auto", session=alice, check=True)
    ran = repo.here("task", "next", "--json", session=bob)
    assert (ran.status, ran.json["reason"]) == (1, "halted")
    assert repo.here("task", "take", task, "--json", session=alice).json["reason"] == "halted"
    (answer,) = repo.here("halt", "--status", "--json", session=alice).json["halts"][0]["answers"]
    assert answer["did"] == [f"gave back task {task[:8]} (mend it)"]
    shown = repo.here("task", "show", task, "--json", session=alice)
    assert '"status": "ready"' in shown.out
    assert '"holder": ""' in shown.out


def test_scopes_of_a_task_that_is_given_back_are_free(repo: Repo, alice: str, bob: str) -> None:
    """The answer does not name them among what is kept; a task that waits stays, and so do its scopes."""
    repo.here("claim", "docs", session=bob, check=True)
    for title, scope in (("mend it", "src"), ("ask first", "lib/")):
        repo.here("task", "add", title, "--claim", scope, session=alice, check=True)
        repo.here("task", "next", session=bob, check=True)
    waits = repo.here("task", "list", "--text", "ask", "--json", session=bob).json["tasks"][0]["id"]
    repo.here("task", "update", waits, "--waiting", "alice", session=bob, check=True)
    repo.here("halt", "-m", "x", "--auto", session=alice, check=True)
    repo.here("whoami", session=bob, check=True)
    (answer,) = repo.here("halt", "--status", "--json", session=alice).json["halts"][0]["answers"]
    gave, kept = answer["did"]
    assert gave.endswith("(mend it)")
    assert sorted(kept.removeprefix("keeps its claims: ").split(", ")) == ["docs", "lib"]
    assert {one["scope"] for one in repo.here("claims", "--json").json["claims"]} == {"docs", "lib"}
    assert repo.here("task", "show", waits, "--json", session=alice).json["task"]["status"] == "waiting"


def test_a_halt_of_a_scope_leaves_tasks_on_other_scopes(repo: Repo, alice: str, bob: str) -> None:
    """With --auto only tasks that it stops are given back: those on its scope, and those that name none."""
    for title, words in (("mend it", ["--claim", "src"]), ("describe it", ["--claim", "docs"]), ("think", [])):
        repo.here("task", "add", title, *words, session=alice, check=True)
        repo.here("task", "next", session=bob, check=True)
    repo.here("halt", "-m", "x", "--auto", "--only", "src", session=alice, check=True)
    repo.here("whoami", session=bob, check=True)
    (left,) = repo.here("task", "list", "--status", "running", "--json", session=alice).json["tasks"]
    assert left["title"] == "describe it"


@pytest.mark.slow
def test_every_running_task_is_given_back(repo: Repo, alice: str, bob: str) -> None:
    """However many there are: some are named in the answer, the others are counted."""
    count = limits.DID + 5
    for number in range(count):
        repo.here("task", "add", f"task {number}", session=alice, check=True)
        repo.here("task", "next", session=bob, check=True)
    repo.here("halt", "-m", "x", "--auto", session=alice, check=True)
    repo.here("whoami", session=bob, check=True)
    assert repo.here("task", "list", "--status", "ready", "--json", session=alice).json["total"] == count
    (answer,) = repo.here("halt", "--status", "--json", session=alice).json["halts"][0]["answers"]
    assert answer["did"][-1] == "gave back 8 more tasks"
    assert len(answer["did"]) == limits.DID - 2


def test_uncommitted_work_is_kept(repo: Repo, alice: str, bob: str) -> None:
    """With --auto, of each worktree of this clone once, at once and untouched; where there is nothing, that is said."""
    repo.here("halt", "-m", "x", "--auto", session=alice, check=True)
    said = repo.here("halt", "-m", "x", "--auto", "--json", session=alice, check=True).json["saved"]
    assert [(item["snapshot"], item["why"]) for item in said] == [("", "there is nothing to keep")] * 2
    repo.write(".env", "KEY=1\n")
    said = repo.here("halt", "-m", "x", "--auto", "--json", session=alice, check=True).json["saved"]
    assert said[0]["why"] == "a snapshot leaves all of it out: .env", "there is something, and it is not kept"
    repo.git("config", "coord.snapshot", "false")
    said = repo.here("halt", "-m", "x", "--auto", "--json", session=alice, check=True).json["saved"]
    assert [item["why"] for item in said] == ["snapshots are turned off here"] * 2
    repo.git("config", "--unset", "coord.snapshot")
    other = repo.worktree("other")
    cleo = other.here("start", "cleo", "--json", check=True).json["session"]
    (other.top / "src/a.py").write_text("half done\n")
    repo.write("src/b.py", "mine\n")
    answer = repo.here("halt", "-m", "x", "--auto", "--json", session=alice, check=True).json
    found = {item["session"]: item["snapshot"] for item in answer["saved"]}
    assert set(found) == {alice, bob, cleo}
    assert found[alice] == found[bob] != found[cleo] != ""
    left = {item["session"]: [one["path"] for one in item["left"]] for item in answer["saved"]}
    assert left == {alice: [".env"], bob: [".env"], cleo: []}
    assert (other.top / "src/a.py").read_text() == "half done\n"
    listed = other.here("snapshot", "--list", "--json", session=cleo, check=True).json
    assert found[cleo] in str(listed)
    plain = repo.here("halt", "-m", "x", "--json", session=alice, check=True).json
    assert plain["saved"] == []


def test_who_waits_for_mail_is_woken(repo: Repo, alice: str, bob: str) -> None:
    """A session that sleeps in its inbox hears of the halt at once."""
    argv = ["git", "coord", "--session", bob, "inbox", "--wait", "60s", "--json"]
    waiter = subprocess.Popen(argv, cwd=repo.top, env=repo.env, stdout=subprocess.PIPE)
    time.sleep(0.5)
    repo.here("halt", "-m", "the disk is full", session=alice, check=True)
    out, _ = waiter.communicate(timeout=30)
    (message,) = json.loads(out)["messages"]
    assert (message["type"], message["priority"]) == ("halted", "urgent")
    assert "the disk is full" in message["subject"]


def test_what_a_session_held_is_not_lost_in_a_halt(repo: Repo, alice: str) -> None:
    """Going on with the work of a session that held something is refused until the halt is over."""
    old = repo.start("old", "--lease", "1s")
    repo.here("claim", "docs", session=old, check=True)
    repo.here("halt", "-m", "x", session=alice, check=True)
    time.sleep(2.1)
    ran = repo.coord("start", "--resume", old, "--json")
    assert (ran.status, ran.json["reason"]) == (1, "halted")
    as_person(repo, "resume")
    assert [item["scope"] for item in repo.coord("start", "--resume", old, "--json").json["claims"]] == ["docs"]


def test_a_halt_ends_by_itself(repo: Repo, alice: str) -> None:
    """After its timeout commits pass."""
    repo.here("halt", "-m", "x", "--timeout", "4s", session=alice, check=True)
    assert repo.commit("src/a.py", session=alice).status == 1
    time.sleep(5.1)
    assert repo.commit("src/a.py", session=alice).status == 0


@pytest.mark.slow
def test_no_commit_follows_a_halt(repo: Repo, alice: str) -> None:
    """Eight worktrees commit as fast as they can until they are refused: no commit begun after the halt is made."""
    trees = [repo.worktree(f"tree{number}") for number in range(8)]
    workers = [(tree, repo.start(f"worker{number}")) for number, tree in enumerate(trees)]
    script = "while date +%s%N; git commit -q --allow-empty -m x; do echo made; done"
    env = repo.env
    running = [
        subprocess.Popen(
            ["sh", "-c", script], cwd=tree.top, env=env | {"GIT_COORD_SESSION": name}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        for tree, name in workers
    ]  # fmt: skip
    time.sleep(0.7)
    repo.coord("halt", "-m", "now", session=alice, check=True)
    halted = time.time_ns()
    ends = [process.communicate(timeout=120) for process in running]
    for out, err in ends:
        words = out.split()
        assert "commit refused: alice halted all work" in err
        made = [int(words[at - 1]) for at, word in enumerate(words) if word == "made"]
        assert [begun for begun in made if begun > halted] == [], "a commit that was begun after the halt was made"
