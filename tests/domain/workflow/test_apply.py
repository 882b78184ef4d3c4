"""Workflows in the fold: every stage is a task, a completed one hands on what came of it, the last one ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.world import ME, MINE, MORE, OTHER, World
from gitcoord.domain.notice import record as notice
from gitcoord.domain.task import record as tasks
from gitcoord.domain.workflow import handing, record
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from gitcoord.ledger.fold import Verdict

FIRST, SECOND, THIRD = "1" * 32, "2" * 32, "3" * 32
STAGES: list[dict[str, Any]] = [
    {"id": FIRST, "stage": "build", "title": "Build it", "on_complete": "merge", "instruction": "with care"},
    {"id": SECOND, "stage": "test", "title": "Test it", "after": [FIRST], "instruction": "all of it"},
    {"id": THIRD, "stage": "ship", "title": "Ship it", "after": [FIRST, SECOND], "on_complete": "notify"},
]


def begin(world: World, stages: list[dict[str, Any]] | None = None, title: Any = "Flow", id_: str = MINE) -> Verdict:
    """Start a workflow."""
    return world.do(ME, "workflow-start", {"title": title, "stages": stages or STAGES}, claim=id_)


def status(world: World) -> list[str]:
    """How the stages are, and the workflow."""
    flow = record.read(world.saved(), MINE)
    assert flow is not None
    found = [tasks.read(world.saved(), stage.task) for stage in flow.stages]
    return [*(task.status for task in found if task is not None), flow.status]


def take(world: World, task: str, session: str = OTHER) -> None:
    """Let a session take a stage."""
    assert world.do(session, "task-take", {"id": task}).accepted


def done(world: World, task: str, why: str = "", **data: Any) -> None:
    """Take a stage and complete it."""
    take(world, task)
    assert world.do(OTHER, "task-done", {"id": task, **data}, why=why).accepted


def test_completed_stage_hands_on_what_came_of_it(world: World) -> None:
    """Who, where, summary, commits and files stand in the body of each stage that needs it, behind its own words."""
    assert begin(world).accepted
    assert status(world) == ["ready", "pending", "pending", "open"]
    assert tasks.text(world.state, FIRST, "body") == "with care"
    made = {"branch": "b", "head": "f" * 40, "commits": ["abc one"], "files": ["src/a.py"]}
    done(world, FIRST, "it builds", evidence="42 passed", **made)
    assert status(world) == ["completed", "ready", "pending", "open"]
    told = tasks.text(world.saved(), SECOND, "body")
    assert told.splitlines() == [
        "all of it",
        "",
        f"Stage build is complete: {OTHER} ({OTHER}) on b at ffffffffffff.",
        "Merge b at ffffffffffff before you begin.",
        "Summary: it builds",
        "Evidence: 42 passed",
        "Commits:",
        "- abc one",
        "Files changed:",
        "- src/a.py",
    ]
    done(world, SECOND)
    assert tasks.text(world.saved(), THIRD, "body").count("is complete") == 2
    assert notice.to(world.state, SessionId(ME)) == []
    done(world, THIRD)
    assert status(world)[-1] == "complete"
    ((_, last),) = notice.to(world.state, SessionId(ME))
    assert (last["what"], last["stage"], last["how"]) == ("workflow", "ship", "complete")
    assert not world.state.has(record.OPEN)


def test_stage_is_handed_on_in_brief_where_there_is_no_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who completed it, on which branch and where the rest stands is never lost; what fits is written whole."""
    monkeypatch.setattr(record, "WHOLE", 150)
    begin(world)
    made = {"branch": "b", "head": "f" * 40, "files": ["src/a.py"] * limits.HANDED}
    done(world, FIRST, "it builds", **made)
    told = tasks.text(world.saved(), SECOND, "body").splitlines()
    assert told[:3] == ["all of it", "", f"Stage build is complete: {OTHER} ({OTHER}) on b at ffffffffffff."]
    assert told[3:] == [
        "Merge b at ffffffffffff before you begin.",
        f"What came of it is too long for this task: it is in task {FIRST[:8]} and on the branch.",
    ]
    assert [handing.few([str(one) for one in range(count)])[-1] for count in (50, 51)] == ["49", "... and 2 more"]


def test_failed_stage_is_offered_again_and_those_behind_it_wait(world: World) -> None:
    """Whoever started it is told; the retry has all attempts, and what depends on it goes on after it."""
    begin(world)
    take(world, FIRST)
    assert world.do(OTHER, "task-fail", {"id": FIRST, "error": "no", "final": True}).accepted
    assert status(world) == ["failed", "pending", "pending", "open"]
    ((_, told),) = notice.to(world.state, SessionId(ME))
    assert (told["stage"], told["how"]) == ("build", "failed")
    assert world.do(ME, "workflow-retry", {"workflow": MINE, "stage": "build"}).detail == {"id": FIRST}
    assert world.do(ME, "workflow-retry", {"workflow": MINE, "stage": "build"}).reason == "open"
    again = tasks.read(world.saved(), FIRST)
    assert again is not None
    assert (again.status, again.failures, again.error) == ("ready", 0, "")
    done(world, FIRST)
    assert status(world)[1] == "ready"
    assert world.do(ME, "workflow-retry", {"workflow": MINE, "stage": "no"}).reason == "not_found"


def test_stage_that_was_cancelled_early_waits_for_what_it_needs(world: World) -> None:
    """Its retry counts what is complete by then, neither less nor more."""
    begin(world)
    assert world.do(ME, "task-cancel", {"id": THIRD}).accepted
    done(world, FIRST)
    assert world.do(ME, "workflow-retry", {"workflow": MINE, "stage": "ship"}).accepted
    assert status(world) == ["completed", "ready", "pending", "open"]
    done(world, SECOND)
    assert status(world) == ["completed", "completed", "ready", "open"]


def test_workflow_goes_on_when_every_holder_is_lost(world: World) -> None:
    """Each stage's holder dies once, and whoever started it, too: another session ends it all the same."""
    begin(world)
    assert world.do(ME, "end", {}).accepted
    for number, task in enumerate((FIRST, SECOND, THIRD)):
        lost = f"lost-0000000{number}"
        world.start(lost)
        take(world, task, lost)
        assert world.do(OTHER, "retire", {"sessions": [{"id": lost, "evidence": "process"}]}).accepted
        done(world, task)
    assert status(world) == ["completed"] * 3 + ["complete"]


def test_cancelled_workflow_ends_its_open_stages(world: World) -> None:
    """The holder is told once, and nothing of it is tried again."""
    begin(world)
    take(world, FIRST)
    assert world.do(ME, "workflow-cancel", {"workflow": MINE}).accepted
    assert status(world) == ["cancelled"] * 4
    assert [item["what"] for _, item in notice.to(world.state, SessionId(OTHER))] == ["task"]
    assert world.do(ME, "workflow-retry", {"workflow": MINE, "stage": "build"}).reason == "ended"
    assert world.do(ME, "workflow-cancel", {"workflow": MINE}).reason == "ended"
    assert world.do(ME, "workflow-cancel", {"workflow": MORE}).reason == "not_found"


@pytest.mark.parametrize(
    "change",
    [
        {"stage": ""},
        {"stage": "test"},
        {"id": SECOND},
        {"id": "../x"},
        {"on_complete": "explode"},
        {"after": [THIRD]},
        {"after": [FIRST]},
        {"after_any": [SECOND]},
        {"parent": SECOND},
        {"title": ""},
        {"instruction": 5},
        {"instruction": "x" * (limits.TASK_TEXT_BYTES + 1)},
    ],
    ids=lambda change: str(change)[:40],
)
def test_what_is_malformed(world: World, change: dict[str, Any]) -> None:
    """Names and ids of their own, and no stage that depends on a later one, on itself or on other tasks: or nothing."""
    stages = [STAGES[0] | change, *STAGES[1:]]
    assert begin(world, stages).reason == "malformed"
    assert not world.state.has("workflows")
    assert not world.state.has("tasks")


def test_bounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least one stage, at most so many; so many workflows at once; an id is used once."""
    assert world.do(ME, "workflow-start", {"title": "t", "stages": []}).reason == "malformed"
    many = [{"id": f"{n:032x}", "stage": str(n), "title": "t"} for n in range(limits.STAGES + 1)]
    assert begin(world, many).reason == "malformed"
    assert begin(world, many[1:]).accepted
    assert begin(world).reason == "malformed", "the id belongs to a workflow"
    assert begin(world, many[1:], id_=MORE).reason == "malformed", "the tasks are there"
    monkeypatch.setattr(limits, "WORKFLOWS", 1)
    assert begin(world, id_=MORE).reason == "quota"
    assert begin(world, title="a\nb", id_=MORE).reason == "malformed"
