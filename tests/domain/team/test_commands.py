"""Teams on the command line: made of sessions or of roles, addressed, stopped and ended."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.waiting import until

if TYPE_CHECKING:
    from conftest import Repo


KILLER = """#!/bin/sh
{git} "$@"
said=$?
case "$*" in *worktree*add*login-tester*) kill -9 $PPID;; esac
exit $said
"""
"""A git that kills its caller once the worktree of the tester is there."""


def do(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """The answer of a command, which must succeed."""
    answer: dict[str, Any] = repo.here(*words, "--json", session=session, check=True).json
    return answer


def refused(repo: Repo, session: str, *words: str) -> tuple[int, str]:
    """Exit status and reason of a command."""
    said = repo.here(*words, "--json", session=session)
    return said.status, str(said.json["reason"])


@pytest.fixture
def crew(repo: Repo) -> dict[str, str]:
    """Sessions by name; `team login` has ann and bob."""
    found = {name: repo.start(name) for name in ("lee", "ann", "bob", "eve")}
    words = ["--member", "ann:implementer", "--member", f"{found['bob']}:reviewer"]
    made = do(repo, found["lee"], "team", "create", "login", *words)
    assert (made["name"], made["topology"], made["by_name"], made["seats"]) == ("login", "coordinated", "lee", [])
    assert [(one["name"], one["role"], one["child"]) for one in made["members"]] == [
        ("ann", "implementer", False),
        ("bob", "reviewer", False),
    ]
    return found


def test_one_address_for_all(repo: Repo, crew: dict[str, str]) -> None:
    """A message to the team reaches its members and nobody else; a task for it is for them; so is a barrier."""
    sent = do(repo, crew["lee"], "team", "send", "login", "the schema has landed", "-m", "rebase")
    assert {one["name"] for one in sent["recipients"]} == {"ann", "bob"}
    do(repo, crew["eve"], "send", "team:login", "may I help?")
    for name in ("ann", "bob"):
        inbox = do(repo, crew[name], "inbox")["messages"]
        said = {one["subject"] for one in inbox if one["to"] == "team:login"}
        assert said == {"the schema has landed", "may I help?"}
        assert any("you are in team login" in one["subject"] for one in inbox)
    assert [one["to"] for one in do(repo, crew["eve"], "inbox")["messages"]] == []
    task = do(repo, crew["lee"], "task", "add", "the tests are red", "--for", "team:login")
    assert task["to"] == "team:login"
    assert refused(repo, crew["eve"], "task", "take", task["id"]) == (1, "forbidden")
    assert do(repo, crew["ann"], "task", "next")["id"] == task["id"]
    made = do(repo, crew["lee"], "barrier", "parts", "--need", "team:login")["barriers"][0]
    assert {one["need"] for one in made["missing"]} == {"ann", "bob"}
    for words in (["send", "team:other", "x"], ["team", "send", "other", "x"], ["barrier", "b", "--need", "team:x"]):
        assert refused(repo, crew["lee"], *words) == (1, "not_found")


def test_a_halt_stops_the_members_and_their_children(repo: Repo, crew: dict[str, str]) -> None:
    """Nobody else; the maker, whom it does not stop, ends it."""
    child = repo.start("kid", "--parent", "ann")
    halted = do(repo, crew["lee"], "team", "halt", "login", "-m", "the schema is wrong")
    assert sorted(halted["halts"][0]["only"]) == sorted([crew["ann"], crew["bob"]])
    for name in (crew["ann"], child):
        assert refused(repo, name, "claim", "src") == (1, "halted")
    assert do(repo, crew["eve"], "claim", "docs")["result"] == "won"
    do(repo, crew["lee"], "resume")
    assert do(repo, child, "claim", "src")["result"] == "won"
    assert refused(repo, crew["lee"], "halt", "-m", "x", "--only", "team:none") == (1, "not_found")


def test_shown_joined_and_ended(repo: Repo, crew: dict[str, str]) -> None:
    """`show` says how members are, the board who is lost; who joins bears the role; when it ends they lose it."""
    do(repo, crew["ann"], "claim", "src")
    assert do(repo, crew["lee"], "match", "somebody for the login team")["matches"][0]["reasons"] == [
        "it is in team login"
    ]
    (shown,) = do(repo, crew["eve"], "team", "show", "login")["teams"]
    assert [(one["status"], one["claims"]) for one in shown["members"]] == [("active", 1), ("active", 0)]
    assert do(repo, crew["eve"], "team", "join", "login", "--role", "tester")["members"][2]["name"] == "eve"
    do(repo, crew["bob"], "end")
    (found,) = [one for one in do(repo, crew["lee"], "status")["attention"] if one["what"] == "team"]
    assert (found["text"], found["mine"]) == ("team login has lost bob (reviewer)", True)
    text = repo.here("team", "show", session=crew["lee"]).out.splitlines()
    assert text[0] == "team login: 3 members, coordinated, made by lee"
    assert text[2].startswith("  reviewer  bob (")
    assert refused(repo, crew["eve"], "team", "end", "login") == (1, "forbidden"), "a tester may not"
    assert do(repo, crew["lee"], "team", "end", "login")["name"] == "login"
    assert do(repo, crew["eve"], "whoami")["role"] == ""
    assert "team login has ended" in [one["subject"] for one in do(repo, crew["ann"], "inbox")["messages"]]
    assert repo.here("team", "show", session=crew["lee"]).out == "there is no team\n"
    assert refused(repo, crew["lee"], "team", "show", "login") == (1, "not_found")


def test_roles_that_nobody_bears_yet(repo: Repo) -> None:
    """The board says so until somebody joins."""
    lee, ann = repo.start("lee"), repo.start("ann")
    made = do(repo, lee, "team", "create", "login", "--roles", "implementer, reviewer,", "--member", "lee")
    assert made["seats"] == ["implementer", "reviewer"]
    assert [one["role"] for one in made["members"]] == [""]
    (found,) = [one for one in do(repo, lee, "status")["attention"] if one["what"] == "team"]
    assert found["hint"] == "git coord team join login --role implementer"
    assert do(repo, ann, "team", "join", "login", "--role", " implementer")["seats"] == ["reviewer"]
    assert do(repo, lee, "start", "tom", "--role", "tester ")["session"]
    assert [one["role"] for one in do(repo, lee, "sessions")["sessions"] if one["name"] == "tom"] == ["tester"]
    assert do(repo, ann, "whoami")["role"] == "implementer"


def test_usage(repo: Repo, crew: dict[str, str]) -> None:
    """What cannot be meant changes nothing."""
    lee = crew["lee"]
    for words in (
        *("create Login --member ann", "create x", "create x --member ann --spawn true", "create x --roles a --work b"),
        *("create x --member ann --member ann:tester", "halt login"),
    ):
        assert refused(repo, lee, "team", *words.split())[0] == 2, words
    assert "git coord team halt login -m REASON" in repo.here("team", "halt", "login", session=lee).err
    assert refused(repo, lee, "team", "create", "login", "--member", "eve") == (1, "exists")
    assert refused(repo, lee, "team", "create", "x", "--member", "nobody-here:tester") == (1, "not_found")
    assert refused(repo, crew["bob"], "team", "create", "x", "--member", "eve") == (1, "forbidden")
    assert len(do(repo, lee, "team", "show")["teams"]) == 1


def lines_of(path: Path, lines: int) -> list[str]:
    """Wait until a file has so many lines, and return them."""
    until(lambda: path.exists() and len(path.read_text().splitlines()) >= lines, str(path))
    return path.read_text().splitlines()


def test_a_worktree_a_branch_and_a_process_for_each_role(repo: Repo) -> None:
    """Each program runs in its worktree as its session, a child of the maker, which lives as long as the program."""
    lee = repo.start("lee")
    said = '"$GIT_COORD_SESSION $GIT_COORD_TEAM $GIT_COORD_ROLE $GIT_COORD_WORK"'
    program = f"echo {said} >said; sleep 60 & echo $! >>said; wait"
    words = ["--roles", "implementer,tester", "--spawn", program, "--work", "the login"]
    made = do(repo, lee, "team", "create", "login", *words)
    assert made["topology"] == "hierarchical"
    names = ["login-implementer", "login-tester"]
    assert [(one["name"], one["role"], one["work"], one["child"]) for one in made["members"]] == [
        (names[0], "implementer", "the login", True),
        (names[1], "tester", "the login", True),
    ]
    ids = [one["session"] for one in made["members"]]
    for name, session, role in zip(names, ids, ("implementer", "tester"), strict=True):
        top = repo.top.parent / f"{repo.top.name}-{name}"
        line, pid = lines_of(top / "said", 2)
        assert line == f"{session} login {role} the login"
        assert repo.run("git", "-C", str(top), "branch", "--show-current").out == f"{name}\n"
        repo.run("kill", pid)
    shown = repo.here("team", "show", session=lee).out.splitlines()
    assert f"    works in {repo.top.parent / f'{repo.top.name}-{names[0]}'}" in shown
    assert f"    prints to {made['members'][0]['output']}" in shown
    until(lambda: {one["status"] for one in do(repo, lee, "team", "show")["teams"][0]["members"]} == {"gone"})


def test_what_a_program_printed_and_what_to_do_when_it_has_ended(repo: Repo) -> None:
    """It prints to a file that is named; it does not have what is not committed; the board says what comes next."""
    lee = repo.start("lee")
    repo.write("src/a.py", "not committed\n")
    made = do(repo, lee, "team", "create", "login", "--roles", "tester", "--spawn", "cat src/a.py; no-such-program")
    assert made["warnings"] == ["what is not committed here is not in the worktrees of the team"]
    printed = lines_of(Path(made["members"][0]["output"]), 2)
    assert printed[0] != "not committed"
    assert "no-such-program" in printed[-1]

    def hint() -> str:
        found = [one["hint"] for one in do(repo, lee, "status")["attention"] if one["what"] == "team"]
        return found[0] if found else ""

    adopt = f"git coord adopt {made['members'][0]['session']}"
    until(lambda: hint() == adopt)
    do(repo, lee, *adopt.split()[2:])
    assert hint() == "git coord team end login"
    assert do(repo, lee, "team", "end", "login")["members"][0]["output"] == ""


def test_a_team_that_does_not_come_about_leaves_nothing(repo: Repo) -> None:
    """No branch, worktree, session or process of it: neither where a name is taken, nor where it is refused late."""
    lee = repo.start("lee")
    repo.run("git", "branch", "login-tester")
    words = ["--roles", "implementer,tester", "--spawn", "touch ran"]
    before = repo.run("git", "for-each-ref", "refs/heads").out
    assert refused(repo, lee, "team", "create", "login", *words) == (1, "exists")
    twice = ["--member", "lee", "--member", lee]
    assert refused(repo, lee, "team", "create", "other", *words, *twice)[0] == 2
    assert repo.run("git", "for-each-ref", "refs/heads").out == before
    assert len(repo.run("git", "worktree", "list").out.splitlines()) == 1
    assert [one["name"] for one in do(repo, lee, "sessions")["sessions"]] == ["lee"]
    assert not list(repo.top.parent.glob("*/ran"))


def test_what_a_killed_start_left_is_named_and_goes(repo: Repo) -> None:
    """Its worktrees, branches and sessions, with `team end` or the next one; not a branch with somebody's commit."""
    lee = repo.start("lee")
    words = ["team", "create", "login", "--roles", "implementer,tester", "--spawn", "touch ran"]
    killer = repo.write("../killing/git", KILLER.format(git=shutil.which("git")))
    killer.chmod(0o755)
    path = f"{killer.parent.resolve()}:{repo.env['PATH']}"
    assert repo.run("git-coord", *words, check=False, PATH=path, GIT_COORD_SESSION=lee).status == -signal.SIGKILL
    tops = [repo.top.parent / f"{repo.top.name}-login-{role}" for role in ("implementer", "tester")]
    assert [top.is_dir() for top in tops] == [True, True]

    def others() -> dict[str, str]:
        return {one["name"]: one["status"] for one in do(repo, lee, "sessions")["sessions"] if one["name"] != "lee"}

    until(lambda: others() == {"login-implementer": "gone"})
    repo.run("git", "-C", str(tops[1]), "commit", "-q", "-n", "--allow-empty", "-m", "mine")
    (wrong,) = [one for one in repo.here("doctor", "--json", session=lee).json["findings"] if one["name"] == "team"]
    assert "login-implementer, login-tester" in wrong["message"]
    (said,) = [one for one in repo.top.glob(".git/coord/spawning/*") if one.name == "login"]
    noted = said.read_text()
    ended = do(repo, lee, "team", "end", "login")
    assert ([top.is_dir() for top in tops], others(), ended["members"]) == ([False, True], {}, [])
    assert [word.rpartition(": ")[2] for word in ended["warnings"]] == ["login-implementer", "login-tester"]
    assert refused(repo, lee, "team", "end", "login") == (1, "not_found")
    said.write_text(noted)
    repo.run("git", "worktree", "add", "-q", "-b", "login-implementer", str(tops[0]))
    answer = repo.here(*words, "--json", session=lee)
    assert (answer.status, answer.json["reason"]) == (1, "exists")
    assert "branch login-tester" in answer.json["message"]
    assert [top.is_dir() for top in tops] == [False, True]
    repo.run("git", "branch", "-m", "login-tester", "mine")
    repo.run("git", "worktree", "move", str(tops[1]), str(tops[1].with_name("mine")))
    assert len(do(repo, lee, *words)["members"]) == 2


def test_the_board_shows_what_is_done_together(repo: Repo, crew: dict[str, str]) -> None:
    """Workflows with who works on them, barriers with who is missing, teams: in JSON, for people and as Markdown."""
    repo.write("flow.json", '{"title": "Flow", "stages": [{"name": "one"}, {"name": "two", "needs": ["one"]}]}')
    flow = do(repo, crew["lee"], "workflow", "start", "flow.json")["id"]
    do(repo, crew["ann"], "task", "next")
    do(repo, crew["lee"], "barrier", "parts", "--need", "team:login")
    do(repo, crew["ann"], "barrier", "parts", "arrive")
    found = do(repo, crew["ann"], "status")["together"]
    said = [
        "barrier parts: 1 of 2 have arrived, waits for bob",
        f"workflow {flow[:8]} Flow: 0 of 2 stages complete; at one (ann)",
        "team login: ann (implementer), bob (reviewer)",
    ]
    assert [(one["what"], one["text"], one["mine"]) for one in found] == [
        (text.partition(" ")[0], text, True) for text in said
    ]
    assert {one["mine"] for one in do(repo, crew["eve"], "status")["together"]} == {False}
    text = repo.here("status", session=crew["eve"]).out
    assert "\nTogether (3)\n" in text
    assert all(f"\n  {line}\n" in text for line in said)
    assert "## Together (3)" in repo.here("status", "--markdown", session=crew["eve"]).out
