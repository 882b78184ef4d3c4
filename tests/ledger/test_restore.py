"""What the ledger's ref should name, by what is known here: never behind what a hub confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.ledger import restore
from gitcoord.ledger.ledger import REF

if TYPE_CHECKING:
    from conftest import Repo

CONFIRMED = "refs/coord-remote/origin/ledger"


@pytest.fixture
def grown(repo: Repo) -> tuple[Repo, list[str]]:
    """A repository whose ledger grew by three claims, and its tips, eldest first."""
    me, tips = repo.start("alice"), []
    for name in ("a", "b", "c"):
        repo.here("claim", name, session=me, check=True)
        tips.append(repo.git("rev-parse", REF))
    return repo, tips


def other_tree(repo: Repo, tip: str) -> str:
    """A commit on top of a ledger commit, over the empty tree, as a filter leaves it."""
    empty = repo.git("hash-object", "-t", "tree", "-w", "/dev/null")
    return repo.git("commit-tree", empty, "-p", tip, "-m", "rewritten")


@pytest.mark.parametrize("harm", ["gone", "empty", "NUL", "missing", "of the user", "rewritten", "set back", "packed"])
def test_ledger_comes_back(grown: tuple[Repo, list[str]], harm: str) -> None:
    """Whatever the ref names instead, it is what this clone wrote last; every command says 3 until then, or obeys."""
    repo, tips = grown
    path = repo.top / ".git" / REF
    if harm in ("gone", "packed"):
        repo.git("update-ref", "-d", REF)
    elif harm in ("of the user", "set back", "rewritten"):
        there = {"of the user": "HEAD", "set back": tips[0], "rewritten": other_tree(repo, tips[-1])}
        repo.git("update-ref", REF, there[harm])
    if harm in ("empty", "NUL", "missing", "packed"):
        path.write_bytes({"empty": b"", "NUL": b"\0" * 41, "missing": b"1" * 40 + b"\n", "packed": b""}[harm])
    store = repo.workspace().ledger.store
    assert (restore.fault_of_ledger(store) is None) == (harm == "set back")
    assert restore.ledger(store, "") == tips[-1]
    store.close()
    bad = [item for item in repo.here("doctor", "--json").json["findings"] if not item["ok"]]
    assert [(item["name"], item["mend"]) for item in bad] == [("ledger ref", "git coord init")]
    assert f"brought back to {tips[-1][:12]}" in repo.here("init", check=True).out
    assert repo.git("rev-parse", REF) == tips[-1]
    assert repo.here("doctor", "--full").status == 0
    assert len(repo.here("claims", "--json").json["claims"]) == 3


@pytest.mark.parametrize("tail", [0, 1, 2])
def test_never_behind_what_is_confirmed(grown: tuple[Repo, list[str]], tail: int) -> None:
    """A lost ledger descends from what the hub confirmed: from the journal, or it is what was confirmed."""
    repo, tips = grown
    beside = repo.git("commit-tree", f"{tips[0]}^{{tree}}", "-p", tips[0], "-m", "beside\n\nCoord-Ledger: 1")
    confirmed = [tips[1], tips[2], beside][tail]
    repo.git("update-ref", CONFIRMED, confirmed)
    repo.git("update-ref", "-d", REF)
    store = repo.workspace().ledger.store
    assert restore.ledger(store, "") == (beside if tail == 2 else tips[2])


def test_what_stood_on_logs_is_sequenced_on_what_was_confirmed(grown: tuple[Repo, list[str]]) -> None:
    """Brought back to what was confirmed, the ledger gets again what this clone's sessions had done beyond it."""
    repo, tips = grown
    beside = repo.git("commit-tree", f"{tips[0]}^{{tree}}", "-p", tips[0], "-m", "beside\n\nCoord-Ledger: 1")
    repo.git("update-ref", CONFIRMED, beside)
    repo.git("update-ref", REF, "HEAD")
    repo.here("init", check=True)
    assert repo.git("merge-base", "--is-ancestor", beside, REF) == ""
    assert len(repo.here("claims", "--json").json["claims"]) == 3


def test_confirmed_ref_that_is_none_is_deleted(grown: tuple[Repo, list[str]]) -> None:
    """What was confirmed and cannot be read is found by `doctor`; `init` deletes the ref, and the hub says it anew."""
    repo, tips = grown
    repo.git("update-ref", CONFIRMED, other_tree(repo, tips[-1]))
    bad = [item for item in repo.here("doctor", "--json").json["findings"] if not item["ok"]]
    assert [item["name"] for item in bad] == [f"ref {CONFIRMED}"]
    repo.here("init", check=True)
    assert repo.git("for-each-ref", "refs/coord-remote/") == ""
    assert repo.git("rev-parse", REF) == tips[-1]
