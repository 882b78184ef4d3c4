"""Histories at the hub are checked; and the checker finds what is made up for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import repeated

from .history import Answer, Book, Operation, check
from .storm import raise_storm

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = repeated(5)
Names = tuple[tuple[str, tuple[str, ...]], ...]


@pytest.mark.slow
def test_a_storm_leaves_a_history_without_contradictions(tmp_path: Path) -> None:
    """Three clones, offline and back, overridden and killed: every answer agrees with the ledger in the end."""
    seed = int(os.environ.get("GITCOORD_SEED", "1"))
    raised = raise_storm(tmp_path, seed, SECONDS, 3)
    print(raised)
    assert raised.wrong == [], str(raised)
    assert raised.kinds.get("claim won", 0) > 0
    assert raised.kinds.get("claim refused", 0) > 0
    assert raised.kinds.get("task-done done", 0) > 0
    assert raised.kinds.get("state-set done", 0) > 0


# The checker itself: one sound history, and one with each kind of violation


def op(
    number: int, kind: str, who: str, *scopes: str, at: int = 0, reason: str = "", names: Names = (), name: str = ""
) -> Operation:
    """An operation in a commit of its own, or in commit `at`."""
    return Operation(at or number, number, name or f"id{number}", who, kind, reason, scopes, names)


def claimed(who: str, scope: str, token: int | None, begun: float, **said: Any) -> Answer:
    """An answer that a claim is won, confirmed where there is a token."""
    claims = [{"scope": scope, "session": who, "token": token}]
    facts = {"result": "won", "confirmed": token is not None, "token": token, "claims": claims, "hub": "ok"}
    return Answer(who, "claim", scope, begun, begun + 0.5, 0, facts | said)


def refused(who: str, scope: str, holder: str, begun: float, before: int = 0, after: int = 99) -> Answer:
    """An answer that names a holder."""
    conflicts = [{"scope": scope, "held": {"session": holder, "scope": scope, "confirmed": True}}]
    return Answer(
        who,
        "claim",
        scope,
        begun,
        begun + 0.5,
        1,
        {"result": "refused", "conflicts": conflicts, "hub": "ok"},
        before,
        after,
    )


def released(who: str, scope: str, begun: float) -> Answer:
    """An answer that a release is done."""
    return Answer(who, "release", scope, begun, begun + 0.5, 0, {"released": [{"scope": scope}], "hub": "ok"})


def unknown(who: str, scope: str, begun: float, **said: Any) -> Answer:
    """A claim that nobody knows the fate of."""
    return Answer(who, "claim", scope, begun, begun + 0.5, 3, {"reason": "offline", "hub": "offline", **said})


CLAIM = op(1, "claim", "ann", "x")
GIVEN: Names = (("id1", ("x",)),)
RELEASE = op(2, "release", "ann", names=GIVEN)
AGAIN = op(3, "claim", "bob", "x")
SOUND = [claimed("ann", "x", 1, 1), refused("bob", "x", "ann", 2), released("ann", "x", 3), claimed("bob", "x", 3, 4)]
TAKE = op(2, "take", "bob", "x", names=(("id1", ()),))


def test_a_sound_history_has_nothing_wrong() -> None:
    """Won, refused meanwhile, released, won by the other."""
    assert check(SOUND, Book([CLAIM, RELEASE, AGAIN])) == []


def test_a_takeover_explains_two_winners() -> None:
    """Both were told that they won, and the ledger shows that the second took it; the first was told."""
    told = Answer("ann", "sync", "", 4, 5, 0, {"warnings": ["bob overrode your claim on x at 12:00"]})
    assert check([claimed("ann", "x", 1, 1), claimed("bob", "x", 2, 2), told], Book([CLAIM, TAKE])) == []


def test_unknown_may_be_either() -> None:
    """A claim of unknown fate whose release follows in the ledger, and one that never got there."""
    answers = [unknown("ann", "x", 1), unknown("ann", "y", 2)]
    assert check(answers, Book([CLAIM, RELEASE])) == []


@pytest.mark.parametrize(
    ("answers", "operations", "wrong"),
    [
        ([], [CLAIM, AGAIN], "two holders"),
        ([], [CLAIM, op(2, "claim", "bob", "x/a")], "two holders"),
        ([], [CLAIM, RELEASE, op(3, "claim", "bob", "y", name="id1")], "counted twice"),
        ([], [op(2, "claim", "ann", "x", at=1), op(1, "claim", "bob", "y", at=2)], "numbers fall"),
        ([claimed("ann", "x", 7, 1)], [CLAIM], "won, and not in the ledger"),
        ([claimed("bob", "x", 1, 1)], [CLAIM], "won, and not in the ledger"),
        ([claimed("ann", "x", 1, 1)], [op(1, "claim", "ann", "x", reason="held")], "won, and not in the ledger"),
        ([claimed("ann", "y", 1, 1)], [CLAIM], "won something else"),
        ([Answer("ann", "claim", "x", 1, 2, 0, SOUND[0].said, 2, 3)], [CLAIM, RELEASE, AGAIN], "won, and not held"),
        ([refused("bob", "x", "ann", 2)], [], "refused by nobody"),
        ([refused("bob", "x", "ann", 2, before=2)], [CLAIM, RELEASE], "refused by nobody"),
        ([refused("bob", "x", "bob", 2)], [op(1, "claim", "bob", "x")], "refused for nothing"),
        ([Answer("bob", "claim", "x", 2, 3, 1, {"reason": "held", "hub": "ok"})], [CLAIM], "names nobody"),
        ([released("ann", "x", 3)], [CLAIM], "lost: ann released x"),
        ([released("ann", "x", 3), released("ann", "x", 5)], [CLAIM, RELEASE], "lost: ann released x"),
        ([Answer("ann", "end", "", 1, 2, 0)], [CLAIM], "no end of it"),
        ([unknown("ann", "x", 1, result="won")], [], "unknown, and yet won"),
        ([unknown("ann", "x", 1, result="refused")], [], "unknown, and yet refused"),
        ([Answer("ann", "sync", "", 1, 2, 70)], [], "a bug"),
        ([claimed("ann", "x", 1, 1), claimed("bob", "x", 3, 2)], [CLAIM, RELEASE, AGAIN], "two winners"),
        (
            [claimed("ann", "x", 3, 1), released("ann", "x", 2), claimed("bob", "x", 1, 3)],
            [op(1, "claim", "bob", "x"), op(2, "release", "bob", names=GIVEN), op(3, "claim", "ann", "x")],
            "tokens fall",
        ),
        ([claimed("ann", "x", None, 1)], [op(1, "claim", "ann", "x", reason="held")], "lost unawares"),
        ([claimed("ann", "x", 1, 1)], [CLAIM, TAKE], "lost unawares"),
        (
            [claimed("ann", "x", 1, 1), released("ann", "x", 2)],
            [CLAIM, op(2, "release", "ann", reason="not_mine", names=GIVEN)],
            "held unawares",
        ),
        ([unknown("ann", "x", 1)], [CLAIM], "held unawares"),
        ([], [CLAIM], ""),
    ],
)
def test_the_checker_finds(answers: list[Answer], operations: list[Operation], wrong: str) -> None:
    """Each history breaks one promise, and that is what is found."""
    found = check(answers, Book(operations))
    assert any(wrong in sentence for sentence in found) if wrong else found == [], found


def test_the_checker_takes_only_what_overlaps() -> None:
    """What a take did not want is still its holder's: another claim of it is a second holder."""
    given = op(1, "claim", "ann", "x", "y")
    take = op(2, "take", "bob", "x/a", names=((given.id, ()),))
    assert check([], Book([given, take])) == []
    assert check([], Book([given, take, op(3, "claim", "cat", "x/b")])) == []
    (wrong,) = check([], Book([given, take, op(3, "claim", "cat", "y")]))
    assert wrong.startswith("two holders: ann and cat")
