"""What the ledger's ref should name, by what is known here: never behind what a hub confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.kinds import KINDS
from gitcoord.kernel.refname import LEDGER
from gitcoord.ledger import restore, rewritten
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from conftest import Repo


CONFIRMED = "refs/coord-remote/origin/ledger"


@pytest.fixture
def grown(repo: Repo) -> tuple[Repo, list[StoreOid]]:
    """A repository whose ledger grew by three claims, and its tips, eldest first."""
    me, tips = repo.start("alice"), []
    for name in ("a", "b", "c"):
        repo.here("claim", name, session=me, check=True)
        tips.append(StoreOid(repo.git("rev-parse", LEDGER)))
    return repo, tips


def other_tree(repo: Repo, tip: str) -> StoreOid:
    """A commit on top of a ledger commit, over the empty tree, as a filter leaves it."""
    empty = repo.git("hash-object", "-t", "tree", "-w", "/dev/null")
    return StoreOid(repo.git("commit-tree", empty, "-p", tip, "-m", "rewritten"))


def beside(repo: Repo, tip: str) -> bytes:
    """The content of a ledger commit with the state of its parent `tip`."""
    tree = repo.git("rev-parse", f"{tip}^{{tree}}")
    who = "x <x@example.com> 1800000000 +0000"
    head = f"tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\n"
    return f"{head}lost\n\nCoord-Ledger: 1\n".encode()


@pytest.mark.parametrize("harm", ["gone", "empty", "NUL", "missing", "of the user", "rewritten", "set back", "packed"])
def test_ledger_comes_back(grown: tuple[Repo, list[StoreOid]], harm: str) -> None:
    """Whatever the ref names instead, it is what this clone wrote last; every command says 3 until then, or obeys."""
    repo, tips = grown
    path = repo.top / ".git" / LEDGER
    if harm in ("gone", "packed"):
        repo.git("update-ref", "-d", LEDGER)
    elif harm in ("of the user", "set back", "rewritten"):
        there = {"of the user": "HEAD", "set back": tips[0], "rewritten": other_tree(repo, tips[-1])}
        repo.git("update-ref", LEDGER, there[harm])
    if harm in ("empty", "NUL", "missing", "packed"):
        path.write_bytes({"empty": b"", "NUL": b"\0" * 41, "missing": b"1" * 40 + b"\n", "packed": b""}[harm])
    store = repo.workspace().ledger.store
    assert (restore.fault_of_ledger(store) is None) == (harm == "set back")
    assert restore.of_ledger(store, "", KINDS)[1] == tips[-1]
    store.close()
    bad = [item for item in repo.here("doctor", "--json").json["findings"] if not item["ok"]]
    assert [(item["name"], item["mend"]) for item in bad] == [("ledger ref", "git coord init")]
    assert f"brought back to {tips[-1][:12]}" in repo.here("init", check=True).out
    assert repo.git("rev-parse", LEDGER) == tips[-1]
    assert repo.here("doctor", "--full").status == 0
    assert len(repo.here("claims", "--json").json["claims"]) == 3


@pytest.mark.parametrize("went_on", [False, True])
def test_a_ledger_that_a_filter_rewrote(grown: tuple[Repo, list[StoreOid]], went_on: bool) -> None:
    """It looks like a ledger and does not verify: the old one comes back, with what was recorded meanwhile."""
    repo, tips = grown
    rewrite = (
        "git fast-export --all | sed '/^committer/s/<.*@.*>/<other@example.com>/' | git fast-import --force --quiet"
    )
    repo.run("sh", "-c", rewrite)
    assert repo.git("rev-parse", LEDGER) not in tips
    if went_on:
        repo.here("claim", "d", session="alice", check=True)
    bad = [item for item in repo.here("doctor", "--json").json["findings"] if not item["ok"]]
    assert {item["name"] for item in bad} == {"ledger ref", "fold"}
    assert {item["mend"] for item in bad} == {"git coord init"}
    said = repo.here("init", check=True).out
    assert f"{LEDGER} was rewritten by another program: brought back to {tips[-1][:12]}" in said
    assert repo.git("merge-base", "--is-ancestor", tips[-1], LEDGER) == ""
    assert repo.here("doctor", "--full").status == 0
    assert len(repo.here("claims", "--json").json["claims"]) == 3 + went_on
    assert repo.here("init", check=True).out.count("brought back") == 0


def test_a_commit_that_lost_a_race_is_no_original(grown: tuple[Repo, list[StoreOid]]) -> None:
    """A ledger that verifies stays, although another one was written beside it, or another program's stands on it."""
    repo, tips = grown
    store = repo.workspace().ledger.store
    written = [*tips[:2], store.objects.write("commit", beside(repo, tips[0]))]
    assert rewritten.original(store.objects, tips[2], written, KINDS) == ""
    foreign = other_tree(repo, tips[2])
    assert rewritten.original(store.objects, foreign, tips, KINDS) == ""
    assert rewritten.original(store.objects, other_tree(repo, tips[1]), tips, KINDS) == tips[2]
    store.close()


@pytest.mark.parametrize("tail", [0, 1, 2])
def test_never_behind_what_is_confirmed(grown: tuple[Repo, list[StoreOid]], tail: int) -> None:
    """A lost ledger descends from what the hub confirmed: from the journal, or it is what was confirmed."""
    repo, tips = grown
    beside = repo.git("commit-tree", f"{tips[0]}^{{tree}}", "-p", tips[0], "-m", "beside\n\nCoord-Ledger: 1")
    confirmed = [tips[1], tips[2], beside][tail]
    repo.git("update-ref", CONFIRMED, confirmed)
    repo.git("update-ref", "-d", LEDGER)
    store = repo.workspace().ledger.store
    assert restore.of_ledger(store, "", KINDS)[1] == (beside if tail == 2 else tips[2])


def test_what_stood_on_logs_is_sequenced_on_what_was_confirmed(grown: tuple[Repo, list[StoreOid]]) -> None:
    """Brought back to what was confirmed, the ledger gets again what this clone's sessions had done beyond it."""
    repo, tips = grown
    beside = repo.git("commit-tree", f"{tips[0]}^{{tree}}", "-p", tips[0], "-m", "beside\n\nCoord-Ledger: 1")
    repo.git("update-ref", CONFIRMED, beside)
    repo.git("update-ref", LEDGER, "HEAD")
    repo.here("init", check=True)
    assert repo.git("merge-base", "--is-ancestor", beside, LEDGER) == ""
    assert len(repo.here("claims", "--json").json["claims"]) == 3


def test_confirmed_ref_that_is_none_is_deleted(grown: tuple[Repo, list[StoreOid]]) -> None:
    """What was confirmed and cannot be read is found by `doctor`; `init` deletes the ref, and the hub says it anew."""
    repo, tips = grown
    repo.git("update-ref", CONFIRMED, other_tree(repo, tips[-1]))
    bad = [item for item in repo.here("doctor", "--json").json["findings"] if not item["ok"]]
    assert [item["name"] for item in bad] == [f"ref {CONFIRMED}"]
    repo.here("init", check=True)
    assert repo.git("for-each-ref", "refs/coord-remote/") == ""
    assert repo.git("rev-parse", LEDGER) == tips[-1]
