"""The hub with a store of its own beside the repository, and with a repository whose refs are in a reftable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import Clone, Hub, make_clone
from .faults import complaints

if TYPE_CHECKING:
    from collections.abc import Iterator


def reftable(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    """Let new repositories have reftables, made by a git that knows them."""
    root = os.environ.get("GITCOORD_NEW_GIT", "")
    if not root or not Path(root, "bin", "git").is_file():
        pytest.skip("GITCOORD_NEW_GIT names no git that knows reftable")
    env["PATH"] = f"{root}/bin{os.pathsep}{env['PATH']}"
    monkeypatch.setenv("PATH", env["PATH"])
    env["GIT_DEFAULT_REF_FORMAT"] = "reftable"


@pytest.fixture(params=["separate", "reftable", "reftable, separate"])
def two_clones(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, env: dict[str, str], hub: Hub
) -> Iterator[tuple[Clone, Clone]]:
    """Two clones of that kind that have joined the hub."""
    if "reftable" in request.param:
        reftable(monkeypatch, env)
    options = ("--store", "separate") if "separate" in request.param else ()
    clones = []
    for name in ("one", "two"):
        clone = make_clone(tmp_path, name, env)
        if "reftable" in request.param:
            assert clone.git("rev-parse", "--show-ref-format") == "reftable"
        ran = clone.join(str(hub.top), *options)
        assert ran.status == 0, ran.err
        clones.append(clone)
    yield clones[0], clones[1]


@pytest.mark.slow
def test_claim_conflict_sync_and_uninit(two_clones: tuple[Clone, Clone], hub: Hub) -> None:
    """A claim, a conflict, work offline, a sync, the way out: all as in any other repository."""
    one, two = two_clones
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    assert two.claim(bob, "f")["result"] == "refused"
    two.won(bob, "g")
    hub.away()
    assert one.claim(alice, "h")["confirmed"] is False
    assert two.claim(bob, "h")["confirmed"] is False
    hub.back()
    for clone in (one, two, one):
        clone.sync()
    assert one.holders() == two.holders() == {"f": "alice", "g": "bob", "h": "alice"}
    one.release(alice, "f")
    two.won(bob, "f")
    assert complaints(two) == []
    before = hub.ledger
    assert len(hub.refs("refs/coord/clones/")) == 2
    ran = one.here("uninit", "--purge", "--json", session=alice)
    assert ran.status == 0, ran
    assert len(hub.refs("refs/coord/clones/")) == 1
    assert hub.ref("refs/coord/ledger") != ""
    two.sync()
    assert two.holders()["f"] == "bob"
    assert before in hub.git("rev-list", "--first-parent", "refs/coord/ledger").splitlines()
