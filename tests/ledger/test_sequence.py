"""Sequencing: the order of what enters the ledger, positions, and that a check finds every kind of tampering."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gitcoord import dataclass
from gitcoord.domain.claim import record as claim
from gitcoord.errors import Unreadable
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.ledger import commit, position, sequence
from gitcoord.ledger.fold import Verdict
from gitcoord.ledger.state import State
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId, StoreOid

from .rig import NOW, Rig, session_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gitcoord.ledger.commit import Commit

A, B = session_id("alice"), session_id("bob")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """An empty ledger."""
    return Rig(tmp_path / "store.git")


def _verdicts(found: list[sequence.Sequenced]) -> list[tuple[str, str]]:
    return [(item.event.subject, item.verdict.reason) for item in found]


def test_chains_are_sequenced_in_their_order(rig: Rig) -> None:
    """Each chain keeps its order, chains follow each other, and numbers count on without a gap."""
    one = [rig.register("alice"), rig.claim("alice", "src")]
    two = [rig.register("bob"), rig.claim("bob", "src")]
    tip, found = rig.sequence(rig.first, one, two)
    assert [item.number for item in found] == [1, 2, 3, 4]
    assert [item.verdict.reason for item in found] == ["", "", "", "held"]
    _, swapped = rig.sequence(rig.first, two, one)
    assert [item.event.session for item in swapped if item.verdict.reason == "held"] == [A]
    assert rig.verify(tip) == []


def test_renewal_of_the_victim_goes_before_the_robbery(rig: Rig) -> None:
    """A take waits until all chains have been sequenced up to their own first take: the living renew first."""
    held = [rig.register("alice"), rig.claim("alice", "src")]
    base, _ = rig.sequence(rig.first, held, [rig.register("bob")])
    later = NOW + 10_000
    robbery = [rig.take("bob", "src", held[1], "lease"), rig.event("bob", "number", {"name": "n"}, time=later)]
    robbery[0] = dataclass.replace(robbery[0], time=later)
    renewal = [rig.event("alice", "renew", time=later)]
    tip, found = rig.sequence(base, robbery, renewal, now=later)
    assert _verdicts(found) == [
        ("renew by alice", ""), ("take by bob", "not_gone"), ("number by bob", "")
    ]  # fmt: skip
    assert claim.of(sequence.load(rig.objects, tip), SessionId(A))


def test_take_in_the_middle_cuts_the_chain_and_leaves_nothing_out(rig: Rig) -> None:
    """What follows a take in its chain comes after it, and after every other chain's quiet part."""
    base, _ = rig.sequence(rig.first, [rig.register("alice")], [rig.register("bob")])
    victim = rig.claim("alice", "src")
    base, _ = rig.sequence(base, [victim])
    first = [rig.claim("bob", "docs"), rig.take("bob", "src", victim, "process"), rig.claim("bob", "tests")]
    second = [rig.claim("alice", "tests")]
    _, found = rig.sequence(base, first, second)
    assert _verdicts(found) == [
        ("claim by bob", ""), ("claim by alice", ""), ("take by bob", ""), ("claim by bob", "held")
    ]  # fmt: skip


def test_adoption_is_last_in_line_too(rig: Rig) -> None:
    """Where the owner comes back, and an adoption of its work is on the way, its renewal comes first."""
    held = [rig.register("alice"), rig.claim("alice", "src")]
    base, _ = rig.sequence(rig.first, held, [rig.register("bob")])
    later = NOW + 10_000
    data = {"session": A, "evidence": "lease", "claims": [{"id": held[1].id, "scopes": [{"directory": "src"}]}]}
    adoption = [rig.event("bob", "adopt", data, time=later)]
    tip, found = rig.sequence(base, adoption, [rig.event("alice", "renew", time=later)], now=later)
    assert _verdicts(found) == [("renew by alice", ""), ("adopt by bob", "not_gone")]
    assert claim.of(sequence.load(rig.objects, tip), SessionId(A))


def test_retire_is_last_in_line_too(rig: Rig) -> None:
    """A retire is a robbery: the victim's pending operations come first."""
    base, _ = rig.sequence(rig.first, [rig.register("alice")], [rig.register("bob")])
    retire = rig.event("bob", "retire", {"sessions": [{"id": A, "evidence": "process"}]})
    _, found = rig.sequence(base, [retire], [rig.claim("alice", "src")])
    assert _verdicts(found) == [("claim by alice", ""), ("retire by bob", "")]


def test_event_that_is_not_next_is_left_out(rig: Rig) -> None:
    """What is merged already, is missing its predecessor, or hangs on another event does not enter; the rest does."""
    register = rig.register("alice")
    skipped, third = rig.claim("alice", "a"), rig.claim("alice", "b")
    tip, found = rig.sequence(rig.first, [register, third], [rig.register("bob")])
    assert _verdicts(found) == [("register by alice", ""), ("register by bob", "")]
    again, found = rig.sequence(tip, [register, skipped, third])
    assert _verdicts(found) == [("claim by alice", ""), ("claim by alice", "")]
    same, found = rig.sequence(again, [register, skipped, third])
    assert (same, found) == (again, [])
    fork = rig.event("alice", "claim", {"scopes": [{"directory": "c"}]}, after=register)
    same, found = rig.sequence(again, [fork])
    assert (same, found) == (again, [])
    assert rig.verify(again) == []


def test_position_is_number_and_object(rig: Rig) -> None:
    """The position names the last merged event; a log set back has nothing pending, a fork is refused."""
    register, one = rig.register("alice"), rig.claim("alice", "a")
    two = rig.claim("alice", "b")
    tip, _ = rig.sequence(rig.first, [register, one])
    state = sequence.load(rig.objects, tip)
    assert position.read(state, SessionId(A)) == position.Position(2, one.oid, "live")
    assert position.read(state, SessionId(B)) == position.UNKNOWN
    assert [item.oid for item in sequence.pending(rig.objects, state, SessionId(A), two.oid)] == [two.oid]
    assert sequence.pending(rig.objects, state, SessionId(A), one.oid) == []
    assert sequence.pending(rig.objects, state, SessionId(A), register.oid) == []
    fork = rig.event("alice", "claim", {"scopes": [{"directory": "c"}]}, after=register)
    longer = rig.event("alice", "claim", {"scopes": [{"directory": "d"}]}, after=fork)
    with pytest.raises(Unreadable):
        sequence.pending(rig.objects, state, SessionId(A), longer.oid)
    with pytest.raises(Unreadable):
        sequence.pending(rig.objects, state, SessionId(B), two.oid)


def test_fork_of_the_same_length_is_not_taken_for_merged(rig: Rig) -> None:
    """An equal number with another object is a forked log: said, not silently dropped (protocol, rule 4)."""
    register, one = rig.register("alice"), rig.claim("alice", "a")
    tip, _ = rig.sequence(rig.first, [register, one])
    fork = rig.event("alice", "claim", {"scopes": [{"directory": "c"}]}, after=register)
    with pytest.raises(Unreadable):
        sequence.pending(rig.objects, sequence.load(rig.objects, tip), SessionId(A), fork.oid)


def test_statements_are_merged_along_without_verdict(rig: Rig) -> None:
    """A statement moves the position, gets no number and renews no lease."""
    base, _ = rig.sequence(rig.first, [rig.register("alice")])
    before = sequence.load(rig.objects, base).json(position.live_path(SessionId(A))) or {}
    said = rig.event("alice", "progress", {"action": "x"}, time=NOW + 500)
    tip, found = rig.sequence(base, [said], now=NOW + 500)
    assert found == []
    state = sequence.load(rig.objects, tip)
    assert position.read(state, SessionId(A)).tip == said.oid
    assert (state.json(position.live_path(SessionId(A))) or {})["last"] == before["last"]
    assert rig.verify(tip) == []


def test_event_with_somebody_elses_id_voids_nothing(rig: Rig) -> None:
    """Who gives his event the id of another's pending one spoils neither the sequencing nor its check."""
    base, _ = rig.sequence(rig.first, [rig.register("alice")], [rig.register("bob")])
    one, two = rig.claim("alice", "src"), [rig.event("bob", "progress"), rig.event("bob", "progress")]
    two[1] = rig.event("bob", "claim", {"scopes": [{"directory": "docs"}]}, after=two[0], id=one.id)
    tip, found = rig.sequence(base, [one], two)
    assert _verdicts(found) == [("claim by alice", ""), ("claim by bob", "")]
    assert rig.verify(tip) == []
    _, other = rig.sequence(base, two, [one])
    assert len(other) == 2


@pytest.mark.parametrize("logs", [30, 31, 32, 65])
def test_many_logs_make_a_chain_of_commits(rig: Rig, logs: int) -> None:
    """No sequencing commit has more than 31 parents; every operation of every log is in, once."""
    chains = [[rig.register(f"s{n}"), rig.claim(f"s{n}", f"d{n}"), rig.claim(f"s{n}", "one")] for n in range(logs)]
    tip, found = rig.sequence(rig.first, *chains)
    records = sequence.first_parents(rig.objects, tip, rig.first)
    assert len(records) == -(-logs // 30)
    assert max(len(record.parents) for _, record in records) <= 31
    assert len({item.event.id for item in found}) == len(found) == 3 * logs
    assert sum(1 for item in found if item.verdict.accepted) == 2 * logs + 1
    assert rig.verify(tip) == []


def test_many_events_make_a_chain_of_commits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer puts no more events into a sequencing commit than others take from one."""
    monkeypatch.setattr(limits, "EVENTS", 3)
    chain = [rig.register("alice"), *(rig.claim("alice", f"d{n}") for n in range(6))]
    tip, found = rig.sequence(rig.first, chain)
    assert len(found) == 7
    assert len(sequence.first_parents(rig.objects, tip, rig.first)) == 3
    assert rig.verify(tip) == []


def test_many_words_make_a_chain_of_commits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer begins another sequencing commit once the lines and verdicts of one take so many bytes."""
    chain = [rig.register("alice"), rig.claim("alice", "a")]
    batch = sequence._Batch()
    batch.add(chain[0], (1, Verdict()))
    for more, commits in ((-1, 2), (0, 2), (1, 1)):
        monkeypatch.setattr(limits, "WORDS_BYTES", batch._size + more)
        tip, found = rig.sequence(rig.first, chain)
        assert (len(found), len(sequence.first_parents(rig.objects, tip, rig.first))) == (2, commits)
        assert rig.verify(tip) == []


def test_same_operations_give_the_same_commit(rig: Rig, tmp_path: Path) -> None:
    """Folding is deterministic: the same chains sequenced twice give the same object id."""
    chains = [[rig.register(f"s{n}"), rig.claim(f"s{n}", f"d{n}")] for n in range(40)]
    assert rig.sequence(rig.first, *chains)[0] == rig.sequence(rig.first, *chains)[0]


def test_git_reads_the_ledger(rig: Rig) -> None:
    """`git fsck --strict` finds nothing, and `git log --format=%(trailers)` reads the verdicts."""
    tip, found = rig.sequence(
        rig.first, *[[rig.register(f"s{n}"), rig.claim(f"s{n}", "src/a b/\udcff\n")] for n in range(3)]
    )

    def git(*args: str) -> str:
        ran = subprocess.run(["git", "-C", str(rig.directory), *args], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    git("update-ref", "refs/coord/ledger", tip)
    assert git("fsck", "--strict", "--no-dangling") == ""
    said = git("log", "-1", "--format=%(trailers:key=Coord-Verdict,valueonly)", tip).split("\n")
    assert [line.split(" ")[:2] for line in said if line] == [[str(item.number), item.event.id] for item in found]


# --- tampering


def test_verdicts_of_void_commits_do_not_count(rig: Rig) -> None:
    """What a commit says that was voided, forged or garbled, is nobody's verdict."""
    tip, _ = rig.sequence(rig.first, [rig.register("a")])
    claim = rig.claim("a", "x")
    said = [
        ("Coord-Verdict", text)
        for text in (f"9 {claim.id} accepted", f"nine {claim.id} accepted", f"9 {claim.id} accepted 5", "9")
    ]
    before = commit.decode(rig.objects.expect(tip, "commit"))
    forged = dataclass.replace(before, parents=(tip,), trailers=(("Coord-Ledger", "1"), *said))
    lie = rig.objects.write("commit", forged.encode())
    assert list(sequence.judged(forged)) == [(9, claim.id, Verdict())]
    mended = sequence.mend(rig.objects, lie, before.tree, [lie], sequence.Signature("tester", "t@example.com", NOW))
    assert sequence.verdicts(rig.objects, mended, {claim.id}) == {}
    after, _ = rig.sequence(mended, [claim])
    assert sequence.verdicts(rig.objects, after, {claim.id}) == {claim.id: (2, Verdict())}


def _two(rig: Rig) -> tuple[str, str, Commit]:
    """A ledger of two sequencing commits, of which the second merges two logs."""
    base, _ = rig.sequence(rig.first, [rig.register("alice"), rig.claim("alice", "src")], [rig.register("bob")])
    tip, _ = rig.sequence(base, [rig.claim("alice", "docs"), rig.claim("alice", "x")], [rig.claim("bob", "src/a")])
    return base, tip, commit.decode(rig.objects.expect(tip, "commit"))


def _with_trailers(record: Commit, change: Callable[[list[str]], list[str]]) -> Commit:
    said = [value for key, value in record.trailers if key == "Coord-Verdict"]
    rest = tuple(pair for pair in record.trailers if pair[0] != "Coord-Verdict")
    return dataclass.replace(record, trailers=rest + tuple(("Coord-Verdict", value) for value in change(said)))


def _forged_tree(rig: Rig, record: Commit, _: str) -> Commit:
    state = State(rig.objects, record.tree)
    for path in list(state.walk("claims")):
        state.remove(path)
    return dataclass.replace(record, tree=state.save())


def _meta_raised(rig: Rig, record: Commit, _: str) -> Commit:
    state = State(rig.objects, record.tree)
    state.write_json("meta.json", (state.json("meta.json") or {}) | {"operations": 999})
    return dataclass.replace(record, tree=state.save())


def _empty_tree(rig: Rig, record: Commit, _: str) -> Commit:
    return dataclass.replace(record, tree=EMPTY_TREE)


def _verdict_turned(rig: Rig, record: Commit, _: str) -> Commit:
    return _with_trailers(record, lambda said: [f"{' '.join(line.split(' ')[:2])} accepted" for line in said])


def _verdict_left_out(rig: Rig, record: Commit, _: str) -> Commit:
    return _with_trailers(record, lambda said: said[:-1])


def _verdict_twice(rig: Rig, record: Commit, _: str) -> Commit:
    return _with_trailers(record, lambda said: [*said, said[-1]])


def _verdicts_swapped(rig: Rig, record: Commit, _: str) -> Commit:
    return _with_trailers(record, lambda said: [said[1], said[0], *said[2:]])


def _renumbered(rig: Rig, record: Commit, _: str) -> Commit:
    return _with_trailers(
        record, lambda said: [f"{int(line.split(' ')[0]) + 1} {line.split(' ', 1)[1]}" for line in said]
    )


def _verdict_of_nobody(rig: Rig, record: Commit, _: str) -> Commit:
    return _with_trailers(record, lambda said: [*said, f"9 {'f' * 32} accepted"])


def _verdict_garbled(rig: Rig, record: Commit, _: str) -> Commit:
    return _with_trailers(record, lambda said: ["", "x", "1", *said])


def _log_left_out(rig: Rig, record: Commit, _: str) -> Commit:
    return dataclass.replace(record, parents=record.parents[:-1])


def _event_left_out(rig: Rig, record: Commit, _: str) -> Commit:
    first = sequence.read_event(rig.objects, record.parents[1]).parent
    return dataclass.replace(record, parents=(record.parents[0], first, *record.parents[2:]))


def _log_twice(rig: Rig, record: Commit, _: str) -> Commit:
    return dataclass.replace(record, parents=(*record.parents, record.parents[1]))


def _other_base(rig: Rig, record: Commit, _: str) -> Commit:
    return dataclass.replace(record, parents=(rig.first, *record.parents[1:]))


def _own_result_as_base(rig: Rig, record: Commit, tip: StoreOid) -> Commit:
    return dataclass.replace(record, parents=(tip, *record.parents[1:]))


def _ledger_as_log(rig: Rig, record: Commit, tip: StoreOid) -> Commit:
    return dataclass.replace(record, parents=(record.parents[0], tip))


def _log_as_base(rig: Rig, record: Commit, _: str) -> Commit:
    return dataclass.replace(record, parents=(record.parents[1], *record.parents[1:]))


def _forked_log(rig: Rig, record: Commit, _: str) -> Commit:
    first = sequence.read_event(rig.objects, record.parents[1])
    register = rig.event("alice", "register", {"clone": "elsewhere"}, after=None)
    fork = rig.event("alice", "claim", {"scopes": [{"directory": "y"}]}, after=register)
    assert fork.session == first.session
    return dataclass.replace(record, parents=(record.parents[0], fork.oid, *record.parents[2:]))


def _earlier(rig: Rig, record: Commit, _: str) -> Commit:
    return dataclass.replace(record, time=record.time - 1000)


FORGERIES = [
    _forged_tree, _meta_raised, _empty_tree, _verdict_turned, _verdict_left_out, _verdict_twice, _verdicts_swapped,
    _renumbered, _verdict_of_nobody, _verdict_garbled, _log_left_out, _event_left_out, _log_twice, _other_base,
    _own_result_as_base, _ledger_as_log, _log_as_base, _forked_log, _earlier,
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_").replace("_", " "))
def test_check_finds_a_forged_commit(rig: Rig, forge: Callable[[Rig, Commit, str], Commit]) -> None:
    """A sequencing commit with one thing changed is void, and the check says so without an exception."""
    from gitcoord.domain.kinds import KINDS

    _, tip, record = _two(rig)
    assert rig.verify(StoreOid(tip)) == []
    oid = rig.objects.write("commit", forge(rig, record, tip).encode())
    said = sequence.verify(rig.objects, oid, commit.decode(rig.objects.expect(oid, "commit")), KINDS)
    assert said.startswith(f"ledger commit {oid} is void"), said
