"""A storm: sessions of several clones, each in a process of its own, do at random what can be done, while the hub and
the way to it come and go and processes are killed. What they were told becomes a history (history.py).

Each client runs the real command line; so that there are many answers in few seconds, within its own process.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.programs import sealed

from gitcoord.domain.claim import record as claim
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.session import record as session
from gitcoord.domain.state import record as shared
from gitcoord.domain.task import record as tasks
from gitcoord.errors import Busy
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import Objects
from gitcoord.kernel.place import discover
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.store import open_store
from gitcoord.ledger import sequence
from gitcoord.ledger.fold import Verdict
from gitcoord.policy.ids import SessionId, StoreOid
from gitcoord.policy.scope import Scope

from . import history_work
from .conftest import joined, make_hub
from .history import Answer, Book, Operation, check
from .history_work import Deed, Workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.ledger.event import Event
    from gitcoord.ledger.state import State

    from .conftest import Clone, Hub

SCOPES = ("src", "src/a", "src/b", "doc/x", "doc/y")
VERBS = {"claim": 42, "release": 22, "insist": 5, "override": 4, "renew": 5, "sync": 4, "offline": 3}
VERBS |= {"task-add": 7, "task-next": 11, "task-over": 10, "count": 10, "damage": 2, "set-back": 2}
FIRST = ("task-add", "task-next", "task-done", "count")
"""The first steps of each client, so that there is something of everything in a short storm, too."""

LEAST = len(FIRST) + 6
"""Steps of each client, however late it begins."""

TRACKING = "refs/coord-remote/origin/ledger"
NOWHERE = "/nowhere/at/all"


def main() -> None:
    """Raise one storm, and check its history."""
    asked = argparse.ArgumentParser(description="a storm at the hub, and a check of its history")
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--seed", type=int, default=int(time.time()) % 10**8)
    asked.add_argument("--clones", type=int, default=4)
    asked.add_argument("--client", nargs=4, help=argparse.SUPPRESS)
    asked.add_argument("--until", type=float, default=0.0, help=argparse.SUPPRESS)
    said = asked.parse_args()
    if said.client:
        top, who, hub, record = said.client
        Client(top, who, hub, record, said.seed).run(said.until)
        return
    with tempfile.TemporaryDirectory() as base:
        raised = raise_storm(Path(base), said.seed, said.seconds, said.clones)
        print(raised)
    sys.exit(bool(raised.wrong))


# One client


class Screen(io.StringIO):
    """What is shown to a session: it is on record at once, even if the command is killed before it ends."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._record = write

    def write(self, text: str) -> int:
        """Show an answer."""
        self._record({"shown": json.loads(text)})
        return super().write(text)


class Client:
    """A session in its own process; what it asks and what it is told it writes down at once."""

    def __init__(self, top: str, who: str, hub: str, record: str, seed: int) -> None:
        self.top, self.who, self.hub = top, who, Path(hub)
        self.dice = random.Random(seed)
        self.record = Path(record).open("a", buffering=1)  # noqa: SIM115  for as long as the process
        self.away = Path(top, ".git", "coord", "hub-away")
        self.tasks: list[str] = []

    def run(self, until: float) -> None:
        """Work until the clock says so; on a busy machine at least some steps."""
        for step in itertools.count():
            if step >= LEAST and time.monotonic() >= until:
                break
            (verb,) = self.dice.choices(list(VERBS), list(VERBS.values())) if step >= len(FIRST) else (FIRST[step],)
            self.step(verb, self.dice.choice(SCOPES))
            if self.dice.random() < 0.3:
                self.away.unlink(missing_ok=True)  # the minute in which a hub is left alone is over

    def step(self, verb: str, scope: str) -> None:
        """One command."""
        if verb == "offline":
            self._offline(self.dice.random() < 0.4)
            return
        if verb in ("damage", "set-back"):
            self._damage() if verb == "damage" else self._set_back()
            return
        if verb in (*FIRST, "task-over"):
            self._count() if verb == "count" else self._work(verb)
            return
        words = {
            "claim": ["claim", scope],
            "insist": ["claim", scope, "--confirmed"],
            "override": ["claim", scope, "--override", "-m", "urgent"],
            "release": ["release", scope],
        }.get(verb, [verb])
        asks = "claim" if verb in ("insist", "override") else verb
        self.ask(asks, scope if asks in ("claim", "release") else "", *words)

    def _work(self, verb: str) -> None:
        """Add a task, take one, or complete or return one of those that this process was given."""
        if verb in ("task-over", "task-done") and self.tasks:
            task = self.tasks.pop(self.dice.randrange(len(self.tasks)))
            word = self.dice.choice(["done", "done", "done", "return"]) if verb == "task-over" else "done"
            self.ask(f"task-{word}", task, "task", word, task)
        elif verb == "task-next":
            said = self.ask("task-next", "", "task", "next")
            self.tasks += [said["id"]] if "id" in said else []
        else:
            self.ask("task-add", "", "task", "add", "work", "--attempts", "100")

    def _count(self) -> None:
        """Add one to a counter, if nobody did meanwhile."""
        seen = self.ask("state-get", "count", "state", "get", "storm", "count")
        value, version = int(seen.get("value", 0)) + 1, int(seen.get("version", 0))
        self.ask("state-set", "count", "state", "set", "storm", "count", str(value), "--if-version", str(version))

    def _damage(self) -> None:
        """Spoil a ref of the clone, as a power cut does, and do what the hint says."""
        place = discover(self.top, dict(os.environ))
        store = open_store(place)
        ref = self.dice.choice([LEDGER, log_ref(SessionId(self.who))])
        content = self.dice.choice([None, b"", b"\0" * 41, b"{garbage]\n"])
        with contextlib.suppress(Busy), store.write_lock():
            path = Path(place.store_dir, ref)
            path.unlink(missing_ok=True)
            if content is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        store.close()
        self.ask("init", "", "init", "--hooks", "none")

    def _set_back(self) -> None:
        """Let the ledger of the clone, or what it knows of the hub's, name something older; that is on record."""
        self._write(self._asked("set-back", ""))
        store = open_store(discover(self.top, dict(os.environ)))
        ref = self.dice.choice([LEDGER, TRACKING])
        older = f"{TRACKING}~{self.dice.choice((0, 1, 1, 3))}"
        with contextlib.suppress(Busy), store.write_lock():
            subprocess.run(["git", "-C", self.top, "update-ref", ref, older], check=False, capture_output=True)
        store.close()
        self._write({"status": 0, "said": {}, "hub": self.look(), "ended": time.monotonic()})

    def ask(self, verb: str, scope: str, *words: str) -> dict[str, Any]:
        """Run a command line; its beginning is on record before it begins."""
        from gitcoord.interfaces.cli import main as program

        self._write(self._asked(verb, scope))
        out = Screen(self._write)
        env = dict(os.environ) | {"GIT_COORD_SESSION": self.who}
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            status = program.run(["-C", self.top, *words, "--json"], env)
        said: dict[str, Any] = json.loads(out.getvalue())
        self._write({"status": status, "said": said, "hub": self.look(), "ended": time.monotonic()})
        return said

    def _asked(self, verb: str, scope: str) -> dict[str, Any]:
        return {"session": self.who, "verb": verb, "scope": scope, "begun": time.monotonic(), "hub": self.look()}

    def look(self) -> str:
        """The hub's ledger as it is at this moment, whoever reaches it."""
        for top in (self.hub, self.hub.with_suffix(".away")):
            with contextlib.suppress(OSError):
                return (top / "refs" / "coord" / "ledger").read_text().strip()
        return ""

    def _offline(self, offline: bool) -> None:
        url = NOWHERE if offline else str(self.hub)
        subprocess.run(["git", "-C", self.top, "config", "remote.origin.url", url], check=False, capture_output=True)

    def _write(self, facts: dict[str, Any]) -> None:
        self.record.write(json.dumps(facts) + "\n")


# The storm


@dataclass
class Raised:
    """A storm that is over."""

    seed: int
    answers: list[Answer]
    operations: int
    wrong: list[str]
    kinds: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        lines = [f"storm {self.seed}: {len(self.answers)} answers ({said}), {self.operations} operations"]
        return "\n".join([*lines, *(f"  => {sentence}" for sentence in self.wrong)])


class Storm:
    """Clones with two sessions each, their clients, and the hub."""

    def __init__(self, base: Path, seed: int, clones: int) -> None:
        self.base, self.dice = base, random.Random(seed)
        self.env = sealed(base / "home") | {"PYTHONWARNINGS": "ignore"}
        self.hub: Hub = make_hub(base, self.env)
        self.clones = [joined(base, f"clone{at}", self.env, str(self.hub.top)) for at in range(clones)]
        self.sessions: dict[str, Clone] = {}
        for at, clone in enumerate(self.clones):
            clone.git("config", "coord.syncEvery", "2s")
            clone.git("config", "coord.hubTimeout", "10")
            for name in (f"s{at}", f"t{at}")[: 1 + at % 2]:
                self.sessions[clone.start(name)] = clone
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def record(self, who: str) -> Path:
        """Where a client writes."""
        return self.base / f"{who}.history"

    def client(self, who: str, until: float) -> None:
        """Start the client of a session."""
        line = [str(self.sessions[who].top), who, str(self.hub.top), str(self.record(who))]
        seed, root = str(self.dice.randrange(10**9)), Path(__file__).parents[2]
        with (self.base / f"{who}.errors").open("ab") as errors:
            self.running[who] = subprocess.Popen(
                [sys.executable, "-m", "tests.hub.storm", "--seed", seed, "--until", str(until), "--client", *line],
                cwd=root,
                env=self.env,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )

    def rage(self, seconds: float) -> None:
        """Let all clients work; now and then one is killed, and the hub goes away for a while."""
        until = time.monotonic() + seconds
        for who in self.sessions:
            self.client(who, until)
        while time.monotonic() < until:
            time.sleep(self.dice.uniform(0.3, 1.5))  # the storm's own pace, nothing is waited for
            if self.dice.random() < 0.4:
                who = self.dice.choice(list(self.sessions))
                os.killpg(self.running[who].pid, signal.SIGKILL) if self.running[who].poll() is None else None
                self.running[who].wait()
                self.client(who, until)
            elif self.dice.random() < 0.3:
                self.hub.away()
                time.sleep(self.dice.uniform(0.1, 0.6))
                self.hub.back()
        for process in self.running.values():
            process.wait(timeout=120)

    def settle(self) -> list[str]:
        """Bring everything back, let everybody meet the hub and hear its news; returns what does not agree."""
        wrong = []
        for clone in self.clones:
            clone.git("config", "remote.origin.url", str(self.hub.top))
            clone.forget_away()
            for lock in (clone.top / ".git").glob("config.lock"):
                lock.unlink()
        for _ in range(3):
            for who, clone in self.sessions.items():
                last = Client(str(clone.top), who, str(self.hub.top), str(self.record(who)), 0)
                last.ask("sync", "", "sync")
                last.ask("claims", "", "claims")
                last.record.close()
        for clone in self.clones:
            if not clone.ledger == clone.confirmed == self.hub.ledger:
                wrong.append(f"{clone.top.name} has another ledger than the hub")
        fresh = joined(self.base, "fresh", self.env, str(self.hub.top))
        fresh.sync()
        findings = fresh.here("doctor", "--full", "--json").json["findings"]
        wrong += [
            f"a fresh clone finds: {item['text']}" for item in findings if item["name"] == "fold" and not item["ok"]
        ]
        if fresh.confirmed != self.hub.ledger:
            wrong.append("a fresh clone does not adopt the hub's ledger")
        return wrong

    def errors(self) -> list[str]:
        """What clients complained of."""
        return [f"{who}: {text}" for who in self.sessions if (text := (self.base / f"{who}.errors").read_text())]

    def answers(self, places: dict[str, int]) -> list[Answer]:
        """The history, in the order in which commands began."""
        found = []
        for who in self.sessions:
            asked: dict[str, Any] | None = None
            shown: dict[str, Any] = {}
            for line in [*self.record(who).read_text().splitlines(), "{}"]:
                try:
                    facts = json.loads(line)
                except ValueError:
                    continue  # torn by a kill
                if "shown" in facts:
                    shown = {"warnings": facts["shown"].get("warnings", [])}
                    continue
                if asked is not None:
                    found.append(_answer(asked, facts if "status" in facts else {"said": shown}, places))
                asked, shown = (facts if "begun" in facts else None), {}
        return sorted(found, key=lambda answer: answer.begun)


def _answer(asked: dict[str, Any], facts: dict[str, Any], places: dict[str, int]) -> Answer:
    after = places.get(facts.get("hub", ""), 10**9)
    return Answer(
        session=asked["session"],
        verb=asked["verb"],
        scope=asked["scope"],
        begun=asked["begun"],
        ended=facts.get("ended", float("inf")),
        status=facts.get("status"),
        said=facts.get("said", {}),
        before=places.get(asked["hub"], 0),
        after=after,
    )


def read_book(hub: Hub) -> tuple[Book, Workbook, dict[str, int], list[str]]:
    """The hub's ledger as books, the number of each of its commits, and what is wrong with its own states."""
    objects = Objects(str(hub.top), Journal(hub.top, fsync=False))
    chain = list(reversed(sequence.first_parents(objects, StoreOid(hub.ledger))))
    operations: list[Operation] = []
    deeds: list[Deed] = []
    wrong: list[str] = []
    for at, (oid, record) in enumerate(chain):
        if not record.parents:
            continue
        reason = sequence.verify(objects, oid, record, KINDS)
        wrong += [reason] if reason else []
        merged: dict[str, Event] = {
            item.id: item for item in sequence.merged(objects, sequence.load(objects, record.parents[0]), record)
        }
        for key, value in record.trailers:
            if key == "Coord-Verdict":
                number, event_id, verdict = value.split(" ", 2)
                said, item = Verdict.decode(verdict), merged[event_id]
                operations.append(_operation(at, int(number), item, said.reason))
                deeds.append(
                    Deed(at, int(number), item.id, item.session, item.kind, said.reason, item.data, said.detail)
                )
    book, workbook = Book(operations, len(chain)), Workbook(deeds, len(chain))
    for at, (oid, _) in enumerate(chain):
        state = sequence.load(objects, oid)
        real = {
            (item.id, one.id, tuple(scope.text for scope in item.scopes), item.token)
            for one in session.every(state)
            for item in claim.of(state, one.id)
        }
        mine = {(one.id, one.session, one.scopes, one.token) for one in book.states[at].values()}
        if {(*one[:2], frozenset(one[2]), one[3]) for one in mine} != {
            (*one[:2], frozenset(one[2]), one[3]) for one in real
        }:
            wrong.append(f"the state of ledger commit {at} is not what its operations make: {real ^ mine}")
        wrong += _work_differs(state, workbook, at)
    return book, workbook, {oid: at for at, (oid, _) in enumerate(chain)}, wrong


def _work_differs(state: State, book: Workbook, at: int) -> list[str]:
    """Where tasks and shared state after a commit are not what its operations make."""
    wrong = []
    for name, task in book.tasks[at].items():
        real = tasks.read(state, name)
        if real is None or (not real.is_open, real.holder) != (task.over, task.holder):
            wrong.append(f"task {name} at commit {at} is {real}, and its operations make {task}")
    for name, scope in book.scopes[at].items():
        found = shared.read_scope(state, name)
        values = {key: value.text for key in scope.keys if (value := shared.read(state, name, key)) is not None}
        mine = {key: text for key, (_, text) in scope.keys.items()}
        if found is None or found.version != scope.version or values != mine:
            wrong.append(f"scope {name} at commit {at} is {found} {values}, and its operations make {scope}")
    return wrong


def _texts(items: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(Scope.from_json(item).text for item in items)


def _operation(at: int, number: int, item: Event, reason: str) -> Operation:
    data, names = item.data, []
    if item.kind == "release":
        names = [(one["id"], _texts(one["scopes"])) for one in data["claims"]]
    elif item.kind in ("claim", "take"):
        names = [(one["id"], ()) for one in data.get("takes", ())]
        ends = [(one["id"], _texts(one["scopes"])) for one in data.get("ends", ())]
        return Operation(
            at, number, item.id, item.session, item.kind, reason, _texts(data["scopes"]), tuple(names), tuple(ends)
        )
    elif item.kind == "retire":
        names = [(one["id"], ()) for one in data["sessions"]]
    return Operation(at, number, item.id, item.session, item.kind, reason, (), tuple(names))


def raise_storm(base: Path, seed: int, seconds: float, clones: int) -> Raised:
    """Raise a storm, and check its history."""
    storm = Storm(base, seed, clones)
    storm.rage(seconds)
    wrong = storm.settle()
    book, workbook, places, unsound = read_book(storm.hub)
    answers = storm.answers(places)
    wrong += [*unsound, *storm.errors(), *check(answers, book), *history_work.check(answers, workbook)]
    kinds: dict[str, int] = {}
    for answer in answers:
        word = f"{answer.verb} {answer.result}"
        kinds[word] = kinds.get(word, 0) + 1
    return Raised(seed, answers, len(book.operations), wrong, kinds)


if __name__ == "__main__":
    main()
