"""What `metrics` counts of tasks and requests, from the state alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.world import ME, OTHER
from gitcoord.domain.board.figure import Choice
from gitcoord.domain.task.figures import figures

if TYPE_CHECKING:
    from domain.world import World

A, B, C, D = (digit * 32 for digit in "abcd")


def test_only_who_took_or_declined_a_request_has_answered_it(world: World) -> None:
    """A request that was cancelled, or whose time ended, before anybody took it has no response; a decline is one."""

    def tell(session: str, kind: str, task: str) -> None:
        assert world.do(session, f"task-{kind}", {"id": task}).accepted

    def requests() -> tuple[int, dict[str, int], float | None]:
        (found,) = figures(world.saved(), Choice())
        return found.open, found.ended, found.response

    world.start("able-00000009", capabilities=["go"])
    more: dict[str, dict[str, Any]] = {A: {}, B: {"deadline": world.time + 500}, C: {"to": {"can": "go"}}, D: {}}
    for name, data in more.items():
        assert world.do(ME, "task-add", {"title": "x", "asked": "help", **data}, claim=name).accepted
    world.time += 100
    tell(ME, "cancel", A)
    assert requests() == (3, {"cancelled": 1}, None)
    world.time += 500
    assert world.do(OTHER, "task-again", {"tasks": [{"id": B, "evidence": "deadline"}]}).accepted
    assert requests() == (2, {"cancelled": 1, "failed": 1}, None)
    world.time += 100
    tell("able-00000009", "decline", C)
    assert requests() == (2, {"cancelled": 1, "failed": 1}, 700.0)
    world.time += 100
    tell("able-00000009", "take", C)
    assert requests()[2] == 700.0, "the first response counts"
    tell(ME, "take", D)
    assert requests()[2] == 750.0
