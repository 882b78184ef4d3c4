"""`git coord gc`: what crashed sessions, and those that are over, left behind."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from gitcoord.domain.message import send
from gitcoord.domain.message.record import Letter
from gitcoord.domain.session import identity, start
from gitcoord.setup import gc

if TYPE_CHECKING:
    from conftest import ManualClock, Repo

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace


def session_of(workspace: Workspace, name: str, lease: int) -> Session:
    """Start a session with a lease of so many seconds."""
    started = start.start(workspace, start.Request(name=name, lease=lease))
    return identity.named(workspace, workspace.ledger.state(), started.session)


def refs(workspace: Workspace) -> set[str]:
    """The refs of all sessions."""
    return set(workspace.ledger.store.refs.list("refs/coord/sessions/"))


def test_only_who_has_been_gone_for_a_day_is_ended(workspace: Workspace, clock: ManualClock) -> None:
    """A lease that just ran out may be somebody's lunch; a day later the session is ended and its refs go."""
    lost = session_of(workspace, "lost", lease=60)
    me = session_of(workspace, "mine", lease=3 * 24 * 3600)
    clock.pass_by(3600)
    assert gc.collect(workspace, me).retired == []
    clock.pass_by(24 * 3600)
    record = gc.collect(workspace, me)
    assert record.retired == [lost.id]
    assert not [ref for ref in refs(workspace) if lost.id in ref]
    assert [ref for ref in refs(workspace) if me.id in ref], "the living keep theirs"


def test_what_the_crashed_one_said_is_merged_not_dropped(workspace: Workspace, clock: ManualClock) -> None:
    """A message that no operation followed is still in the ledger's history when the log's ref is gone."""
    lost = session_of(workspace, "lost", lease=60)
    me = session_of(workspace, "mine", lease=3 * 24 * 3600)
    sent = send.send(workspace, lost, "mine", Letter("my last words"))
    clock.pass_by(25 * 3600)
    assert gc.collect(workspace, me).retired == [lost.id]
    history = workspace.place.git.text("log", "--format=%B", "refs/coord/ledger")
    assert f"Coord-Id: {sent.id}" in history


def test_files_about_sessions_that_are_over_go(repo: Repo) -> None:
    """News that nobody will read any more are dropped, those of the living stay."""
    dead = subprocess.Popen(["sleep", "60"])
    crashed, alice = repo.start("crashed", "--pid", str(dead.pid)), repo.start("alice")
    bob = repo.start("bob")
    dead.kill()
    dead.wait()
    repo.here("send", "all", "hello", session=alice, check=True)
    repo.here("retire", crashed, session=alice, check=True)
    record = repo.here("gc", "--json", session=alice, check=True).json
    assert (record["retired"], record["files"]) == ([], 1)
    left = {path.name for path in (repo.top / ".git/coord/news").iterdir() if not path.name.startswith(".")}
    assert left == {bob}
    assert repo.here("gc", "--json", session=alice, check=True).json["files"] == 0
    assert "dropped 0 refs and 0 files" in repo.here("gc", session=alice).out


def test_a_store_of_its_own_is_packed_now_and_then(bare_repo: Repo) -> None:
    """Nobody else runs git in a separate store: gc asks git there whether it is time."""
    bare_repo.here("init", "--store", "separate", check=True)
    alice = bare_repo.start("alice")
    store = bare_repo.top / ".git/coord/store.git"
    bare_repo.git("--git-dir", str(store), "config", "gc.auto", "1")
    bare_repo.git("--git-dir", str(store), "config", "gc.autoDetach", "false")
    until = time.monotonic() + 20
    while not list(store.glob("objects/pack/*.pack")):
        bare_repo.here("claim", "src", session=alice, check=True)
        bare_repo.here("gc", session=alice, check=True)
        assert time.monotonic() < until, "never packed"
    assert bare_repo.here("claims", session=alice).status == 0
