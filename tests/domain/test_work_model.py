"""Tasks, claims, handoffs and shared state together, in any order, against a model of plain dictionaries.

The model knows who holds what, and says beforehand whether an operation is accepted; after each one everything that
changed hands, or did not, is compared. `tests/domain/task/test_model.py` has the life of tasks by itself.
"""

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
from support.torture import TIMES

from domain.world import World
from gitcoord.domain.claim import record as claims
from gitcoord.domain.handoff import record as handoffs
from gitcoord.domain.session import record as sessions
from gitcoord.domain.state import record as shared
from gitcoord.domain.task import record as tasks
from gitcoord.policy import lease
from gitcoord.policy.ids import SessionId

SLOTS = ("a", "b", "c", "d", "e")
KEYS = ("x", "y")
WHERE = (("here", "ann"), ("here", "ann"), ("here", "bob"), ("there", "ann"))
"""Clone and user of each of the four sessions that live at once."""

place = st.integers(0, 3)
pick = st.integers(0, 20)


@dataclass
class Session:
    """A session as the model knows it."""

    id: str
    name: str
    clone: str
    user: str
    last: int = 0


@dataclass
class Task:
    """A task: its scope, and who holds it by which operation."""

    id: str
    slot: str
    status: str = "open"
    holder: str = ""
    grant: str = ""
    token: int = 0


@dataclass
class Offer:
    """An offer: what of whom, to whom, until when."""

    id: str
    giver: str
    by: str
    to: Session | None
    until: int
    tasks: list[str]
    claims: dict[str, set[str]]
    status: str = "open"


@dataclass
class Held:
    """A claim of a session."""

    slots: set[str]
    token: int


@dataclass
class Shared:
    """A scope of shared state: every version, and what stands: key -> (value, write)."""

    versions: list[tuple[str, dict[str, tuple[str, str]]]] = field(default_factory=list)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    removed: str = ""


class Work(RuleBasedStateMachine):
    """What sessions do with work, each verdict compared with the model's."""

    @initialize()
    def open(self) -> None:
        """Four sessions, one of them in another clone."""
        self.home = Path(tempfile.mkdtemp(prefix="gitcoord-work-"))
        self.world = World(self.home)
        self.count = 0
        self.places: list[Session] = []
        self.living: dict[str, Session] = {}
        self.tasks: dict[str, Task] = {}
        self.held: dict[tuple[str, str], Held] = {}
        self.offers: list[Offer] = []
        self.shared = Shared()
        for at in range(4):
            self.places.append(self.begin(at))

    def teardown(self) -> None:
        """Throw it away."""
        if hasattr(self, "home"):
            shutil.rmtree(self.home)

    def id(self) -> str:
        """An id of an operation."""
        self.count += 1
        return f"{self.count:032x}"

    def begin(self, at: int) -> Session:
        """Start a session at a place, under the name of the one that was there."""
        clone, user = WHERE[at]
        new = Session(f"s{at}-{int(self.id(), 16):08x}", f"s{at}", clone, user)
        assert self.do(new, "register", {"clone": clone, "user": user, "name": new.name}, ok=True)
        self.living[new.id] = new
        return new

    def do(self, me: Session, kind: str, data: dict[str, object], *, ok: bool, name: str = "") -> bool:
        """Fold an operation, which is accepted or not as the model says."""
        verdict = self.world.do(me.id, kind, data, claim=name or self.id())
        assert verdict.accepted == ok, (kind, data, verdict)
        me.last = self.world.time
        return ok

    @property
    def number(self) -> int:
        """The number of the last operation."""
        return int((self.world.state.json("meta.json") or {})["operations"])

    def mine(self, me: str) -> dict[str, set[str]]:
        """The claims of a session."""
        return {name: set(held.slots) for (who, name), held in self.held.items() if who == me}

    def is_free(self, slot: str, me: str) -> bool:
        """Whether nobody but a session holds a slot."""
        return not any(slot in held.slots for (who, _), held in self.held.items() if who != me)

    def put(self, me: str, name: str, slots: set[str]) -> None:
        """A session holds these slots under a claim, beside what it has of it, by the last operation."""
        if slots:
            before = self.held.get((me, name))
            self.held[me, name] = Held(slots | (before.slots if before else set()), self.number)

    def without(self, who: str, name: str, slots: set[str]) -> None:
        """A session holds these slots of a claim no more."""
        held = self.held.get((who, name))
        if held is not None:
            held.slots = held.slots - slots
            if not held.slots:
                del self.held[who, name]

    def give(self, me: str, task: Task, grant: str) -> None:
        """A session is given a task that nobody held."""
        task.holder, task.grant, task.token = me, grant, self.number
        self.put(me, grant, {task.slot} if task.slot else set())

    def free(self, task: Task, status: str = "open") -> None:
        """Nobody holds a task any longer."""
        self.held.pop((task.holder, task.grant), None)
        task.holder, task.grant, task.status = "", "", status

    @rule(me=place, slot=st.sampled_from(["", "", *SLOTS]))
    def add(self, me: int, slot: str) -> None:
        """A task is added."""
        name, scopes = self.id(), [{"name": f"slot:{slot}"}]
        data: dict[str, object] = {"title": "t", "attempts": 100, **({"scopes": scopes} if slot else {})}
        self.do(self.places[me], "task-add", data, ok=True, name=name)
        self.tasks[name] = Task(name, slot)

    @rule(me=place)
    def next(self, me: int) -> None:
        """The eldest task that is free is given, with its scope."""
        who = self.places[me]
        fits = [task for task in self.tasks.values() if self.is_offered(task) and self.is_free(task.slot, who.id)]
        name = self.id()
        if self.do(who, "task-next", {}, ok=bool(fits), name=name):
            self.give(who.id, fits[0], name)

    @staticmethod
    def is_offered(task: Task) -> bool:
        """Whether a task is to be had."""
        return task.status == "open" and not task.holder

    @rule(me=place, at=pick, kind=st.sampled_from(["done", "return"]))
    def tell(self, me: int, at: int, kind: str) -> None:
        """Whoever holds a task completes it or gives it back; anybody else is refused."""
        who = self.places[me]
        mine = [task for task in self.tasks.values() if task.holder == who.id]
        row = mine if mine and at < 15 else list(self.tasks.values())
        if row:
            task = row[at % len(row)]
            if self.do(who, f"task-{kind}", {"id": task.id}, ok=task.holder == who.id):
                self.free(task, "completed" if kind == "done" else "open")

    @rule(me=place, slots=st.sets(st.sampled_from(SLOTS), min_size=1, max_size=2))
    def claim(self, me: int, slots: set[str]) -> None:
        """All that is claimed is free, or nothing is given."""
        who, name = self.places[me], self.id()
        if any(slot in held for held in self.mine(who.id).values() for slot in slots):
            return
        data: dict[str, object] = {"scopes": [{"name": f"slot:{slot}"} for slot in sorted(slots)]}
        if self.do(who, "claim", data, ok=all(self.is_free(slot, who.id) for slot in slots), name=name):
            self.put(who.id, name, slots)

    @rule(me=place, at=pick)
    def release(self, me: int, at: int) -> None:
        """A session gives up one of its claims."""
        who, mine = self.places[me], sorted(self.mine(self.places[me].id).items())
        if mine:
            name, slots = mine[at % len(mine)]
            scopes = [{"name": f"slot:{slot}"} for slot in sorted(slots)]
            self.do(who, "release", {"claims": [{"id": name, "scopes": scopes}]}, ok=True)
            self.without(who.id, name, slots)

    @rule(me=place, to=st.sampled_from([-1, 0, 1, 2, 3]), by=place, shape=st.integers(0, 1 << 16))
    def offer(self, me: int, to: int, by: int, shape: int) -> None:
        """Some of what a session holds is offered, by itself or by another one of its clone."""
        draw, giver, maker = Random(shape), self.places[me], self.places[by if shape % 4 == 0 else me]
        given = [task.id for task in self.tasks.values() if task.holder == giver.id and draw.random() < 0.8]
        parts = {name: slots for name, slots in self.mine(giver.id).items() if draw.random() < 0.8}
        parts = {name: {draw.choice(sorted(slots))} if draw.random() < 0.3 else slots for name, slots in parts.items()}
        target = self.places[to] if to >= 0 else None
        until, name = self.world.time + draw.choice([5, 100, 1000]), self.id()
        data = {
            "from": giver.id, "to": target.id if target else "", "to_name": target.name if target else "",
            "until": until, "tasks": given, "claims": named(parts),
        }  # fmt: skip
        ok = giver.clone == maker.clone and target is not giver
        if self.do(maker, "handoff-offer", data, ok=ok, name=name):
            self.expire()
            self.offers.append(Offer(name, giver.id, maker.id, target, until, given, parts))

    def is_for(self, offer: Offer, me: Session) -> bool:
        """Whether a session may accept an offer: it is named, or bears the name of one that is over."""
        if me.id == offer.giver or offer.to is None:
            return me.id != offer.giver
        return offer.to is me or (offer.to.id not in self.living and offer.to.name == me.name)

    def expire(self) -> None:
        """Offers whose time is over end with the next offer or accept."""
        for offer in self.offers:
            if offer.status == "open" and self.world.time > offer.until:
                offer.status = "expired"

    def is_open(self, offer: Offer) -> bool:
        """Whether an offer stands, and its time is not over."""
        return offer.status == "open" and self.world.time <= offer.until

    @rule(me=place, at=pick)
    def accept(self, me: int, at: int) -> None:
        """All of an offer moves, or nothing: also where its giver is over, or gave some of it away meanwhile."""
        if not self.offers:
            return
        who, offer = self.places[me], self.offers[-1 - at % min(4, len(self.offers))]
        ok = self.is_open(offer) and self.is_for(offer, who) and self.moves(offer.giver, offer.claims, offer.tasks, who)
        name = self.id()
        if self.do(who, "handoff-accept", {"offer": offer.id}, ok=ok, name=name):
            offer.status = "accepted"
            self.expire()
            self.move(offer.giver, offer.claims, offer.tasks, who.id, name)

    def moves(self, giver: str, parts: dict[str, set[str]], names: list[str], me: Session) -> bool:
        """Whether all of this can move: its giver has it; of one that is over it is free."""
        alive, given = giver in self.living, [self.tasks[name] for name in names]
        if any(task.status != "open" or task.holder != (giver if alive else "") for task in given):
            return False
        if alive:
            mine = self.mine(giver)
            going = {task.grant: mine.get(task.grant, set()) for task in given}
            going |= {name: slots | going.get(name, set()) for name, slots in parts.items()}
            kept = set().union(*(slots - going.get(name, set()) for name, slots in mine.items()))
            return all(slots <= mine.get(name, set()) for name, slots in going.items()) and not kept & set().union(
                *going.values()
            )
        wanted = set().union(*parts.values(), {task.slot for task in given})
        return all(self.is_free(slot, me.id) for slot in wanted)

    def move(self, giver: str, parts: dict[str, set[str]], names: list[str], me: str, operation: str) -> None:
        """All of this is another session's from now on."""
        for name, slots in parts.items():
            self.without(giver, name, slots)
            self.put(me, name, slots)
        for task in (self.tasks[name] for name in names):
            if not task.holder:
                self.give(me, task, f"{int(operation, 16) + int(task.id, 16):032x}")
                continue
            bound = self.held.pop((giver, task.grant), None)
            if bound is not None:
                self.put(me, task.grant, bound.slots)
            task.holder, task.token = me, self.number

    @rule(me=place, at=pick)
    def decline(self, me: int, at: int) -> None:
        """An offer ends: its giver and its maker take it back, whom it names declines it; nothing changes hands."""
        if not self.offers:
            return
        who, offer = self.places[me], self.offers[-1 - at % min(4, len(self.offers))]
        back = who.id in (offer.giver, offer.by)
        ok = self.is_open(offer) and (back or (self.is_for(offer, who) and offer.to is not None))
        if self.do(who, "handoff-decline", {"offer": offer.id}, ok=ok):
            offer.status = "withdrawn" if back else "declined"

    @rule(me=place, whom=place, evidence=st.sampled_from(["own", "own", "process", "lease"]), old=st.booleans())
    def adopt(self, me: int, whom: int, evidence: str, *, old: bool) -> None:
        """The work of a session moves on true evidence; where what is named is not its own any more, nothing does."""
        who, victim = self.places[me], self.places[whom]
        if who is victim:
            return
        parts = self.mine(victim.id)
        names = [task.id for task in self.tasks.values() if task.holder == victim.id]
        if old and parts:
            self.release(whom, 0)
        near = who.clone == victim.clone
        gone = self.world.time > victim.last + lease.LEASE + (0 if near else lease.SKEW)
        true = {"own": near and who.user == victim.user, "process": near, "lease": gone}[evidence]
        data: dict[str, object] = {"session": victim.id, "evidence": evidence, "claims": named(parts), "tasks": names}
        name = self.id()
        if not self.do(who, "adopt", data, ok=true and self.moves(victim.id, parts, names, who), name=name):
            return
        self.move(victim.id, parts, names, who.id, name)
        for offer in self.offers:
            if offer.giver == victim.id and offer.status == "open":
                offer.status = "withdrawn"
        if evidence != "own":
            self.over(whom)

    def over(self, at: int) -> None:
        """A session is over: what it held is free, and another one begins in its place."""
        gone = self.places[at]
        del self.living[gone.id]
        for task in self.tasks.values():
            if task.holder == gone.id:
                self.free(task)
        self.held = {key: held for key, held in self.held.items() if key[0] != gone.id}
        self.places[at] = self.begin(at)

    @rule(me=place)
    def end(self, me: int) -> None:
        """A session ends; its offers stand."""
        self.do(self.places[me], "end", {}, ok=True)
        self.over(me)

    @rule(me=place, key=st.sampled_from(KEYS), value=pick, back=st.sampled_from([0, 0, 0, 1, 2]), gone=st.booleans())
    def write(self, me: int, key: str, value: int, back: int, *, gone: bool) -> None:
        """A key is set or removed under the write that was seen of it: refused where another one stands."""
        then = self.shared.versions[-back][1] if 0 < back <= len(self.shared.versions) else self.shared.keys
        seen = then[key][1] if key in then else self.shared.removed
        stands = self.shared.keys[key][1] if key in self.shared.keys else self.shared.removed
        gone = gone and key in self.shared.keys
        change = {"op": "remove" if gone else "set", "key": key, "saw": seen, **({} if gone else {"value": str(value)})}
        name = self.id()
        if self.do(self.places[me], "state", {"scope": "s", "changes": [change]}, ok=seen == stands, name=name):
            self.shared.keys = {**self.shared.keys, key: (str(value), name)}
            if gone:
                del self.shared.keys[key]
                self.shared.removed = name
            self.shared.versions.append((name, self.shared.keys))

    @rule(me=place, at=pick, stale=st.sampled_from([False, False, True]))
    def roll_back(self, me: int, at: int, *, stale: bool) -> None:
        """The keys are those of an earlier version, in a new one; not where somebody wrote since."""
        if len(self.shared.versions) < 2:
            return
        number, name = at % len(self.shared.versions) + 1, self.id()
        write, keys = self.shared.versions[number - 1]
        saw = self.shared.versions[-2 if stale else -1][0]
        data: dict[str, object] = {"scope": "s", "version": number, "write": write, "saw": saw}
        if self.do(self.places[me], "state-rollback", data, ok=not stale, name=name):
            self.shared.keys, self.shared.removed = keys, name
            self.shared.versions.append((name, keys))

    @rule(seconds=st.sampled_from([1, 6, 200, lease.LEASE + lease.SKEW + 1]))
    def pass_by(self, seconds: int) -> None:
        """Time passes."""
        self.world.time += seconds

    @invariant()
    def everything_is_where_the_model_has_it(self) -> None:
        """Claims and tasks with holder and token, offers with what became of them, shared values in each version."""
        if not hasattr(self, "world"):
            return
        state = self.world.state
        assert set(sessions.live_ids(state)) == set(self.living)
        held = {
            (who, item.id): Held({scope.text.partition(":")[2] for scope in item.scopes}, item.token)
            for who in self.living
            for item in claims.of(state, SessionId(who))
        }
        assert held == self.held
        for task in self.tasks.values():
            real = tasks.read(state, task.id)
            assert real is not None
            assert (real.is_open, real.holder, real.grant) == (task.status == "open", task.holder, task.grant), task
            assert not task.holder or real.token == task.token
        for offer in self.offers:
            known = handoffs.read(state, offer.id)
            assert known is not None
            assert known.status == offer.status, offer
        self.shared_is_right()

    def shared_is_right(self) -> None:
        """The version counts the writes, and the last and some earlier version have their values."""
        state, versions = self.world.state, self.shared.versions
        scope = shared.read_scope(state, "s") or shared.Scope()
        assert scope.version == len(versions)
        for key in KEYS:
            now = shared.read(state, "s", key)
            assert (now and (now.text, now.write)) == self.shared.keys.get(key)
            for number in {1, len(versions) // 2, len(versions) - 1} & set(range(1, len(versions))):
                then = shared.read_at(state, "s", number, key)
                assert (then and (then.text, then.write)) == versions[number - 1][1].get(key)


def named(parts: dict[str, set[str]]) -> list[dict[str, object]]:
    """Claims as a payload names them."""
    return [
        {"id": name, "scopes": [{"name": f"slot:{slot}"} for slot in sorted(slots)]} for name, slots in parts.items()
    ]


Work.TestCase.settings = settings(
    max_examples=15 if TIMES == 1 else 300,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestWork = Work.TestCase

LIKELY = {"add": 7, "next": 10, "tell": 4, "claim": 5, "release": 2, "offer": 9, "accept": 10, "decline": 2}
LIKELY |= {"adopt": 4, "end": 1, "write": 6, "roll_back": 2, "pass_by": 2}


@pytest.mark.parametrize("seed", range(8 if TIMES == 1 else 200))
def test_a_long_walk_stays_with_the_model(seed: int) -> None:
    """The same steps, drawn so that much is held when it is offered."""
    draw, machine = Random(seed), Work()
    machine.open()
    steps = {
        "add": lambda: machine.add(draw.randrange(4), draw.choice(["", *SLOTS])),
        "next": lambda: machine.next(draw.randrange(4)),
        "tell": lambda: machine.tell(draw.randrange(4), draw.randrange(20), draw.choice(["done", "return"])),
        "claim": lambda: machine.claim(draw.randrange(4), set(draw.sample(SLOTS, 2))),
        "release": lambda: machine.release(draw.randrange(4), draw.randrange(20)),
        "offer": lambda: machine.offer(
            draw.randrange(4), draw.randrange(-1, 4), draw.randrange(4), draw.randrange(1 << 16)
        ),
        "accept": lambda: machine.accept(draw.randrange(4), draw.randrange(20)),
        "decline": lambda: machine.decline(draw.randrange(4), draw.randrange(20)),
        "adopt": lambda: machine.adopt(
            draw.randrange(4), draw.randrange(4), draw.choice(["own", "process", "lease"]), old=draw.random() < 0.2
        ),
        "end": lambda: machine.end(draw.randrange(4)),
        "write": lambda: machine.write(
            draw.randrange(4), draw.choice(KEYS), draw.randrange(20), draw.choice([0, 1, 2]), gone=draw.random() < 0.2
        ),
        "roll_back": lambda: machine.roll_back(draw.randrange(4), draw.randrange(20), stale=draw.random() < 0.3),
        "pass_by": lambda: machine.pass_by(draw.choice([1, 6, 200, 2000])),
    }  # fmt: skip
    try:
        for name in draw.choices(list(LIKELY), list(LIKELY.values()), k=120):
            steps[name]()
            machine.everything_is_where_the_model_has_it()
    finally:
        machine.teardown()
