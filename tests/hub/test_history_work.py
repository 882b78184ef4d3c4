"""The checker of what sessions were told of tasks and state finds what is made up for it."""

from __future__ import annotations

from typing import Any

import pytest

from .history import Answer
from .history_work import Deed, Workbook, check

T = "a" * 32


def deed(number: int, kind: str, who: str, *, reason: str = "", **more: Any) -> Deed:
    """An operation in a commit of its own: `detail` is its verdict's, the rest what it asks for."""
    name = more.pop("name", "") or f"id{number}"
    return Deed(number, number, name, who, kind, reason, detail=more.pop("detail", {}), data=more)


def told(who: str, verb: str, begun: float, about: str = T, *, status: int = 0, **said: Any) -> Answer:
    """An answer, confirmed unless said otherwise."""
    return Answer(who, verb, about, begun, begun + 0.5, status, {"confirmed": True} | said)


def given(number: int, who: str, **more: Any) -> Deed:
    """The task is given to a session."""
    return deed(number, "task-next", who, detail={"id": T, "token": number, **more})


def write(number: int, who: str, version: int, saw: str = "*", *, reason: str = "", value: str = "1") -> Deed:
    """A write of the one key there is."""
    change = {"op": "set", "key": "k", "value": value, "saw": saw}
    return deed(number, "state", who, reason=reason, scope="s", changes=[change], detail={"version": version})


ADD = deed(1, "task-add", "ann", name=T)
DONE = deed(3, "task-done", "ann", id=T)
GOT, FINISHED = told("ann", "task-next", 2, id=T, token=2), told("ann", "task-done", 4)
LIFE = [ADD, given(2, "ann"), DONE]
LATER = told("bob", "state-set", 3, "k", scope="s", version=1)
WROTE = told("ann", "state-set", 1, "k", scope="s", version=1)
READ = told("bob", "state-get", 2, "k", scope="s", key="k", value=1, version=1, written=1)


def test_a_sound_history_has_nothing_wrong() -> None:
    """A task added, taken and done; a value written, read, and written again by whoever saw it."""
    answers = [told("ann", "task-add", 1, id=T), GOT, FINISHED]
    assert check(answers, Workbook(LIFE)) == []
    writes = [write(1, "ann", 1), write(2, "bob", 2, "id1"), write(3, "ann", 2, "id1", reason="stale")]
    again = told("bob", "state-set", 3, "k", scope="s", version=2)
    assert check([WROTE, READ, again], Workbook(writes)) == []


def test_task_that_was_offered_again_explains_two_holders() -> None:
    """The second holder is the only one, since the ledger took the task from the first."""
    again = deed(3, "task-again", "bob", detail={"again": [T], "failed": []})
    book = Workbook([ADD, given(2, "ann"), again, given(4, "bob")])
    assert check([GOT, told("bob", "task-next", 3, id=T, token=4)], book) == []


@pytest.mark.parametrize(("whose", "wrong"), [("bob", 0), ("ann", 1)])
def test_refs_that_were_set_back_explain_an_older_value(whose: str, wrong: int) -> None:
    """In the clone where they were, and in no other one."""
    newer = told("bob", "state-get", 1, "k", scope="s", key="k", value=1, version=2, written=1)
    found = check([newer, told(whose, "set-back", 1.5), READ], Workbook([write(1, "ann", 1), write(2, "ann", 2)]))
    assert ["reads fall" in sentence for sentence in found] == [True] * wrong


@pytest.mark.parametrize(
    ("answers", "deeds", "wrong"),
    [
        ([], [ADD, given(2, "ann"), given(3, "bob")], "two holders"),
        ([], [*LIFE, given(4, "bob")], "given, and not open"),
        ([], [ADD, given(2, "ann"), deed(3, "task-done", "bob", id=T)], "not its task"),
        ([], [ADD, given(2, "ann", token=1), deed(3, "task-return", "ann", id=T), given(4, "bob", token=1)], "tokens"),
        ([told("ann", "task-add", 1, id=T)], [], "lost"),
        ([GOT, GOT], [ADD, given(2, "ann")], "lost: ann was told 2 times"),
        ([GOT], [ADD, given(2, "bob")], "given, and not in the ledger"),
        ([FINISHED], [ADD, given(2, "ann")], "none that counts"),
        ([FINISHED], [ADD, deed(3, "task-done", "ann", reason="taken", id=T)], "none that counts"),
        (
            [told("ann", "task-done", 4, confirmed=False)],
            [ADD, deed(3, "task-done", "ann", reason="taken", id=T)],
            "lost unawares",
        ),
        (
            [GOT, told("bob", "task-next", 3, id=T, token=3)],
            [ADD, given(2, "ann"), given(3, "bob")],
            f"two holders: {T} by ann (2) and bob (3)",
        ),
        ([], [write(1, "ann", 1), write(2, "bob", 2, "id0")], "went over what it did not see"),
        ([], [write(1, "ann", 1), write(2, "bob", 2, "id1", reason="stale")], "stale for nothing"),
        ([], [write(1, "ann", 1), write(2, "bob", 1)], "versions jump"),
        ([], [write(1, "ann", 1), write(2, "bob", 3)], "versions jump"),
        ([WROTE], [], "lost: ann was told 1 times of state-set"),
        ([WROTE], [write(1, "ann", 0, "id9", reason="stale")], "written, and not in the ledger"),
        ([WROTE], [write(1, "bob", 1), write(2, "ann", 0, "id9", reason="stale")], "written, and not in the ledger"),
        ([WROTE, told("bob", "state-set", 1, "k", scope="s", version=1)], [write(1, "ann", 1)], "one version twice"),
        (
            [told("ann", "state-set", 1, "k", scope="s", version=2), LATER],
            [write(1, "bob", 1), write(2, "ann", 2)],
            "versions fall",
        ),
        ([READ], [write(1, "ann", 1, value="7")], "read what nobody wrote"),
        (
            [told("bob", "state-get", 1, "k", scope="s", key="k", value=1, version=2, written=1), READ],
            [write(1, "ann", 1), write(2, "ann", 2)],
            "reads fall",
        ),
    ],
)
def test_the_checker_finds(answers: list[Answer], deeds: list[Deed], wrong: str) -> None:
    """Each history breaks one promise, and that is what is found."""
    found = check(answers, Workbook(deeds))
    assert any(wrong in sentence for sentence in found), found
