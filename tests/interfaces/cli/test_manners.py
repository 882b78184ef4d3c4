"""Situations in which a program that is less careful shows a traceback, or says nothing of use."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import time
from typing import TYPE_CHECKING

import click
import pytest

from gitcoord.interfaces.cli.commands import listed, names
from gitcoord.interfaces.cli.invocation import Invocation
from gitcoord.interfaces.cli.parser import find

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo

LOOKING = (
    "status",
    "claims",
    "claim x",
    "inbox",
    "whoami",
    "log",
    "doctor",
    "sync",
    "check x",
    "sessions",
    "release x",
)


@pytest.mark.slow
@pytest.mark.parametrize("command", LOOKING)
def test_a_current_directory_that_was_removed_is_one_sentence(repo: Repo, command: str) -> None:
    """A shell may stand in a worktree that is gone: status 3, an error and a hint, as git itself does it."""
    gone = repo.top / "gone"
    gone.mkdir()
    ran = subprocess.run(
        ["sh", "-c", f'rmdir "$PWD"; exec git-coord {command}'], cwd=gone, env=repo.env, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.splitlines() == [
        "error: the current directory no longer exists",
        "hint: go to a directory that exists: cd DIR",
    ]


@pytest.mark.slow
def test_who_may_not_write_reads_all_the_same(repo: Repo) -> None:
    """Where `.git` is read-only every command that only looks answers, and the others say why they cannot."""
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("needs root and mount namespaces to make a repository read-only")
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", session=alice, check=True)
    repo.here("send", "bob", "hello", session=alice, check=True)
    top = shlex.quote(str(repo.top))
    sealed = f"mount --bind {top} {top} && mount -o remount,ro,bind {top} && cd {top} && "
    answers = {}
    for what in (
        *("status", "status --short", "status --markdown", "claims", "check src/b.py", "log", "sessions", "whoami"),
        *("metrics", "rules", "inbox --peek", "watch --since 1h --limit 1", "inbox --wait 2s --peek"),
        *("inbox", "claim docs", "send alice hi"),
    ):
        ran = repo.run("unshare", "-m", "sh", "-c", f"{sealed} exec git-coord {what} --session {bob}", check=False)
        answers[what] = ran.status
        assert "Traceback" not in ran.err, what
    writing = {what for what, status in answers.items() if status == 3}
    assert writing == {"inbox", "claim docs", "send alice hi"}
    assert set(answers.values()) == {0, 3}
    said = repo.run("unshare", "-m", "sh", "-c", f"{sealed} exec git-coord inbox --session {bob}", check=False).err
    assert "hint: read them all the same: git coord inbox --peek\n" in said
    assert "hello" in repo.here("inbox", session=bob).out, "nothing was marked as read"


def _closed(git_dir: Path) -> list[str]:
    """Files and directories below a git directory that its group cannot write to."""
    found = []
    for top in ("coord", "refs/coord", "objects", "logs"):
        for path in [git_dir / top, *(git_dir / top).rglob("*")]:
            # Git keeps the objects themselves read-only for everybody.
            kept = top == "objects" and path.is_file()
            if path.exists() and not path.is_symlink() and not kept and not path.stat().st_mode & stat.S_IWGRP:
                found.append(str(path.relative_to(git_dir)))
    return found


def _everything(repo: Repo) -> None:
    """Run what creates every kind of file that gitcoord has."""
    alice, bob = (repo.process("start", name, "--json", check=True).json["session"] for name in ("alice", "bob"))
    repo.process("claim", "src", session=alice, check=True)
    repo.process("send", "bob", "hello", session=alice, check=True)
    repo.process("inbox", session=bob, check=True)
    for command in ("status", "log", "doctor"):
        repo.process(command, session=alice)
    (repo.top / "src/a.py").write_text("by alice\n")
    repo.git("commit", "-qam", "one", GIT_COORD_SESSION=alice)


@pytest.mark.slow
def test_a_shared_repository_stays_open_to_its_group(bare_repo: Repo) -> None:
    """Whatever gitcoord creates is as open as `core.sharedRepository` asks, whatever the user's umask is."""
    bare_repo.git("config", "core.sharedRepository", "group")
    for path in [bare_repo.top / ".git", *(bare_repo.top / ".git").rglob("*")]:
        path.chmod(path.stat().st_mode | 0o060)
    before = os.umask(0o022)
    try:
        bare_repo.process("init", check=True)
        _everything(bare_repo)
    finally:
        os.umask(before)
    assert not _closed(bare_repo.top / ".git")


def test_init_opens_what_was_closed_before_the_repository_was_shared(repo: Repo) -> None:
    """A repository that becomes a shared one later is mended by `init`, which says so once."""
    repo.start("alice")
    directory = repo.top / ".git/coord"
    for path in [directory, *directory.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o022)
    repo.git("config", "core.sharedRepository", "group")
    assert f"opened {directory} to the group" in repo.coord("init", check=True).out
    assert not [name for name in _closed(repo.top / ".git") if name.startswith("coord")]
    assert "to the group" not in repo.coord("init", check=True).out


@pytest.mark.slow
def test_a_repository_that_is_not_shared_is_not_opened(repo: Repo) -> None:
    """Without the setting the user's umask decides."""
    before = os.umask(0o077)
    try:
        _everything(repo)
    finally:
        os.umask(before)
    assert not (repo.top / ".git/coord/chronicle").stat().st_mode & 0o077


def test_a_prompt_is_told_nothing_where_nothing_is_set_up(bare_repo: Repo, tmp_path: Path) -> None:
    """`status --short` stands in prompts: no error, only its exit status; a program still gets its JSON."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for directory in (bare_repo.top, elsewhere):
        ran = bare_repo.run("git-coord", "-C", str(directory), "status", "--short", check=False)
        assert (ran.status, ran.out, ran.err) == (3, "", "")
        assert bare_repo.run("git-coord", "-C", str(directory), "status", "--short", "--json", check=False).json[
            "reason"
        ]


def test_the_branch_shown_is_the_one_it_is_on(repo: Repo) -> None:
    """After `git switch` nobody is shown on the branch where the session began, nor after its worktree is gone."""
    alice = repo.start("alice")
    repo.git("switch", "-qc", "feature")
    assert repo.here("whoami", "--json", session=alice).json["branch"] == "feature"
    assert [item["branch"] for item in repo.here("sessions", "--json").json["sessions"]] == ["feature"]
    other = repo.top.parent / "other"
    repo.git("worktree", "add", "-qb", "topic", str(other))
    bob = repo.run("git-coord", "-C", str(other), "start", "bob", "-q").out.strip()
    shutil.rmtree(other)
    repo.git("worktree", "prune")
    found = {item["id"]: item["branch"] for item in repo.here("sessions", "--json").json["sessions"]}
    assert found == {alice: "feature", bob: "topic"}


def test_an_agent_is_not_told_to_wait_longer_than_its_tools(repo: Repo, tmp_path: Path) -> None:
    """Commands of agents are ended after two minutes: their hints wait for less, and name what does not wait at all.

    The guard and `claim` use the same words.
    """
    alice = repo.start("alice")
    repo.here("claim", "src/a.py", session=alice, check=True)
    script = tmp_path / "work.sh"
    script.write_text("git coord claim src/a.py\necho x >>src/a.py\ngit commit -qam x\ntrue\n")
    agent = tmp_path / "claude"
    shutil.copy("/bin/bash", agent)
    said = repo.run(str(agent), str(script)).err
    wait, ask = "git coord claim src/a.py --wait 90s", f"or ask: git coord send {alice} SUBJECT"
    assert (said.count(wait), said.count(ask), "30m" in said) == (2, 2, False)


def test_a_person_reads_one_hint_from_claim_and_guard(repo: Repo) -> None:
    """The same refusal, the same command."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", session=alice, check=True)
    (repo.top / "src/a.py").write_text("by bob\n")
    committed = repo.run("git", "commit", "-qam", "x", check=False, GIT_COORD_SESSION=bob).err
    claimed = repo.here("claim", "src/a.py", session=bob).err
    hint = "hint: git coord claim src/a.py --wait 30m"
    assert hint in committed.splitlines()
    assert hint in claimed.splitlines()


def test_hints_can_be_run_as_they_stand(repo: Repo) -> None:
    """A path that begins with a dash stands behind `--`; of many scopes none is repeated."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "--", "-dash", session=alice, check=True)
    assert "git coord claim --wait 30m -- -dash\n" in repo.here("claim", "--", "-dash", session=bob).err
    many = [f"module_number_{number}.py" for number in range(40)]
    refused = repo.here("claim", "--", "-dash", *many, session=bob).err
    assert "hint: to wait in line add --wait 30m to the same command\n" in refused
    assert len(refused) < 500


def test_every_conflict_is_named(repo: Repo) -> None:
    """All holders that are in the way are named; of more than a handful the rest is where `claims` shows it."""
    for number in range(7):
        repo.here("claim", f"f{number}", session=repo.start(f"holder{number}"), check=True)
    zed = repo.start("zed")
    few = repo.here("claim", "f0", "f1", "f2", session=zed).err
    assert all(f"f{number} is held by holder{number} " in few for number in range(3))
    many = repo.here("claim", *(f"f{number}" for number in range(7)), session=zed).err
    assert "and 2 more: git coord claims\n" in many


def test_what_still_holds_although_its_time_is_over_says_why(repo: Repo, tmp_path: Path) -> None:
    """A quiet agent whose process lives keeps what it holds: the refusal, the boards and `retire` say so."""
    bob = repo.start("bob")
    holder = subprocess.Popen(["sleep", "60"])
    try:
        slow = repo.coord("start", "slow", "--lease", "1s", "--pid", str(holder.pid), "-q", check=True).out.strip()
        repo.coord("claim", "src/a.py", session=slow, check=True)
        time.sleep(2.1)
        refused = repo.here("claim", "src/a.py", session=bob)
        assert "its time ended at " in refused.err
        assert "but its agent's process still runs" in refused.err
        held = repo.here("claim", "src/a.py", "--json", session=bob).json["conflicts"][0]["held"]
        assert (held["kept"], held["takeover_from"]) == ("process", None)
        for board in (("claims",), ("status",), ("status", "--markdown")):
            assert "(over, but its agent runs)" in repo.here(*board, session=bob).out, board
        retired = repo.here("retire", slow, session=bob).err
        assert "its agent's process still runs" in retired
        assert "runs until" not in retired
    finally:
        holder.kill()
        holder.wait()
    assert repo.here("claim", "src/a.py", session=bob).status == 0


@pytest.mark.parametrize("name", names())
def test_help_shows_examples_that_can_be_typed(name: str) -> None:
    """Two or more examples of each command, which its own parser takes."""
    command = find(name.split())
    assert command is not None
    examples = listed()[name].examples
    told = command.get_help(click.Context(command, info_name=name))
    assert len(examples) >= 2
    for example in examples:
        words = shlex.split(example)
        own = len(name.split())
        assert words[:own] == name.split()
        assert f"  git coord {example}\n" in f"{told}\n"
        command.make_context(name, words[own:], obj=Invocation({}))
