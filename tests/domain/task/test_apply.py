"""What each operation on a task does to the state, one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from domain.world import CHILD, ME, OTHER, PARENT, START, THIRD, World
from gitcoord.domain.claim import record as claim
from gitcoord.domain.notice import record as notice
from gitcoord.domain.task import record
from gitcoord.policy import lease, limits
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.fold import Verdict

A, B, C, D = (digit * 32 for digit in "abcd")
ABROAD = "abroad"
SRC = {"directory": "src"}


class Tasks(World):
    """A world with words for tasks."""

    def add(self, task: str, session: str = ME, **data: Any) -> None:
        """Let a session add a task, which must be accepted."""
        verdict = self.do(session, "task-add", {"title": f"task {task[:4]}", **data}, claim=task)
        assert verdict.accepted, verdict

    def next(self, session: str = ME, **data: Any) -> str:
        """Ask for the next task; returns its id, or the reason of the refusal."""
        verdict = self.do(session, "task-next", data)
        return str(verdict.detail["id"]) if verdict.accepted else verdict.reason

    def tell(self, session: str, kind: str, task: str, why: str = "", **data: Any) -> Verdict:
        """An operation of a session on a task."""
        return self.do(session, f"task-{kind}", {"id": task, **data}, why=why)

    def again(self, session: str, task: str, evidence: str, **data: Any) -> Verdict:
        """Say that a task may be offered again, or ended."""
        return self.do(session, "task-again", {"tasks": [{"id": task, "evidence": evidence, **data}]})

    def task(self, task: str) -> Task:
        """A task, as the state has it."""
        found = record.read(self.saved(), task)
        assert found is not None
        return found

    def index(self) -> set[str]:
        """Where tasks stand in the index, without their numbers: `ready/2-normal/aaaa`."""
        found = set()
        for path in self.state.walk("tasks"):
            _, part, *rest = path.split("/")
            if part != "all":
                found.add("/".join([part, *rest[:-2], record.id_in(path)[:4]]))
        return found


@pytest.fixture
def world(tmp_path: Path) -> Tasks:
    """ME and OTHER live in one clone, THIRD in another."""
    made = Tasks(tmp_path / "world")
    made.start(ME)
    made.start(OTHER, role="helper", capabilities=["python", "go"])
    made.start(THIRD, clone=ABROAD)
    return made


def test_next_gives_the_highest_priority_then_the_eldest(world: Tasks) -> None:
    """Priority counts before age, and each task is given once; then there is none."""
    world.add(A)
    world.add(B, priority="critical")
    world.add(C, priority="low")
    world.add(D)
    assert [world.next() for _ in range(5)] == [B, A, D, C, "empty"]


def test_task_that_is_given_has_token_attempt_and_holder(world: Tasks) -> None:
    """The token is the number of the operation that gave it; a later holder's is higher, as is the attempt."""
    world.add(A)
    first = world.do(ME, "task-next", {})
    assert world.tell(ME, "return", A).accepted
    second = world.do(OTHER, "task-next", {})
    assert second.detail["token"] > first.detail["token"] > 0
    assert (first.detail["attempt"], second.detail["attempt"]) == (1, 2)
    task = world.task(A)
    assert (task.status, task.holder, task.token) == ("running", OTHER, second.detail["token"])
    assert [item["how"] for item in task.past] == ["returned"]
    assert record.held_by(world.state, SessionId(ME)) == []
    assert [one.id for one in record.held_by(world.state, SessionId(OTHER))] == [A]


def test_index_has_every_open_task_once_and_no_other(world: Tasks) -> None:
    """A task stands under what it waits for, and leaves the index when it has ended."""
    world.add(A, priority="high", deadline=START + 500)
    world.add(B, after=[A])
    world.add(C, not_before=START + 100)
    due, time = f"due/{START + 500:013d}", f"later/{START + 100:013d}"
    assert world.index() == {"ready/1-high/aaaa", f"{due}/aaaa", "pending/bbbb", f"{time}/cccc"}
    assert world.next() == A
    assert world.index() == {"running/aaaa", f"{due}/aaaa", "pending/bbbb", f"{time}/cccc"}
    assert world.tell(ME, "done", A).accepted
    assert world.index() == {"ready/2-normal/bbbb", f"{time}/cccc"}
    assert record.open_ids(world.state) == [B, C]
    assert world.task(A).status == "completed"


def test_session_gets_only_what_it_may_take(world: Tasks) -> None:
    """Type, capabilities and address decide; what is not for a session is passed over."""
    world.add(A, needs=["python"], type="build")
    world.add(B, to={"role": "helper"})
    world.add(C, to={"session": THIRD})
    world.add(D, to={"name": ME})
    assert world.next(OTHER, type="docs") == "empty"
    assert world.next(OTHER, type="build") == A
    assert [world.next(OTHER), world.next(OTHER)] == [B, "empty"]
    assert [world.next(ME), world.next(ME)] == [D, "empty"]
    assert world.next(THIRD) == C


@pytest.mark.parametrize(
    ("data", "session", "detail"),
    [
        ({"needs": ["rust", "python"]}, OTHER, {"needs": ["rust"]}),
        ({"to": {"session": OTHER}}, ME, {"to": {"session": OTHER}}),
        ({"to": {"can": "go"}}, ME, {"to": {"can": "go"}}),
        ({"asked": "review"}, ME, {"but": ME}),
        ({"asked": "review", "makers": [OTHER]}, ME, {"but": ME}),
        ({"asked": "review", "makers": [THIRD, OTHER]}, OTHER, {"but": OTHER}),
    ],
)
def test_take_is_refused_to_whom_it_is_not_for(
    world: Tasks, data: dict[str, Any], session: str, detail: dict[str, Any]
) -> None:
    """What `next` passes over `take` refuses, with the reason; nobody reviews their own work."""
    world.add(A, **data)
    verdict = world.tell(session, "take", A)
    assert (verdict.reason, verdict.detail) == ("forbidden", {"task": A, **detail})
    assert world.task(A).status == "ready"


def test_task_for_a_session_that_is_over_is_for_its_namesake(world: Tasks) -> None:
    """A task for a session by its name goes to another session of that name once the first is over."""
    world.add(A, to={"session": ME, "name": "ana"})
    heir = "ana-0000000a"
    world.start(heir)
    assert world.next(heir) == "empty"
    world.do(ME, "end")
    world.do(heir, "end")
    named = World.do(world, "ana-0000000b", "register", {"clone": "here", "name": "ana"})
    assert named.accepted
    assert world.next("ana-0000000b") == A


def test_scopes_come_with_the_task_and_go_with_it(world: Tasks) -> None:
    """The scopes of a task are claimed in the operation that gives it, under its token, and freed when it ends."""
    world.add(A, scopes=[SRC])
    given = world.do(OTHER, "task-next", {"branch": "main", "head": "e" * 40})
    (held,) = claim.of(world.state, SessionId(OTHER))
    assert (held.token, held.why, held.branch) == (given.detail["token"], "task aaaa", "main")
    assert world.do(ME, "claim", {"scopes": [{"file": "src/a.py"}]}).reason == "held"
    assert world.tell(OTHER, "done", A).accepted
    assert claim.of(world.state, SessionId(OTHER)) == []
    assert world.do(ME, "claim", {"scopes": [{"file": "src/a.py"}]}).accepted


def test_next_passes_on_to_a_task_whose_scopes_are_free(world: Tasks) -> None:
    """A task whose scopes another session claims stays ready for later; `take` says who is in the way."""
    world.claim(ME, "e" * 32, {"file": "src/a.py"})
    world.add(A, scopes=[SRC], priority="critical")
    world.add(B, scopes=[{"directory": "docs"}])
    assert [world.next(OTHER), world.next(OTHER)] == [B, "empty"]
    assert world.tell(OTHER, "take", A).detail == {"task": A, "by": [["e" * 32, ME]]}
    assert world.next(ME) == A, "its own claim is in nobody's way"


def test_not_before_holds_a_task_back(world: Tasks) -> None:
    """A task is not given before its time, and in its place by priority and age after it."""
    world.add(A, not_before=START + 60)
    world.add(B)
    world.add(C, not_before=START + 50, priority="high")
    assert world.tell(ME, "take", A).reason == "pending"
    world.time = START + 59
    assert world.next() == C
    world.time = START + 60
    assert [world.next(), world.next(), world.next()] == [A, B, "empty"]


def test_dependencies_hold_a_task_back(world: Tasks) -> None:
    """`after` waits for all to be completed, `after_any` for all to have ended, however."""
    world.add(A)
    world.add(B)
    world.add(C, after=[A, B])
    world.add(D, after_any=[A, B])
    assert [world.next(), world.next(), world.next()] == [A, B, "empty"]
    assert world.tell(ME, "done", A).accepted
    assert world.next() == "empty"
    assert world.tell(ME, "take", C).reason == "pending"
    assert world.tell(ME, "fail", B, error="no", final=True).accepted
    assert [world.next(), world.next()] == [D, "empty"]
    assert world.task(C).status == "pending"


def test_new_task_counts_what_has_ended_already(world: Tasks) -> None:
    """A task that is added after its dependencies ended is ready where they allow it."""
    world.add(A)
    world.tell(ME, "take", A)
    world.tell(ME, "done", A)
    world.add(B)
    world.tell(ME, "cancel", B)
    world.add(C, after=[A], after_any=[B])
    world.add(D, after=[B])
    assert (world.task(C).status, world.task(D).status) == ("ready", "pending")


def test_parent_is_not_ready_while_children_are_open(world: Tasks) -> None:
    """A task that groups others waits for them, cannot be done before them, and is ready after them."""
    world.add(A)
    world.add(B, parent=A)
    world.add(C, parent=A)
    assert [world.next(), world.next(), world.next()] == [B, C, "empty"]
    world.tell(ME, "done", B)
    world.tell(ME, "cancel", C)
    assert world.next() == A
    world.add(D, parent=A)
    assert world.tell(ME, "done", A).detail == {"task": A, "children": 1}
    assert world.task(A).status == "running", "whoever holds a task may split it"
    world.tell(ME, "cancel", D)
    assert world.tell(ME, "done", A).accepted
    assert world.do(ME, "task-add", {"title": "late", "parent": A}).reason == "ended"


def test_circles_over_every_kind_of_edge_are_refused(world: Tasks) -> None:
    """A child that would wait, over whatever way, for its own parent is refused when it is made."""
    world.add(A)
    world.add(B, after_any=[A])
    world.add(C, after=[B])
    for edges in ({"after": [C]}, {"after_any": [C]}, {"after": [A]}):
        verdict = world.do(ME, "task-add", {"title": "x", "parent": A, **edges}, claim=D)
        assert (verdict.reason, verdict.detail) == ("circle", {"task": A})
    assert record.read(world.state, D) is None
    assert world.task(A).status == "ready"
    world.add(D, parent=A)
    assert world.do(ME, "task-add", {"title": "x", "parent": D, "after": [A]}).reason == "circle", "over two parents"


def test_unknown_dependency_is_refused(world: Tasks) -> None:
    """A task cannot depend on, or belong to, what does not exist."""
    for key in ("after", "after_any"):
        assert world.do(ME, "task-add", {"title": "x", key: [A]}).detail == {"task": A}
    assert world.do(ME, "task-add", {"title": "x", "parent": A}).reason == "not_found"


def test_failed_attempt_is_offered_again_after_a_pause_that_grows(world: Tasks) -> None:
    """Attempts count the first; the pause doubles; after the last the task has failed and says why."""
    world.add(A, attempts=3, backoff=10)
    for attempt, pause in ((1, 10), (2, 20)):
        assert world.next() == A
        verdict = world.tell(ME, "fail", A, error="broken")
        assert verdict.detail == {"status": "pending", "from": world.time + pause}
        assert (world.task(A).attempt, world.task(A).failures) == (attempt, attempt)
        world.time += pause - 1
        assert world.next() == "empty"
        world.time += 1
    assert world.next() == A
    assert world.tell(ME, "fail", A, error="broken").detail == {"status": "failed"}
    assert world.task(A).error == "the last of its 3 attempts failed: broken"


def test_final_failure_ends_a_task(world: Tasks) -> None:
    """`final` leaves the other attempts unused."""
    world.add(A, attempts=5)
    world.next()
    assert world.tell(ME, "fail", A, error="impossible", final=True).detail == {"status": "failed"}
    assert world.task(A).error == "impossible"


@pytest.mark.parametrize(
    ("evidence", "session", "after", "accepted"),
    [
        ("lease", OTHER, lease.LEASE, False),
        ("lease", OTHER, lease.LEASE + 1, True),
        ("lease", THIRD, lease.LEASE + lease.SKEW, False),
        ("lease", THIRD, lease.LEASE + lease.SKEW + 1, True),
        ("process", OTHER, 0, True),
        ("process", THIRD, 0, False),
        ("timeout", OTHER, 100, False),
        ("timeout", OTHER, 101, True),
        ("timeout", THIRD, 100 + lease.SKEW, False),
        ("timeout", THIRD, 101 + lease.SKEW, True),
        ("deadline", OTHER, 200, False),
        ("deadline", OTHER, 201, True),
        ("deadline", THIRD, 201, False),
        ("ahead", OTHER, 0, False),
    ],
)
def test_task_is_offered_again_only_on_evidence(
    world: Tasks, evidence: str, session: str, after: int, accepted: bool
) -> None:
    """A holder that is gone or too late loses its task; across clones the clocks may differ by the skew."""
    world.add(A, timeout=100, deadline=START + 200, backoff=0)
    world.next(ME)
    world.time += after
    verdict = world.again(session, A, evidence)
    assert verdict.reason == ("" if accepted else "not_gone")
    task = world.task(A)
    if not accepted:
        assert (task.holder, task.attempt) == (ME, 1)
    elif evidence == "deadline":
        assert (task.status, task.error) == ("failed", "its deadline passed after 1 attempt")
    else:
        assert (task.status, task.failures) == ("ready", 1)
        late = world.tell(ME, "done", A)
        assert (late.reason, late.detail["how"], late.detail["by"]) == ("taken", evidence, session)
        (told,) = [item for _, item in notice.to(world.state, SessionId(ME))]
        assert (told["what"], told["task"], told["how"]) == ("task", A, evidence)


def test_task_fails_after_so_many_lost_holders(world: Tasks) -> None:
    """Each lost holder is an attempt; the error says that the holders were lost."""
    world.add(A, attempts=2)
    for _ in range(2):
        assert world.next(ME) == A
        assert world.again(OTHER, A, "process").accepted
    task = world.task(A)
    assert (task.status, task.lost) == ("failed", 2)
    assert task.error == "the last of its 2 attempts lost its holder; 2 of them lost their holder"


def test_old_attempt_says_nothing_about_a_new_one(world: Tasks) -> None:
    """A session that lost a task and got it again is heard only for the present attempt."""
    world.add(A)
    old, new = "1" * 32, "2" * 32
    assert world.do(ME, "task-next", {}, claim=old).accepted
    assert world.again(OTHER, A, "process").accepted
    assert world.do(ME, "task-next", {}, claim=new).accepted
    assert world.tell(ME, "done", A, grant=old).reason == "taken"
    assert world.task(A).status == "running"
    assert world.tell(ME, "done", A, grant=new).accepted


def test_session_that_ends_gives_its_tasks_back(world: Tasks) -> None:
    """The tasks of a session that ends are ready again, no attempt is lost, and their scopes are free."""
    world.add(A, scopes=[SRC], attempts=1)
    world.next(OTHER)
    assert world.do(OTHER, "end").accepted
    task = world.task(A)
    assert (task.status, task.failures, task.holder) == ("ready", 0, "")
    assert world.next(ME) == A


def test_session_that_is_retired_loses_its_tasks(world: Tasks) -> None:
    """The tasks of a retired session are offered again, and the attempt counts as lost."""
    world.add(A)
    world.next(OTHER)
    assert world.do(ME, "retire", {"sessions": [{"id": OTHER, "evidence": "process"}]}).accepted
    assert (world.task(A).status, world.task(A).lost) == ("ready", 1)
    assert not [path for path in world.state.walk("sessions/live") if "/tasks/" in path]


def test_waiting_task_is_not_timed_out(world: Tasks) -> None:
    """While a task waits for an answer the clock of its attempt stands still, and nobody offers it again."""
    world.add(A, timeout=100)
    world.next(ME)
    world.time += 60
    assert world.tell(ME, "update", A, waiting="a decision of Ana").accepted
    assert (world.task(A).status, world.task(A).waiting_for) == ("waiting", "a decision of Ana")
    world.time += lease.LEASE * 2
    assert world.again(OTHER, A, "timeout").reason == "not_gone"
    assert world.again(OTHER, A, "lease").reason == "not_gone"
    assert world.tell(ME, "update", A, progress=50).accepted
    assert (world.task(A).status, world.task(A).waiting_for, world.task(A).progress) == ("running", "", 50)
    world.time += 40
    assert world.again(OTHER, A, "timeout").reason == "not_gone"
    world.time += 1
    assert world.again(OTHER, A, "timeout").accepted


def test_deadline_ends_a_task_that_waits(world: Tasks) -> None:
    """Whether its holder is gone or not: it is the longest time for all of it."""
    world.add(A, deadline=world.time + 100)
    world.next(ME)
    assert world.tell(ME, "update", A, waiting="a decision of Ana").accepted
    world.time += 100
    assert world.again(OTHER, A, "deadline").reason == "not_gone"
    world.time += 1
    assert world.again(OTHER, A, "deadline").accepted
    assert (world.task(A).status, world.task(A).error) == ("failed", "its deadline passed after 1 attempt")


@pytest.mark.parametrize("kind", ["update", "done", "return", "fail"])
def test_only_the_holder_speaks_for_a_task(world: Tasks, kind: str) -> None:
    """Whoever does not hold a task is refused, before it is given, while another holds it, and after its end."""
    world.add(A)
    more = {"error": "x"} if kind == "fail" else {}
    assert world.tell(ME, kind, A, **more).reason == "not_mine"
    world.next(OTHER)
    assert world.tell(ME, kind, A, **more).detail == {"task": A, "session": OTHER}
    world.tell(OTHER, "done", A)
    assert world.tell(OTHER, kind, A, **more).detail == {"task": A, "status": "completed"}
    assert world.tell(ME, kind, B, **more).reason == "not_found"


def test_take_names_one_task(world: Tasks) -> None:
    """One task is taken by its id; what is held, over or unknown is refused, what is mine already is mine."""
    world.add(A)
    world.add(B, priority="critical")
    first = world.tell(ME, "take", A)
    assert world.tell(ME, "take", A).detail == first.detail == {"id": A, "attempt": 1, "token": first.detail["token"]}
    assert world.tell(OTHER, "take", A).detail == {"task": A, "session": ME}
    world.tell(ME, "cancel", A)
    assert world.tell(OTHER, "take", A).detail == {"task": A, "status": "cancelled"}
    assert world.tell(OTHER, "take", C).reason == "not_found"


def test_done_keeps_what_was_said(world: Tasks) -> None:
    """Result, commit and evidence stay with the task; the result is kept as it was written."""
    world.add(A, payload='{"n": 1.10, "big": 12345678901234567890}')
    world.next()
    result = '[0.10,  1e400, "\\ud83d\\ude00"]'
    verdict = world.tell(ME, "done", A, result=result, commit="abc1234", evidence="42 tests passed", why="easy")
    assert verdict.accepted
    state, task = world.saved(), world.task(A)
    assert record.text(state, A, "payload") == '{"n": 1.10, "big": 12345678901234567890}'
    assert record.text(state, A, "result") == result
    assert (task.commit, task.evidence, task.note, task.progress) == ("abc1234", "42 tests passed", "easy", 100)


def test_cancelled_task_is_told_to_its_holder(world: Tasks) -> None:
    """Anybody may cancel; the holder is told and refused from then on."""
    world.add(A)
    world.next(OTHER)
    assert world.tell(ME, "cancel", A, why="not needed").accepted
    assert [item["how"] for _, item in notice.to(world.state, SessionId(OTHER))] == ["cancelled"]
    late = world.tell(OTHER, "update", A, progress=10)
    assert (late.reason, late.detail["how"], late.detail["by"]) == ("taken", "cancelled", ME)
    assert world.tell(ME, "cancel", A).reason == "ended"


def test_declined_task_is_for_others(world: Tasks) -> None:
    """Who declined is not given the task by `next`; it may still take it by name."""
    world.add(A, to={"can": "go"})
    world.start("more-00000009", capabilities=["go"])
    assert world.tell(ME, "decline", A).reason == "forbidden"
    assert world.tell(OTHER, "decline", A).accepted
    assert world.next(OTHER) == "empty"
    assert world.tell(OTHER, "take", A).accepted
    assert world.tell(OTHER, "decline", A).accepted
    assert world.next("more-00000009") == A
    assert world.tell(OTHER, "decline", A).reason == "held"


def test_each_decline_has_its_time(world: Tasks) -> None:
    """Of a task that nobody held as of one that was held; saying it again changes nothing of the first time."""
    world.add(A, to={"can": "go"})
    world.start("more-00000009", capabilities=["go"])
    times = []
    for who in (OTHER, OTHER, "more-00000009"):
        world.time += 60
        assert world.tell(who, "decline", A).accepted
        times.append(world.time)
    first, _, last = times
    task = world.task(A)
    assert (task.first_declined, task.first_given) == (first, 0)
    assert [(item["session"], item["attempt"], item["how"], item["time"]) for item in task.past] == [
        (OTHER, 0, "declined", first),
        ("more-00000009", 0, "declined", last),
    ]
    world.add(B, to={"session": OTHER})
    assert world.tell(OTHER, "take", B).accepted
    assert world.tell(OTHER, "decline", B).accepted
    assert [(item["attempt"], item["how"]) for item in world.task(B).past] == [(1, "declined")]


def test_task_that_its_only_addressee_declines_has_failed(world: Tasks) -> None:
    """Nobody else could do it, so whoever asked learns at once."""
    world.add(A, to={"session": OTHER})
    world.add(B, after_any=[A])
    assert world.tell(OTHER, "decline", A, why="no time").detail == {"status": "failed"}
    assert world.task(A).error == f"declined by {OTHER}: no time"
    assert world.task(B).status == "ready"


def test_request_that_was_handed_over_goes_back_when_it_is_declined(world: Tasks) -> None:
    """Who got it from its addressee does not end it by not wanting it: it is the addressee's again."""
    world.add(A, to={"session": OTHER})
    world.tell(OTHER, "take", A)
    wanted = {"from": OTHER, "to": "", "until": START + 60, "tasks": [A], "claims": []}
    assert world.do(OTHER, "handoff-offer", wanted, claim=C).accepted
    assert world.do(ME, "handoff-accept", {"offer": C}).accepted
    assert world.tell(ME, "decline", A, why="no time").accepted
    assert world.task(A).status == "ready"
    assert world.tell(OTHER, "take", A).accepted


def test_deadline_passes_over_a_task(world: Tasks) -> None:
    """A task past its deadline is not given, and can be ended on that evidence by whoever finds it."""
    world.add(A, deadline=START + 10)
    world.add(B, after_any=[A])
    world.time += 11
    assert world.next(OTHER) == "empty"
    assert world.tell(OTHER, "take", A).reason == "late"
    assert world.again(THIRD, A, "deadline").reason == "not_gone"
    assert world.again(OTHER, A, "deadline").detail == {"again": [], "failed": [A]}
    assert world.task(A).error == "its deadline passed"
    assert world.next(OTHER) == B


def test_keep_gives_back_what_the_hub_gave_instead(world: Tasks) -> None:
    """Where the hub gave another task than the one that was worked on, that one goes back and the session is told."""
    asked = "1" * 32
    world.add(A)
    world.add(B)
    assert world.do(ME, "task-next", {}, claim=asked).detail["id"] == A
    assert world.tell(ME, "keep", A, next=asked).detail == {}
    assert world.tell(ME, "keep", B, next=asked).detail == {"lost": B, "returned": [A]}
    assert world.task(A).status == "ready"
    assert [(item["task"], item["how"]) for _, item in notice.to(world.state, SessionId(ME))] == [(B, "elsewhere")]


def test_child_session_may_take_what_its_parent_claims(world: Tasks) -> None:
    """A claim of an ancestor is not in the way of a task's scopes."""
    world.start(PARENT)
    world.start(CHILD, parent=PARENT)
    world.claim(PARENT, "e" * 32, SRC)
    world.add(A, scopes=[SRC])
    assert [world.next(OTHER), world.next(CHILD)] == ["empty", A]


TITLES: list[object] = ["", " ", "x\ny", "x" * (limits.TITLE + 1), 7, None, ["x"], "\ud800"]
DEEP = "[" * 40 + "]" * 40
ADDED: dict[str, list[object]] = {
    "priority": ["urgent", 1, "", None],
    "to": ["me", [], {}, {"all": ""}, {"role": ""}, {"role": "a", "can": "b"}, {"session": ME, "role": "x"}],
    "needs": ["go", [1], ["x" * 1001], ["x"] * 1001],
    "after": [["../x"], "a" * 32, [A] * 1001],
    "after_any": [["../x"], "a" * 32, [A] * 1001],
    "parent": ["../../meta.json", "A" * 32, 5],
    "scopes": [[{"file": "../x"}], [SRC] * 501, {"file": "x"}, [7]],
    "timeout": [-1, 1.5, True, limits.LENGTH + 1, 1 << 60],
    "deadline": [-1, 1 << 41, "now"],
    "not_before": [-1, 1 << 41, "now"],
    "attempts": [0, 1001, "3"],
    "payload": ["{", DEEP, {"a": 1}, '{"a":1,"a":2}', "NaN", "1" * 21, '"\ud800"', f'"{"x" * (256 << 10)}"'],
    "asked": ["everything", 1],
    "about": ["HEAD", "--all", "abc"],
    "type": ["two words", "x" * 41, 7],
}
ODD: list[dict[str, object]] = [{}, {"id": 7}, {"id": "../x"}, {"id": "A" * 32}]
SAID: dict[str, list[dict[str, object]]] = {
    "next": [{"type": 7}, {"type": ["x"]}, {"type": "x" * 1001}],
    "take": ODD,
    "cancel": ODD,
    "decline": ODD,
    "update": [{"id": A, "progress": 101}, {"id": A, "progress": -1}, {"id": A, "waiting": 1}, {"id": A, "grant": []}],
    "done": [{"id": A, "result": "{"}, {"id": A, "commit": "HEAD"}, {"id": A, "evidence": {}}, {"id": A, "result": 1}],
    "fail": [{"id": A}, {"id": A, "error": 1}, {"id": A, "error": "x", "final": "yes"}],
    "keep": [{"id": A}, {"id": A, "next": 1}],
    "again": [{}, {"tasks": []}, {"tasks": [A]}, {"tasks": [{"id": A, "evidence": "override"}]}],
}
HOSTILE: list[tuple[str, dict[str, object]]] = [
    ("add", {}),
    *(("add", {"title": title}) for title in TITLES),
    *(("add", {"title": "x", key: value}) for key, values in ADDED.items() for value in values),
    *((kind, data) for kind, payloads in SAID.items() for data in payloads),
    ("again", {"tasks": [{"id": "/", "evidence": "lease"}]}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "data"), HOSTILE, ids=lambda value: json.dumps(value)[:60])
def test_hostile_payload_is_malformed_and_changes_nothing(world: Tasks, kind: str, data: dict[str, Any]) -> None:
    """Whatever a payload holds, the answer is `malformed`, and no task, claim or index entry is another one."""
    world.add(A)
    world.next(ME)
    before = {path: content for path, content in world.files().items() if not path.endswith(".json") or "/all/" in path}
    assert world.do(ME, f"task-{kind}", data).reason == "malformed"
    after = {path: content for path, content in world.files().items() if not path.endswith(".json") or "/all/" in path}
    assert after == before


def test_event_id_of_another_task_is_malformed(world: Tasks) -> None:
    """Nobody replaces a task by adding one under its id."""
    world.add(A)
    assert world.do(OTHER, "task-add", {"title": "mine"}, claim=A).reason == "malformed"
    assert world.task(A).by == ME


def test_huge_payload_is_malformed(world: Tasks) -> None:
    """A body beyond the limit is refused, one of exactly the limit is kept."""
    assert world.do(ME, "task-add", {"title": "x"}, why="x" * (limits.TASK_TEXT_BYTES + 1)).reason == "malformed"
    world.do(ME, "task-add", {"title": "x"}, claim=A, why="y" * limits.TASK_TEXT_BYTES)
    assert len(record.text(world.state, A, "body")) == limits.TASK_TEXT_BYTES
