"""What gitcoord says by itself: each message reaches whom it concerns, once."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.interfaces import envelope

if TYPE_CHECKING:
    from conftest import Repo


def mail(repo: Repo, session: str, kind: str = "") -> list[dict[str, Any]]:
    """What a session has unread, of a type."""
    found = repo.here("inbox", "--json", session=session, check=True).json["messages"]
    return [item for item in found if not kind or item["type"] == kind]


def later(repo: Repo) -> None:
    """Let a minute pass: whoever comes next looks round."""
    mark = repo.top / ".git/coord/looked"
    mark.touch()
    os.utime(mark, (time.time() - 61, time.time() - 61))


@pytest.mark.parametrize("words", [("release", "--all"), ("end",)], ids=["release", "end"])
def test_a_waiter_asks_the_holder_and_is_told_of_the_release(repo: Repo, words: tuple[str, ...]) -> None:
    """The holder learns who waits for what and why; the waiter, that it was released, if by the holder's end."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    env = repo.env | {"GIT_COORD_SESSION": bob}
    wait = ["git-coord", "claim", "src/a.py", "--wait", "30s", "-m", "the login fix", "--json"]
    waiter = subprocess.Popen(wait, cwd=repo.top, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        repo.here("inbox", "--wait", "20s", "--peek", session=alice, check=True)
        (asked,) = mail(repo, alice, "waiting")
        assert (asked["subject"], asked["body"], asked["sender"]["name"]) == (
            "waits for src/a.py",
            "the login fix",
            "bob",
        )
        assert asked["expires"] is not None, "it is of no interest once the wait is over"
        repo.here(*words, session=alice, check=True)
        assert waiter.wait(20) == 0
    finally:
        waiter.kill()
        waiter.communicate()
    (told,) = mail(repo, bob, "released")
    assert told["subject"] == "released src"
    if words[0] == "release":
        assert mail(repo, alice, "waiting") == [], "bob has it: the wait is over"


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["people", "programs"])
def test_a_command_that_is_cut_off_takes_no_news_along(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    """What it did not come to show is told by the next one: a notice and a message alike; then never again."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.coord("claim", "src", session=alice, check=True)
    repo.coord("claim", "src", "--override", "-m", "urgent", session=bob, check=True)
    repo.coord("send", alice, "lunch", session=bob, check=True)

    def dies(_: object) -> list[str]:
        raise RuntimeError("the power fails")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(envelope, "warnings", dies)
        repo.coord("claims", *form, session=alice)
    told = repo.coord("claims", *form, session=alice)
    for said in ("overrode your claim on src", "lunch"):
        assert said in told.out + told.err
    again = repo.coord("claims", *form, session=alice)
    assert "overrode" not in again.err + again.out and "lunch" not in again.err + again.out


def test_a_wait_for_something_else_stays_unread(repo: Repo) -> None:
    """Whatever the waiter claims meanwhile, the holder hears of what it waits for."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    env = repo.env | {"GIT_COORD_SESSION": bob}
    waiter = subprocess.Popen(["git-coord", "claim", "src/a.py", "--wait", "30s"], cwd=repo.top, env=env)
    try:
        repo.here("inbox", "--wait", "20s", "--peek", session=alice, check=True)
        repo.here("claim", "docs", session=bob, check=True)
        assert [item["subject"] for item in mail(repo, alice, "waiting")] == ["waits for src/a.py"]
    finally:
        waiter.kill()
        waiter.communicate()


def test_what_was_done_is_told_to_everybody(repo: Repo) -> None:
    """`release -m` and `end -m` are broadcast; without words nothing is."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", "docs", session=alice, check=True)
    repo.here("release", "src", session=alice, check=True)
    assert mail(repo, bob) == []
    repo.here("release", "docs", "-m", "guide rewritten\n\nsee chapter 2", session=alice, check=True)
    (done,) = mail(repo, bob)
    assert (done["type"], done["subject"], done["to"]) == ("done", "released docs: guide rewritten", "all")
    assert done["body"] == "guide rewritten\n\nsee chapter 2"
    repo.here("end", "-m", "login is in", session=alice, check=True)
    (over,) = mail(repo, bob)
    assert (over["subject"], over["sender"]["session"]) == ("ended: login is in", alice)
    cy = repo.start("cy")
    repo.here("end", session=cy, check=True)
    assert mail(repo, bob) == []


def test_a_new_message_is_announced_once(repo: Repo) -> None:
    """The reader's next command says that there is mail; the one after that does not, nor does the inbox itself."""
    alice, bob, cy = repo.start("alice"), repo.start("bob"), repo.start("cy")
    repo.here("send", "all", "lunch", session=alice, check=True)
    said = "message from alice: lunch (git coord inbox)"
    assert said in repo.here("whoami", session=bob).err
    assert said not in repo.here("whoami", session=bob).err
    read = repo.here("inbox", session=cy)
    assert ("lunch" in read.out, read.err) == (True, "")
    assert repo.here("whoami", session=cy).err == ""


def test_takeover_and_override_are_told_to_the_old_holder(repo: Repo) -> None:
    """With what was taken, on what evidence and why; told once, not twice, by the next command."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    repo.here("claim", "src", "--override", "-m", "hotfix", session=bob, check=True)
    said = repo.here("whoami", session=alice).err
    assert said.count("overrode your claim on src") == 1
    (told,) = mail(repo, alice)
    assert (told["type"], told["subject"], told["body"]) == ("overridden", "overrode your claim on src", "hotfix")
    repo.here("claim", "docs", "--ttl", "1s", session=alice, check=True)
    repo.later(3).here("claim", "docs", session=bob, check=True)
    (told,) = mail(repo, alice)
    assert (told["type"], told["subject"]) == ("taken", "took over docs: your deadline had passed")


def test_what_a_crashed_session_left_is_told_to_everybody_once(repo: Repo) -> None:
    """Whoever comes along finds it; nobody says it a second time, also in another look round."""
    dead = subprocess.Popen(["sleep", "60"])
    crashed = repo.start("crashed", "--pid", str(dead.pid))
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", "slot:deploy", session=crashed, check=True)
    dead.kill()
    dead.wait()
    for who in (alice, bob, alice):
        later(repo)
        repo.here("whoami", session=who, check=True)
    (told,) = mail(repo, bob, "abandoned")
    assert told["subject"] == "crashed is gone and held src, slot:deploy"
    assert told["hint"] == f"to end that session: git coord retire {crashed}"
    assert mail(repo, alice, "abandoned") == [], "who found it knows"
    assert repo.here("claim", "src", session=bob).status == 0


def branch(repo: Repo, name: str, *paths: str) -> tuple[Repo, str]:
    """A worktree on a branch of its own with one commit, and a session that works there."""
    tree = repo.worktree(name)
    session = tree.start(name)
    tree.commit(*paths, session=session, check=True)
    return tree, session


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--ff-only", "--no-ff"])
def test_a_landed_branch_is_told_to_those_who_touch_the_same_files(repo: Repo, how: str) -> None:
    """Not to others, not to the branch itself, and once."""
    alice_tree, alice = branch(repo, "alice", "src/a.py", "docs/guide.md")
    _, bob = branch(repo, "bob", "src/a.py", "src/b.py")
    _, cy = branch(repo, "cy", "src/c.py")
    later(repo)
    alice_tree.here("whoami", session=alice, check=True)
    repo.git("merge", "-q", how, "-m", "merge alice", "alice")
    for _ in range(2):
        later(repo)
        alice_tree.here("whoami", session=alice, check=True)
    (told,) = mail(repo, bob, "landed")
    assert told["subject"] == "alice landed in main: rebase bob, both touch src/a.py"
    assert mail(repo, alice, "landed") == mail(repo, cy) == []


def test_what_is_pushed_as_soon_as_it_is_merged_is_told_once(repo: Repo) -> None:
    """The default branch here and at origin have moved to the same commit: one message, not two."""
    alice_tree, alice = branch(repo, "alice", "src/a.py")
    _, bob = branch(repo, "bob", "src/a.py")
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    later(repo)
    alice_tree.here("whoami", session=alice, check=True)
    repo.git("merge", "-q", "--ff-only", "alice")
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    later(repo)
    alice_tree.here("whoami", session=alice, check=True)
    (told,) = mail(repo, bob, "landed")
    assert told["subject"] == "alice landed in main: rebase bob, both touch src/a.py"


def test_who_has_rebased_already_is_not_told(repo: Repo) -> None:
    """A branch that has the landed commits needs no word."""
    alice_tree, alice = branch(repo, "alice", "src/a.py")
    bob_tree, bob = branch(repo, "bob", "src/a.py")
    later(repo)
    alice_tree.here("whoami", session=alice, check=True)
    repo.git("merge", "-q", "--ff-only", "alice")
    bob_tree.git("reset", "-q", "--hard", "main")
    bob_tree.commit("src/a.py", session=bob, check=True)
    later(repo)
    alice_tree.here("whoami", session=alice, check=True)
    assert mail(repo, bob, "landed") == []


@pytest.mark.slow
def test_a_flood_is_one_line_and_the_inbox_shows_it_by_and_by(repo: Repo) -> None:
    """The next command says how many there are; the inbox shows 50 and how many are left, until all are read."""
    alice, bob = repo.start("alice"), repo.start("bob")
    for number in range(60):
        repo.here("send", "alice", f"number {number}", session=bob, check=True)
    said = repo.here("whoami", session=alice).err.splitlines()
    assert said == ["warning: 60 new messages; the newest: message from bob: number 59 (git coord inbox)"]
    first = repo.here("inbox", "--json", session=alice, check=True).json
    assert ([item["subject"] for item in first["messages"]], first["left"]) == ([f"number {n}" for n in range(50)], 10)
    assert len(mail(repo, alice)) == 10
    assert len(repo.here("inbox", "--all", "--limit", "0", "--json", session=alice, check=True).json["messages"]) == 60


def test_news_of_a_session_that_is_over_goes_by_itself(repo: Repo) -> None:
    """Whoever looks round next removes it."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("end", session=bob, check=True)
    news = repo.top / ".git/coord/news" / bob
    news.parent.mkdir(exist_ok=True)
    news.write_text("{}")
    later(repo)
    repo.here("whoami", session=alice, check=True)
    assert not news.exists()


def test_what_helps_with_a_message_is_said_while_it_helps(repo: Repo) -> None:
    """The words that are stored name no command; the reader is told it beside them, and not once it is too late."""
    ana, bob, eve = (repo.start(name) for name in ("ana", "bob", "eve"))

    def hints(reader: str) -> dict[str, str]:
        found = repo.here("inbox", "--peek", "--json", session=reader, check=True).json["messages"]
        assert not any("git coord" in item["subject"] + item["body"] for item in found)
        return {item["type"]: item["hint"] for item in found}

    repo.here("ask", "bob", "look at it", "-m", "please", session=ana, check=True)
    offer = repo.here("handoff", "offer", "bob", "--json", "-m", "go on", session=ana, check=True).json["id"][:8]
    asked = repo.here("task", "list", "--json", session=bob, check=True).json["tasks"][0]["id"][:8]
    accept = f"to accept it: git coord handoff accept {offer}; to refuse it: git coord handoff decline {offer}"
    take = f"to take it: git coord task take {asked}; to refuse it: git coord task decline {asked}"
    assert hints(bob) == {"handoff": accept, "request": take}
    shown = repo.here("inbox", "--peek", session=bob, check=True).out.splitlines()
    assert f"  {accept}" in shown
    repo.here("handoff", "decline", offer, session=bob, check=True)
    repo.here("task", "take", asked, session=bob, check=True)
    assert hints(bob) == {"handoff": "this offer is over: declined", "request": ""}
    repo.here("task", "done", asked, session=bob, check=True)
    assert hints(bob)["request"] == "this request is over: completed"
    repo.here("halt", "-m", "stop", session=ana, check=True)
    assert hints(eve)["halted"].endswith("see: git coord halt --status")
