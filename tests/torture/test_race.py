"""Processes that claim at the same moment: one winner each time, and an account of every answer."""

from __future__ import annotations

import random
import statistics
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES, every

from gitcoord.domain.claim import record as claim
from gitcoord.ledger import sequence
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from .rig import Arena

CONTESTS = {
    "equal": ["src/a", "src/a", "src/a", "src/a", "src/a", "src/a"],
    "nested": ["src", "src/a", "src/a/b", ".", "src/a/b/c.py", "src/a/b/c.py"],
    "glob": ["src/*.py", "src/a.py", "src/**", "**/a.*", "src", "s*/a.py"],
    "name": ["slot:deploy"] * 6,
    "mixed": ["x/y", "x/**/y", "x", "x/y/z", "**/y", "x/y"],
}


@pytest.mark.parametrize("contest", every(2, CONTESTS))
def test_exactly_one_wins(any_arena: Arena, contest: str) -> None:
    """Of six processes that claim overlapping scopes at once exactly one wins, and the others are told its name."""
    texts = CONTESTS[contest]
    workers = any_arena.obedient(*any_arena.sessions(*[f"w{n}" for n in range(len(texts))]))
    for number in range(2 * TIMES):
        order = list(zip(workers, texts, strict=True))
        random.Random(number).shuffle(order)
        for worker, text in order:
            worker.tell("claim", [text], False)
        answers = {worker.session: worker.hear() for worker in workers}
        winners = [who for who, answer in answers.items() if answer["result"] == "won"]
        assert len(winners) == 1, answers
        assert all(winners[0] in answer["by"] for who, answer in answers.items() if who != winners[0])
        for worker in workers:
            if worker.session == winners[0]:
                worker.tell("release")
                assert worker.hear()["result"] == "released"
    any_arena.operations()
    any_arena.sound()


def test_shared_claims_all_win_and_one_exclusive_none(any_arena: Arena) -> None:
    """Shared claims of one scope are all granted at once; an exclusive one beside them wins alone or not at all."""
    workers = any_arena.obedient(*any_arena.sessions(*[f"w{n}" for n in range(5)]))
    for _ in range(3 * TIMES):
        for worker in workers:
            worker.tell("claim", ["src"], worker is not workers[0])
        exclusive, *shared = (worker.hear()["result"] for worker in workers)
        assert shared.count("won") == (0 if exclusive == "won" else 4), (exclusive, shared)
        for worker, result in zip(workers, [exclusive, *shared], strict=True):
            if result == "won":
                worker.tell("release")
                worker.hear()
    any_arena.sound()


@pytest.mark.slow
def test_every_answer_is_accounted_for(any_arena: Arena) -> None:
    """16 processes claim and release on 20 paths: the ledger has every win and release once; refusals were true.

    A refusal is true when the session named held the path in some state between the ledger seen before asking and
    the one seen after the answer. Nobody starves: the slowest process takes at most three times the median.
    """
    rounds = 4 * TIMES
    who = any_arena.sessions(*[f"w{n}" for n in range(16)])
    workers = [any_arena.worker("churn", one, rounds, 20, seed) for seed, one in enumerate(who)]
    said = {worker.session: worker.rest() for worker in workers}
    assert all(worker.process.returncode == 0 for worker in workers), [worker.errors() for worker in workers]
    operations = any_arena.operations()
    accepted = [number for number, _, verdict in operations if verdict.startswith("accepted")]
    tokens = [item["token"] for items in said.values() for item in items if item["op"] == "claim"]
    assert len(tokens) == len(set(tokens)) == 16 * rounds
    assert set(tokens) <= set(accepted)
    releases = sum(1 for items in said.values() for item in items if item["op"] == "release")
    assert releases == 16 * rounds
    assert len(accepted) == len(operations) == 16 + 2 * 16 * rounds, "looking first, nobody recorded a refusal"
    with any_arena.opened() as workspace:
        objects = workspace.ledger.store.objects
        chain = [oid for oid, _ in sequence.first_parents(objects, workspace.ledger.tip())]
        place = {oid: at for at, oid in enumerate(reversed(chain))}
        chain.reverse()
        for items in said.values():
            for item in items:
                if item["op"] == "refused":
                    seen = chain[place[item["before"]] : place[item["after"]] + 1]
                    states = (sequence.load(objects, oid) for oid in seen)
                    path = Scope("directory", item["path"])
                    assert any(
                        set(item["by"]) & {one.session for one in claim.overlapping(state, path)} for state in states
                    ), item
    times = [items[-1]["seconds"] for items in said.values()]
    # The processes are started one after the other; a tenth of a second is not starvation.
    assert max(times) <= 3 * statistics.median(times) + 0.1, sorted(times)
    any_arena.sound()
