"""`git coord run`: a command under a claim, which is released whatever becomes of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo

HELD = "git coord claims --json --mine | grep -q slot:deploy"


def free(repo: Repo, scope: str = "slot:deploy") -> bool:
    """Whether somebody else could claim it."""
    return repo.here("check", scope, session=repo.start("other")).status == 0


def test_the_command_runs_while_the_claim_is_held(repo: Repo) -> None:
    """It is this session's meanwhile, for the command, too; afterwards it is free. The status is the command's."""
    alice = repo.start("alice")
    ran = repo.coord("run", "slot:deploy", "-m", "out", "--", "sh", "-c", f"{HELD} && echo held; exit 7", session=alice)
    assert (ran.status, ran.out) == (7, "held\n")
    assert free(repo)
    log = repo.here("log", "--json", session=alice).json["events"]
    assert [(event["kind"], event["body"]) for event in log if event["kind"] == "claim"] == [("claim", "out")]


def test_where_the_claim_is_refused_the_command_never_runs(repo: Repo) -> None:
    """Exit status 1 with who holds it, as for a claim."""
    bob = repo.start("bob")
    repo.coord("claim", "slot:deploy", session=bob, check=True)
    ran = repo.coord("run", "slot:deploy", "--json", "--", "touch", "ran", session=repo.start("alice"))
    assert (ran.status, ran.json["reason"], ran.json["result"]) == (1, "held", "refused")
    assert ran.json["conflicts"][0]["held"]["session"] == bob
    assert not (repo.top / "ran").exists()


def test_it_waits_in_line(repo: Repo) -> None:
    """With --wait the command runs as soon as the claim is free."""
    bob, alice = repo.start("bob"), repo.start("alice")
    repo.coord("claim", "slot:deploy", session=bob, check=True)
    argv = ["git", "coord", "--session", alice, "run", "slot:deploy", "--wait", "30s", "--", "echo", "ran"]
    waiting = subprocess.Popen(argv, cwd=repo.top, env=repo.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with waiting:
        while b"waiting" not in (said := waiting.stderr.readline() if waiting.stderr else b""):
            assert said
        repo.coord("release", "slot:deploy", session=bob, check=True)
        assert waiting.stdout is not None
        assert waiting.stdout.read() == b"ran\n"
    assert waiting.returncode == 0


def test_what_the_session_held_before_stays_its_own(repo: Repo) -> None:
    """Only what was claimed for the command is released: not what was held already, nor a scope that took it in."""
    alice = repo.start("alice")
    repo.write("src/a.py")
    repo.coord("claim", "src/a.py", "slot:mine", session=alice, check=True)
    ran = repo.here("run", "slot:mine", "slot:deploy", "src", "--json", "--", "true", session=alice, check=True)
    assert ran.json["released"] == ["slot:deploy"]
    assert not free(repo, "src/a.py")
    assert not free(repo, "slot:mine")
    assert free(repo)


def test_the_answer_for_programs(repo: Repo) -> None:
    """One object on standard output; what the command prints goes to standard error, and what it reads is ours."""
    ran = repo.coord("run", "slot:deploy", "--json", "--", "cat", session=repo.start("alice"), stdin="told\n")
    assert ran.err == "told\n"
    said = ran.json
    assert (said["status"], said["command"], said["scopes"], said["confirmed"]) == (0, ["cat"], ["slot:deploy"], True)
    assert (said["released"], isinstance(said["token"], int)) == (["slot:deploy"], True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("slot:deploy", "--", "no-such-program"), 127, "warning: cannot run no-such-program: No such file"),
        (("slot:deploy", "--", "./hello.txt"), 126, "warning: cannot run ./hello.txt: Permission denied"),
        (("slot:deploy",), 2, "error: a run needs a command"),
        (("slot:deploy", "--wait", "soon", "--", "true"), 2, "error: "),
    ],
)
def test_what_cannot_run_leaves_nothing_claimed(repo: Repo, words: tuple[str, ...], status: int, said: str) -> None:
    """It is said why, with the statuses that shells have."""
    repo.write("hello.txt")
    ran = repo.coord("run", *words, session=repo.start("alice"))
    assert (ran.status, said in ran.err) == (status, True), ran.err
    assert free(repo)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_command_and_the_claim(repo: Repo, number: signal.Signals) -> None:
    """It is passed on, and what was claimed is released."""
    alice = repo.start("alice")
    argv = ["git-coord", "--session", alice, "run", "slot:deploy", "--", sys.executable, "-c"]
    script = f"import signal, time; signal.signal({number.value}, signal.SIG_DFL); print('on', flush=True)"
    script += "; time.sleep(60)"
    running = subprocess.Popen([*argv, script], cwd=repo.top, env=repo.env, stdout=subprocess.PIPE)
    with running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"on\n"
        assert not free(repo)
        running.send_signal(number)
    assert running.returncode == 128 + number
    assert free(repo)


def test_the_lease_is_kept_alive(repo: Repo) -> None:
    """A command that takes longer than the session's lease still holds its claim."""
    alice = repo.start("alice", "--lease", "4s")
    argv = ["git", "coord", "--session", alice, "run", "slot:deploy", "--", "sleep", "7"]
    running = subprocess.Popen(argv, cwd=repo.top, env=repo.env)
    bob = repo.start("bob")
    time.sleep(6)
    refused = repo.here("claim", "slot:deploy", session=bob)
    assert running.wait() == 0
    assert refused.status == 1
    assert free(repo)
