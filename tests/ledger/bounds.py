"""The limits of the schema that one operation can reach, by its payload or by what stands in the state: each a row.

Standard library and gitcoord's own pure code only: other interpreters run it, too.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain.rules import record as rules
from gitcoord.domain.state.record import component
from gitcoord.domain.task import record as tasks
from gitcoord.ledger import sequence
from gitcoord.ledger.commit import canonical
from gitcoord.policy.halting import PATH as HALTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.ledger.state import State

    from .corpus import World

ME = "me-00000001"

Payload = dict[str, Any]


class Bound(NamedTuple):
    """A limit, what its cases are called, the kind of operation that reaches it, and how.

    `made` brings the state to where an operation can reach a size, and returns the payload of that operation. `words`
    is the operation's text for a size. `above` is the reason of the refusal where the size is above the limit.
    """

    limit: str
    name: str
    kind: str
    made: Callable[[World, State, int], Payload]
    above: str = "malformed"
    words: Callable[[int], bytes] = lambda _: b"words"


def outcome(world: World, bound: Bound, size: int) -> str:
    """What comes of the operation, as `World.judged` says it."""
    state = sequence.load(world.objects, world.base)
    data = json.dumps(bound.made(world, state, size))
    return world.judged(world.raw(ME, bound.kind, data, bound.words(size)), state)


def _pure(made: Callable[[int], Payload]) -> Callable[[World, State, int], Payload]:
    """A payload for which nothing has to be in the state."""
    return lambda _world, _state, size: made(size)


def _beside(directory: str, data: Payload) -> Callable[[World, State, int], Payload]:
    """Entries of a directory that are counted, one fewer than the size: the operation brings the last."""

    def made(_: World, state: State, size: int) -> Payload:
        for name in _ids(size - 1):
            state.write(f"{directory}/{name}", b"{}")
        return data

    return made


def _id(number: int) -> str:
    return hashlib.md5(b"%d" % number).hexdigest()


def _ids(number: int) -> list[str]:
    return [_id(n) for n in range(number)]


def _before(world: World, state: State, kind: str, data: Payload, number: int = 0) -> None:
    """Let an operation be in the state already."""
    said = world.judged(world.raw(ME, kind, json.dumps(data), b"words\n\nwords", Id=_id(number)), state)
    assert said.startswith("accepted"), said


def _depending(world: World, state: State, size: int) -> Payload:
    """A task that depends on so many, which are there."""
    _before(world, state, "task-add", {"title": "t"})
    content = state.read(f"{tasks.directory(_id(0))}/task.json")
    assert content is not None
    for name in _ids(size):
        state.write(f"{tasks.directory(name)}/task.json", content)
    return {"title": "t", "after": _ids(size)}


def _grouped(world: World, state: State, size: int) -> Payload:
    """One more task below one that groups all but the last of so many."""
    _before(world, state, "task-add", {"title": "t"})
    where = f"{tasks.directory(_id(0))}/task.json"
    state.write_json(where, {**(state.json(where) or {}), "children": size - 1})
    return {"title": "t", "parent": _id(0)}


def _handing(world: World, state: State, size: int) -> Payload:
    """A task is done with so many files."""
    _before(world, state, "task-add", {"title": "t"})
    _before(world, state, "task-take", {"id": _id(0)}, 1)
    return {"id": _id(0), "files": [f"f{n}" for n in range(size)]}


def _scopes(size: int) -> list[Payload]:
    """Scopes of so many bytes as JSON text."""
    found: list[Payload] = [{"file": f"{number:04000}"} for number in range(size // 4020)]
    return [*found, {"file": "x" * (size - len(canonical([*found, {"file": ""}])))}]


def _halting(world: World, state: State, size: int) -> Payload:
    """A halt with which all that stand take so many bytes."""
    _before(world, state, "halt", {"scopes": _scopes(50)})
    one = len(canonical(state.json(HALTS)))
    return {"scopes": _scopes(size - (2 * one + 1 - len(canonical({"halts": []})) - 50))}


def _ruling(world: World, state: State, size: int) -> Payload:
    """A role with which all rules take so many bytes."""

    def role(*globs: str) -> Payload:
        return {"key": "role", "value": {"name": "r", "rights": {"commit": globs}}}

    _before(world, state, "rules", role("x"))
    room = size - len(canonical(state.json(rules.PATH))) + len(canonical(["x"]))
    globs = [f"{number:0900}" for number in range((room - 10) // 903)]
    return role(*globs, "x" * (room - len(canonical([*globs, ""]))))


def _kept(world: World, state: State, size: int) -> Payload:
    """One more value beside the first: with it so many are kept beside each other."""

    def write(number: int) -> Payload:
        return {"scope": "s", "policy": "manual", "changes": [{"op": "set", "key": "k", "value": "1", "saw": ""}]}

    for number in range(size):
        _before(world, state, "state", write(number), number)
    return write(size)


def _named(world: World, state: State, size: int) -> Payload:
    """A named version of a scope, beside all but the last of so many."""
    _before(world, state, "state", _changes(1))
    where = next(path.partition("/scope.json")[0] for path in state.walk("state") if path.endswith("/scope.json"))
    for name in _ids(size - 1):
        state.write(f"{where}/snapshots/{component(name)}", b'{"version":1,"write":"","by":"","time":0}')
    return {"scope": "s", "name": "n", "version": 1, "write": _id(0)}


def _joining(world: World, state: State, size: int) -> Payload:
    return {"name": "t", "members": [], "seats": ["r"] * size}


def _changes(size: int, value: str = "1") -> Payload:
    changes = [{"op": "set", "key": f"k{number}", "value": value} for number in range(size)]
    return {"scope": "s", "changes": changes}


def _stages(size: int) -> Payload:
    stages = [{"id": _id(number), "stage": f"s{number}", "title": "t"} for number in range(size)]
    return {"title": "w", "stages": stages}


def _rights(size: int) -> Payload:
    return {"key": "role", "value": {"name": "r", "rights": {"commit": [f"d{n}/**" for n in range(size)]}}}


def _answered(world: World, state: State, size: int) -> Payload:
    """An answer of so many sentences to a halt that stands."""
    _before(world, state, "halt", {})
    return {"halt": _id(0), "did": ["x"] * size}


def _lifting(_: World, state: State, size: int) -> Payload:
    """A repair that lifts the counter by so much."""
    return {"above": (state.json("meta.json") or {})["operations"] + size}


TASK, EXPORT = {"title": "t"}, {"name": "i", "scope": {"file": "a"}}

BOUNDS = [
    Bound("ITEMS", "items", "halt", _pure(lambda n: {"sessions": [ME] * n}), words=lambda _: b"words\n\nwords"),
    Bound("WORD", "a task's type", "task-add", _pure(lambda n: {**TASK, "type": "x" * n})),
    Bound("SCOPES", "scopes", "claim", _pure(lambda n: {"scopes": [{"file": f"d{m}"} for m in range(n)]})),
    Bound("NUMBER_FROM", "a number from", "number", _pure(lambda n: {"name": "n", "from": n})),
    Bound("REPAIR", "a repair", "repair", _lifting, above="needless"),
    Bound("HALT_BYTES", "halts", "halt", _halting, above="quota", words=lambda _: b"words\n\nwords"),
    Bound("DID", "sentences", "halt-answer", _answered),
    Bound("RULES_BYTES", "rules", "rules", _ruling, above="quota"),
    Bound("RIGHTS", "globs of a right", "rules", _pure(_rights)),
    Bound("TEAMS", "teams", "team", _beside("teams", {"name": "t", "members": [], "seats": []}), above="quota"),
    Bound("TEAM_MEMBERS", "seats of a team", "team", _joining),
    Bound("VALUE_BYTES", "a value", "state", _pure(lambda n: _changes(1, '"' + "x" * (n - 2) + '"'))),
    Bound("CHANGES", "changes", "state", _pure(_changes)),
    Bound("OTHERS", "values beside each other", "state", _kept, above="quota"),
    Bound("SNAPSHOTS", "named versions", "state-snapshot", _named, above="quota"),
    Bound("REASON_BYTES", "what an interface is for", "export", _pure(lambda _: EXPORT),
          words=lambda n: b"words\n\n" + b"x" * n),
    Bound("EXPORTS", "interfaces", "export", _beside("exports/standing", EXPORT), above="quota",
          words=lambda _: b"words\n\nwords"),
    Bound("BARRIER_NEEDS", "places at a barrier", "barrier", _pure(lambda n: {"name": "b", "needs": [{"any": n}]})),
    Bound("BARRIERS", "barriers", "barrier", _beside("barriers/open", {"name": "b", "needs": [{"any": 1}]}),
          above="quota"),
    Bound("STAGES", "stages", "workflow-start", _pure(_stages)),
    Bound("WORKFLOWS", "workflows", "workflow-start", _beside("workflows/open", _stages(1)), above="quota"),
    Bound("HANDED", "files of a stage", "task-done", _handing),
    Bound("TITLE", "a task's title", "task-add", _pure(lambda n: {"title": "t" * n})),
    Bound("TASK_TEXT_BYTES", "a task's payload", "task-add",
          _pure(lambda n: {**TASK, "payload": '"' + "x" * (n - 2) + '"'})),
    Bound("ATTEMPTS", "attempts", "task-add", _pure(lambda n: {**TASK, "attempts": n})),
    Bound("LENGTH", "a timeout", "task-add", _pure(lambda n: {**TASK, "timeout": n})),
    Bound("RELATIONS", "tasks that one depends on", "task-add", _depending),
    Bound("CHILDREN", "tasks that one groups", "task-add", _grouped, above="quota"),
]  # fmt: skip
