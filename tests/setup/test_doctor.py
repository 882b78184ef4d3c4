"""`doctor`: sound is 0; what is broken is BAD, status 3, and what it says mends it does mend it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from gitcoord.kernel.clock import SystemClock
from gitcoord.ledger.event import Draft
from gitcoord.ledger.ledger import Ledger
from gitcoord.policy.ids import SessionId
from gitcoord.setup.doctor import GLANCE

if TYPE_CHECKING:
    from conftest import Repo


def wrong(repo: Repo, *words: str) -> list[dict[str, Any]]:
    """What is not as it should be."""
    ran = repo.here("doctor", *words, "--json")
    found = [item for item in ran.json["findings"] if not item["ok"]]
    assert ran.status == (3 if found else 0)
    assert ran.json["ok"] == (not found)
    assert ran.json.get("reason") == ("unreadable" if found else None)
    return found


def test_fresh_repository_is_sound(repo: Repo) -> None:
    """Every hook is reached and the ledger is sound; -q says nothing; an ordinary history folds to the same state."""
    ran = repo.coord("doctor")
    assert (ran.status, ran.err) == (0, "")
    assert all(line.startswith("ok  ") for line in ran.out.splitlines())
    for hook in ("pre-commit", "prepare-commit-msg", "pre-push", "post-commit", "post-rewrite", "post-merge"):
        assert f"ok   hook {hook}: reached\n" in ran.out
    assert repo.coord("doctor", "-q").out == ""
    me = repo.start("alice")
    repo.here("claim", "src", session=me, check=True)
    repo.here("release", "src", session=me, check=True)
    assert wrong(repo, "--full") == []
    assert "3 operations" in repo.here("doctor").out


def test_a_ledger_that_was_set_back_is_told_from_a_write_that_was_not_finished(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that dies before it moves the ledger's ref, or while it does, has acknowledged nothing: all is well."""
    me = repo.start("ann")

    def dies(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    for where, what in ((Ledger, "move"), (Ledger, "_move")):
        repo.here("claim", f"before-{what}", session=me, check=True)
        ledger = repo.workspace().ledger
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(where, what, dies)
            ledger.record(SessionId(me), Draft("claim", "claim x", {"scopes": [{"file": f"at-{what}"}]}))
        ledger.store.close()
        assert wrong(repo, "--full") == []
    repo.here("claim", "after", session=me, check=True)
    assert wrong(repo, "--full") == []
    tip = repo.git("rev-parse", "refs/coord/ledger").strip()
    repo.git("update-ref", "refs/coord/ledger", f"{tip}^")
    (found,) = wrong(repo)
    assert (found["name"], found["mend"]) == ("ledger ref", "git coord init")
    assert tip[:12] in found["message"]
    repo.here("init", check=True)
    assert repo.git("rev-parse", "refs/coord/ledger").strip() == tip


@pytest.mark.slow
def test_doctor_is_not_alarmed_by_who_writes_meanwhile(repo: Repo) -> None:
    """It reads refs and files one after the other, and others move them meanwhile."""
    me = repo.start("ann")
    ledger = repo.workspace().ledger
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            body = {"scopes": [{"file": f"x{number % 50}"}]}
            ledger.record(SessionId(me), Draft("claim", f"claim x{number}", body))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(8):
            assert wrong(repo) == []
    finally:
        over.set()
        writer.join()
        ledger.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["entry", "hooks", "all hooks", "hooksPath", "not executable"])
def test_hooks_that_git_does_not_reach_are_named_and_mended(bare_repo: Repo, what: str) -> None:
    """Deleted, displaced or disarmed hooks are found; the command that `doctor` names brings them back."""
    repo = bare_repo
    repo.here("init", "--hooks", "files", check=True)
    hooks = repo.top / ".git/hooks"
    if what == "entry":
        (hooks / "pre-commit").unlink()
    elif what == "hooks":
        for path in (repo.top / ".git/coord/hooks").iterdir():
            path.unlink()
    elif what == "all hooks":
        for path in hooks.iterdir():
            path.unlink()
    elif what == "hooksPath":
        repo.git("config", "core.hooksPath", str(repo.top / "elsewhere"))
    else:
        (hooks / "pre-commit").chmod(0o644)
    found = wrong(repo)
    assert "hook pre-commit" in [item["name"] for item in found]
    assert "BAD  hook pre-commit: " in (told := repo.coord("doctor")).out
    assert "     mend: git coord init\n" in told.out
    for mend in {item["mend"] for item in found}:
        repo.run("sh", "-c", mend)
    assert wrong(repo) == []
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    assert repo.commit("src/a.py", session=bob).status == 1


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["emptied", "garbage", "gone", "missing object", "of the user"])
def test_damaged_ledger_ref_is_mended_by_the_command_it_names(repo: Repo, harm: str) -> None:
    """Nothing is lost: with the ref as it was last, the claim is there again; until then every command says 3."""
    me = repo.start("alice")
    repo.here("claim", "src", session=me, check=True)
    tip, ref = repo.git("rev-parse", "refs/coord/ledger"), repo.top / ".git/refs/coord/ledger"
    if harm == "gone":
        repo.git("update-ref", "-d", "refs/coord/ledger")
    elif harm == "of the user":
        repo.git("update-ref", "refs/coord/ledger", "HEAD")
    else:
        ref.write_text({"emptied": "", "garbage": "gibberish\n", "missing object": "1" * 40 + "\n"}[harm])
    for words in (["claims"], ["claim", "docs"], ["release", "src"]):
        ran = repo.here(*words, session=me)
        assert (ran.status, ran.out) == (3, "")
        assert "error: " in ran.err
    (finding,) = [item for item in wrong(repo) if item["name"] == "ledger ref"]
    repo.run("sh", "-c", finding["mend"])
    assert repo.git("rev-parse", "refs/coord/ledger") == tip
    assert wrong(repo) == []
    assert [item["scope"] for item in repo.here("claims", "--json").json["claims"]] == ["src"]


def forge(repo: Repo, tree: str, *parents: str, said: str = "forged") -> str:
    """Put a ledger commit with this tree in place by hand; returns it."""
    words = [word for parent in parents for word in ("-p", parent)]
    forged = repo.git("commit-tree", tree, *words, "-m", said)
    repo.git("update-ref", "refs/coord/ledger", forged)
    return forged


@pytest.mark.parametrize("options", [(), ("--full",)])
def test_commit_that_was_written_past_gitcoord_is_found(repo: Repo, options: tuple[str, ...]) -> None:
    """A ledger commit whose tree is not the fold of its operations is void, and named."""
    me = repo.start("alice")
    repo.here("claim", "src", session=me, check=True)
    tip = repo.git("rev-parse", "refs/coord/ledger")
    before = repo.git("rev-parse", "refs/coord/ledger~1^{tree}")
    said = repo.git("log", "-1", "--format=%B", tip)
    forged = forge(repo, before, *repo.git("log", "-1", "--format=%P", tip).split(), said=said)
    ref, fold = wrong(repo, *options)
    assert (ref["name"], fold["name"], forged in fold["message"]) == ("ledger ref", "fold", True)
    assert "its tree is not the fold of its operations" in fold["message"]
    repo.here("claim", "docs", session=me, check=True)
    ref, fold = wrong(repo, *options)
    assert forged in fold["message"]
    assert {item["mend"] for item in (ref, fold)} == {"git coord init"}
    repo.git("update-ref", "refs/coord/ledger", tip)
    assert wrong(repo, *options) == []


def test_ledger_that_begins_with_something_is_found(repo: Repo) -> None:
    """A ledger that somebody began by hand with a state of their own is not taken for one."""
    me = repo.start("alice")
    repo.here("claim", "src", session=me, check=True)
    forged = forge(repo, repo.git("rev-parse", "refs/coord/ledger^{tree}"), said="start\n\nCoord-Ledger: 1")
    found = [item["message"] for item in wrong(repo) if item["name"] == "fold"]
    assert found == [f"ledger commit {forged} is the first of the ledger, and its state is not empty"]


def test_what_is_older_is_for_full(repo: Repo) -> None:
    """Each time the last 50 commits are folded anew; what lies deeper is found with --full."""
    workspace = repo.workspace()
    me = repo.start("alice")
    tip = workspace.ledger.tip()
    tree = forge(repo, repo.git("rev-parse", f"{tip}~1^{{tree}}"), tip)
    forge(repo, f"{tip}^{{tree}}", tree)
    for _ in range(GLANCE):
        workspace.ledger.record(SessionId(me), Draft("renew", "renew the lease"))
    workspace.ledger.store.close()
    assert wrong(repo) == []
    (finding,) = wrong(repo, "--full")
    assert tree in finding["message"]


def test_repository_that_is_not_set_up_is_told_how(bare_repo: Repo) -> None:
    """`doctor` before `init` names the one thing to do, and that does it."""
    (finding,) = wrong(bare_repo)
    assert (finding["name"], finding["mend"]) == ("set-up", "git coord init")
    bare_repo.run("sh", "-c", finding["mend"])
    assert wrong(bare_repo) == []


def test_a_time_in_the_future_is_named(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session whose last operation bears a time ahead of the clock is named; its next operation puts it right."""
    alice = repo.start("alice")
    repo.here("claim", "src", session=alice, check=True)
    with monkeypatch.context() as ahead:
        ahead.setattr(SystemClock, "now", lambda _: int(time.time()) + 3600)
        repo.here("renew", session=alice, check=True)
    (found,) = wrong(repo)
    assert (found["name"], "alice" in found["message"], alice in found["mend"]) == ("clock", True, True)
    repo.here("renew", session=alice, check=True)
    assert wrong(repo) == []
