"""Tasks in any order against a model: a list of plain records, searched from end to end."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.torture import every

from domain.world import World
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.policy import lease

SESSIONS = [f"one-0000000{at}" for at in range(4)]
CAN = {SESSIONS[0]: ["a"], SESSIONS[1]: ["a", "b"], SESSIONS[2]: [], SESSIONS[3]: ["b"]}
CLONE = {SESSIONS[0]: "here", SESSIONS[1]: "here", SESSIONS[2]: "here", SESSIONS[3]: "there"}
who = st.sampled_from(SESSIONS)
pick = st.integers(0, 30)


@dataclass
class Known:
    """A task as the model knows it."""

    id: str
    priority: int
    needs: list[str]
    to: str
    after: list[str]
    after_any: list[str]
    parent: str
    scope: str
    attempts: int
    timeout: int
    deadline: int
    start: int
    status: str = "open"
    holder: str = ""
    failures: int = 0
    given: int = 0
    declined: set[str] = field(default_factory=set)


class Tasks(RuleBasedStateMachine):
    """What sessions do with tasks, each verdict compared with the model's."""

    @initialize()
    def open(self) -> None:
        """Four sessions, one of them in another clone."""
        self.home = Path(tempfile.mkdtemp(prefix="gitcoord-tasks-"))
        self.world = World(self.home)
        self.tasks: list[Known] = []
        self.living = set(SESSIONS)
        self.token = 0
        for name in SESSIONS:
            self.world.start(name, clone=CLONE[name], capabilities=CAN[name], lease=20 * 24 * 3600)

    def teardown(self) -> None:
        """Throw it away."""
        if hasattr(self, "home"):
            shutil.rmtree(self.home)

    def found(self, name: str) -> Known:
        """A task by its id."""
        return next(task for task in self.tasks if task.id == name)

    def chosen(self, at: int) -> Known | None:
        """One of the tasks."""
        return self.tasks[at % len(self.tasks)] if self.tasks else None

    def holds_back(self, task: Known) -> bool:
        """Whether something that a task depends on is not over as it must be."""
        return (
            any(self.found(name).status != "completed" for name in task.after)
            or any(self.found(name).status == "open" for name in task.after_any)
            or any(child.status == "open" for child in self.tasks if child.parent == task.id)
        )

    def is_ready(self, task: Known) -> bool:
        """Whether a task can be given to somebody."""
        return (
            task.status == "open"
            and not task.holder
            and not self.holds_back(task)
            and task.start <= self.world.time
            and not (task.deadline and self.world.time > task.deadline)
        )

    def suits(self, task: Known, me: str) -> bool:
        """Whether a session may be given a task, and its scope is free."""
        taken = {other.scope for other in self.tasks if other.holder and other.holder != me and other.scope}
        return (not task.to or task.to == me) and set(task.needs) <= set(CAN[me]) and task.scope not in taken

    def gives(self, task: Known, me: str, detail: dict[str, object]) -> None:
        """A session holds a task from now on, under a token that is higher than any before."""
        token = detail["token"]
        assert detail["id"] == task.id
        assert isinstance(token, int)
        assert token > self.token
        self.token, task.holder, task.given = token, me, self.world.time

    def fails(self, task: Known, *, pause: bool) -> None:
        """An attempt is over."""
        task.failures += 1
        task.holder = ""
        if task.failures >= task.attempts:
            task.status = "failed"
        elif pause:
            task.start = self.world.time + 2 ** (task.failures - 1)

    @rule(me=who, shape=st.integers(0, 1 << 32))
    def add(self, me: str, shape: int) -> None:
        """A task is added, unless its parent is over or would wait for itself."""
        if me not in self.living or len(self.tasks) > 25:
            return
        draw = Random(shape)  # hypothesis itself would make most tasks depend on each other, and none ready
        priority, needs = draw.randrange(4), draw.choice([[], [], ["a"], ["b"]])
        to, scope = draw.choice(["", "", "", me, draw.choice(SESSIONS)]), draw.choice(["", "", "x", "y"])
        attempts, timeout = draw.randint(1, 3), draw.choice([0, 0, 30])
        deadline, later = draw.choice([0, 0, 0, 60]), draw.choice([0, 0, 0, 20])
        edges, loose = ([draw.randrange(30) for _ in range(draw.choice([0, 0, 0, 1, 2]))] for _ in range(2))
        parent = draw.choice([None, None, draw.randrange(30)])
        after = list(dict.fromkeys(task.id for at in edges if (task := self.chosen(at))))
        loose_ids = list(dict.fromkeys(task.id for at in loose if (task := self.chosen(at)) and task.id not in after))
        above = self.chosen(parent) if parent is not None else None
        now = self.world.time
        new = Known(
            f"{len(self.tasks) + 1:032x}", priority, needs, to, after, loose_ids, above.id if above else "", scope,
            attempts, timeout, now + deadline if deadline else 0, now + later if later else 0,
        )  # fmt: skip
        data = {
            "title": "t",
            "priority": record.PRIORITIES[priority],
            "needs": needs,
            "after": after,
            "after_any": loose_ids,
            "attempts": attempts,
            "timeout": timeout,
            "not_before": new.start,
        }
        data |= {"to": {"session": to}} if to else {}
        data |= {"parent": new.parent} if above else {}
        data |= {"deadline": new.deadline} if deadline else {}
        data |= {"scopes": [{"name": f"slot:{scope}"}]} if scope else {}
        verdict = self.world.do(me, "task-add", data, claim=new.id)
        if above is not None and above.status != "open":
            assert verdict.reason == "ended"
        elif above is not None and self.reaches([*after, *loose_ids], above.id):
            assert verdict.reason == "circle"
        else:
            assert verdict.accepted, verdict
            self.tasks.append(new)

    def reaches(self, names: list[str], goal: str) -> bool:
        """Whether one of these tasks waits for the goal, or is it."""
        for name in names:
            task = self.found(name)
            if name == goal:
                return True
            inner = [child.id for child in self.tasks if child.parent == name]
            if task.status == "open" and self.reaches([*task.after, *task.after_any, *inner], goal):
                return True
        return False

    @rule(me=who)
    def next(self, me: str) -> None:
        """The best ready task that suits is given; otherwise none."""
        if me not in self.living:
            return
        fits = [task for task in self.tasks if self.is_ready(task) and self.suits(task, me) and me not in task.declined]
        verdict = self.world.do(me, "task-next", {})
        if not fits:
            assert verdict.reason == "empty"
            return
        assert verdict.accepted, (verdict, fits)
        self.gives(max(fits, key=lambda task: (task.priority, -self.tasks.index(task))), me, verdict.detail)

    @rule(me=who, at=pick)
    def take(self, me: str, at: int) -> None:
        """One task is taken by name, where it is ready and suits."""
        task = self.chosen(at)
        if me not in self.living or task is None:
            return
        mine = task.holder == me
        verdict = self.world.do(me, "task-take", {"id": task.id})
        assert verdict.accepted == (mine or (self.is_ready(task) and self.suits(task, me))), verdict
        if verdict.accepted and not mine:
            self.gives(task, me, verdict.detail)

    @rule(
        me=who, at=pick, kind=st.sampled_from(["done", "done", "done", "fail", "final", "return", "update", "waiting"])
    )
    def tell(self, me: str, at: int, kind: str) -> None:
        """Whoever holds a task says what becomes of it; anybody else is refused."""
        held = [task for task in self.tasks if task.holder == me]
        task = held[at % len(held)] if held and at < 25 else self.chosen(at)
        if me not in self.living or task is None:
            return
        more: dict[str, object] = {"error": "e", "final": kind == "final"} if kind in ("fail", "final") else {}
        more |= {"waiting": "answer"} if kind == "waiting" else {}
        word = {"final": "fail", "waiting": "update"}.get(kind, kind)
        verdict = self.world.do(me, f"task-{word}", {"id": task.id, **more})
        children = any(child.status == "open" for child in self.tasks if child.parent == task.id)
        assert verdict.accepted == (task.holder == me and not (kind == "done" and children)), verdict
        if not verdict.accepted:
            return
        if kind == "done":
            task.status, task.holder = "completed", ""
        elif kind == "final":
            task.status, task.holder = "failed", ""
        elif kind == "fail":
            self.fails(task, pause=True)
        elif kind == "return":
            task.holder = ""

    @rule(me=who, at=pick, kind=st.sampled_from(["cancel", "decline"]))
    def refuse(self, me: str, at: int, kind: str) -> None:
        """Anybody cancels; whom it is for declines, and where it was for nobody else the task has failed."""
        task = self.chosen(at)
        if me not in self.living or task is None:
            return
        verdict = self.world.do(me, f"task-{kind}", {"id": task.id})
        if kind == "cancel":
            assert verdict.accepted == (task.status == "open")
            task.status, task.holder = ("cancelled", "") if verdict.accepted else (task.status, task.holder)
            return
        allowed = task.holder in ("", me) and (task.holder == me or task.to in ("", me))
        assert verdict.accepted == (task.status == "open" and allowed)
        if verdict.accepted:
            task.declined.add(me)
            task.holder = ""
            task.status = "failed" if task.to else task.status

    @rule(me=who, at=pick, evidence=st.sampled_from(["process", "timeout", "deadline"]))
    def again(self, me: str, at: int, evidence: str) -> None:
        """A task is offered again, or ended, only where the evidence is true."""
        task = self.chosen(at)
        if me not in self.living or task is None:
            return
        verdict = self.world.do(me, "task-again", {"tasks": [{"id": task.id, "evidence": evidence}]})
        found = record.read(self.world.state, task.id)
        assert found is not None
        if verdict.accepted and evidence == "deadline":
            assert task.status == "open"
            assert 0 < task.deadline < self.world.time
            task.status, task.holder = "failed", ""
        elif verdict.accepted:
            assert task.holder
            assert evidence == "process" or self.world.time > task.given + task.timeout > task.given
            assert evidence == "timeout" or CLONE[task.holder] == CLONE[me]
            self.fails(task, pause=evidence == "timeout")

    @rule(me=who, how=st.sampled_from(["end", "retire"]))
    def end(self, me: str, how: str) -> None:
        """A session ends, or is retired: what it held is offered again. Another of its name is never the same one."""
        others = sorted(self.living - {me})
        if me not in self.living or len(others) < 2:
            return
        if how == "end":
            assert self.world.do(me, "end").accepted
        else:
            by = next((name for name in others if CLONE[name] == CLONE[me]), "")
            if not by:
                return
            assert self.world.do(by, "retire", {"sessions": [{"id": me, "evidence": "process"}]}).accepted
        self.living.discard(me)
        for task in sorted((task for task in self.tasks if task.holder == me), key=lambda task: task.id):
            if how == "end":
                task.holder = ""
            else:
                self.fails(task, pause=False)

    @rule(seconds=st.sampled_from([1, 5, 31, lease.SKEW + 61]))
    def pass_by(self, seconds: int) -> None:
        """Time passes."""
        self.world.time += seconds

    @invariant()
    def state_is_what_the_model_says(self) -> None:
        """Status and holder of each task; every session's list, its claims and the index are those of the tasks."""
        if not hasattr(self, "world"):
            return
        state = self.world.state
        index = set()
        for known in self.tasks:
            task = record.read(state, known.id)
            assert task is not None
            assert task.holder == known.holder, known
            assert (task.status if not task.is_open else "open") == known.status, known
            assert task.failures == known.failures or not task.is_open
            assert not task.is_open or bool(task.left or task.children) == self.holds_back(known), (task, known)
            index |= set(record.index_of(task))
        stored = {path for path in state.walk("tasks") if not path.startswith("tasks/all/")}
        stored |= {path for path in state.walk("sessions/live") if "/tasks/" in path}
        assert stored == index
        for name in session.live_ids(state):
            held = sorted(task.scope for task in self.tasks if task.holder == name and task.scope)
            assert sorted(scope.text[-1] for item in claim.of(state, name) for scope in item.scopes) == held


Tasks.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestTasks = Tasks.TestCase


@pytest.mark.parametrize("seed", every(3, range(30)))
def test_a_long_walk_stays_with_the_model(seed: int) -> None:
    """The same steps, drawn so that most of them succeed: hypothesis likes small numbers, and small worlds."""
    draw, machine = Random(seed), Tasks()
    machine.open()
    steps = {
        "add": lambda: machine.add(draw.choice(SESSIONS), draw.randrange(1 << 32)),
        "next": lambda: machine.next(draw.choice(SESSIONS)),
        "take": lambda: machine.take(draw.choice(SESSIONS), draw.randrange(30)),
        "tell": lambda: machine.tell(
            draw.choice(SESSIONS),
            draw.randrange(30),
            draw.choice(["done", "done", "done", "fail", "final", "return", "update", "waiting"]),
        ),
        "refuse": lambda: machine.refuse(
            draw.choice(SESSIONS), draw.randrange(30), draw.choice(["cancel", "decline", "decline"])
        ),
        "again": lambda: machine.again(
            draw.choice(SESSIONS), draw.randrange(30), draw.choice(["process", "timeout", "deadline"])
        ),
        "end": lambda: machine.end(draw.choice(SESSIONS), draw.choice(["end", "retire"])),
        "pass_by": lambda: machine.pass_by(draw.choice([1, 5, 31, 200])),
    }
    likely = {"add": 10, "next": 10, "tell": 12, "take": 4, "again": 3, "pass_by": 3, "refuse": 2, "end": 0.1}
    try:
        for name in draw.choices(list(likely), list(likely.values()), k=150):
            steps[name]()
            machine.state_is_what_the_model_says()
    finally:
        machine.teardown()
