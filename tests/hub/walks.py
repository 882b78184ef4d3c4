"""Random walks of the real program beside the model: the same steps, and after each the same ledgers.

    python -m tests.hub.walks --seconds 600          walks from a seed of the clock's
    python -m tests.hub.walks --seed 17              one walk, told in the model's words

A walk is a few steps of three clones at a hub: commands of their sessions, with what happens on the way to the hub and
what happens to the hub. How the two are compared stands in `mirror.py`.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from support.programs import sealed

from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.policy.ids import SessionId
from gitcoord.sync import turn

from .mirror import Disagreement, Mirror
from .program import CLONES, SESSIONS, TRACKING, Arena, Client, Clock, Plan

if TYPE_CHECKING:
    from model.rules import Rules

    from gitcoord.sync.transport import FetchResult

    from .conftest import Hub as Bare

STEPS = 14
SCOPES = ("x", "x/a", "y")
PUSHES = (
    "lost",
    "answer lost",
    "only the ledger",
    "only the announcement",
    "late",
    "killed before",
    "killed after",
    "overtaken",
    "dead",
)


class Walked(NamedTuple):
    """A walk that is over: its story, and what was wrong ('' for nothing)."""

    seed: int
    story: list[str]
    wrong: str

    def __str__(self) -> str:
        lines = [f"{count:3}. {text}" for count, text in enumerate(self.story, 1)]
        return "\n".join([f"walk {self.seed}:", *lines, f"     => {self.wrong or 'nothing wrong'}"])


class Walk:
    """One walk."""

    def __init__(self, arena: Arena, seed: int, rules: Rules | None = None) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.habits = random.Random(seed)
        self.hub: Bare
        self.clients: dict[str, Client]
        self.clock: Clock
        self.hub, self.clients, self.clock = arena.begin(seed)
        self.mirror = Mirror(self.clients, self.hub, rules) if rules is not None else Mirror(self.clients, self.hub)
        self.story: list[str] = []
        self.backup = self.hub.save()
        self.gone = False
        self.busy: set[str] = set()
        self.over: set[str] = set()

    def run(self, steps: int = STEPS) -> Walked:
        """Walk, then bring everything back and let everybody meet the hub; returns what was seen."""
        wrong = ""
        random.seed(self.seed)  # by which clones draw their turns
        try:
            for _ in range(steps):
                self._step()
            self._rest()
        except Disagreement as error:
            wrong = str(error)
        finally:
            for client in self.clients.values():
                client.close()
        return Walked(self.seed, self.story, wrong)

    # The wire's watch: the mirror, and whoever overtakes

    def pushes(self, clone: str, oid: str, lease: str, fate: str) -> None:
        """A push sets out; another clone may come first."""
        self.mirror.pushes(clone, oid, lease, fate)
        if fate == "overtaken":
            self.busy.add(clone)
            self._command(Plan())
            self.busy.remove(clone)

    def pushed(self, clone: str, oid: str, lease: str, fate: str, said: str) -> None:
        """A push has met its fate."""
        self._say(f"{clone} pushes{': ' + fate if fate else ''}: {said}", deeper=True)
        self.mirror.pushed(clone, oid, lease, fate, said)

    def fetches(self, clone: str) -> None:
        """A fetch sets out."""
        self.mirror.fetches(clone)

    def fetched(self, clone: str, heard: FetchResult) -> None:
        """A fetch has come back."""
        if heard.reached:
            self._say(f"{clone} fetches{' with announcements' if heard.announced else ''}", deeper=True)
            self.mirror.fetched(clone, heard)
        else:
            self.mirror.unheard(clone)

    # Steps

    def _step(self) -> None:
        kinds = {"command": 60, "time": 14, "cut": 5, "away": 4, "save": 3, "restore": 3, "lose": 2, "late": 4}
        kinds |= {"damage": 5, "set back": 5}
        (kind,) = self.dice.choices(list(kinds), list(kinds.values()))
        if kind == "command":
            self._command(self._plan())
        elif kind == "time":
            self._pass(self.dice.choice((1, 1, 2, 5)))
        elif kind == "cut":
            name = self.dice.choice(CLONES)
            self._cut(name, not self.clients[name].cut)
        elif kind == "away":
            self._away(not self.gone)
        elif kind == "save" and not self.gone:
            self._say("the hub is backed up")
            self.backup = self.hub.save()
            self.mirror.save()
        elif kind == "restore" and not self.gone:
            self._say("the hub is restored from its backup")
            self.hub.restore(self.backup)
            self.mirror.restore(self.mirror.saved)
        elif kind == "lose" and not self.gone:
            self._say("the hub loses its refs")
            self.hub.lose_refs()
            self.mirror.restore(None)
        elif kind == "late" and not self.gone:
            self._late()
        elif kind == "damage":
            self._damage(self.dice.choice(CLONES))
        elif kind == "set back":
            self._set_back(self.dice.choice(CLONES))

    def _plan(self) -> Plan:
        plan = Plan()
        if self.dice.random() < 0.45:
            fates = PUSHES if not self.gone else ("killed before", "dead")
            plan.push = [self.dice.choice((*fates, "", "", "")) for _ in range(self.dice.randint(1, 3))]
        if self.dice.random() < 0.1:
            plan.fetch = self.dice.choice((["dead"], ["", "dead"]))
        if self.dice.random() < 0.1:
            plan.writes, plan.half = self.dice.randint(1, 5), self.dice.random() < 0.5
        return plan

    def _command(self, plan: Plan) -> None:
        free = [name for name, home in SESSIONS.items() if home not in self.busy and name not in self.over]
        if not free:
            return
        session = self.dice.choice(free)
        verbs = {"claim": 40, "release": 22, "sync": 14, "insist": 8, "override": 5, "end": 3, "retire": 4}
        (verb,) = self.dice.choices(list(verbs), list(verbs.values()))
        what = self.dice.choice(SCOPES)
        if verb == "retire":
            others = self.mirror.holders(SESSIONS[session]) - set(self.clients[SESSIONS[session]].sessions)
            if not others:  # the model knows nothing of sessions that did nothing yet
                return
            what = self.dice.choice(sorted(others))
        if verb in ("claim", "insist", "override") and self._wider(session, what):
            return
        self._run(session, verb, what, plan)

    def _wider(self, session: str, what: str) -> bool:
        """Whether the session holds, or may come to hold, another scope that overlaps: the model knows no widening."""
        clone = self.mirror.world.clones[CLONES.index(SESSIONS[session])]
        tip = clone.log(session)
        asked = {event.scope for event in tip.line() if event.kind in ("claim", "take")} if tip else set()
        return any(scope != what and scope[0] == what[0] for scope in asked)

    def _run(self, session: str, verb: str, what: str, plan: Plan) -> None:
        asks = f"{verb} {what}" if verb not in ("sync", "end") else verb
        at = len(self.story)
        self._say(f"{session} asks for {asks}")
        if self.habits.random() < 0.5:  # or hardly any race would be lost: a clone that expects others looks first
            self.clients[SESSIONS[session]].directory.forget_others()
        asking = self.mirror.begins(session, verb, what)
        answer, confirmed = self.clients[SESSIONS[session]].run(session, verb, what, plan, self)
        self.story[at] += f": {answer}{'' if confirmed or answer != 'won' else ', provisionally'}"
        if verb == "end" and answer == "done":
            self.over.add(session)
        self.mirror.ended(asking, answer, confirmed)

    def _damage(self, name: str) -> None:
        """A ref of a clone is lost or filled with garbage, and what `init` and `doctor` do brings it back."""
        client = self.clients[name]
        refs = [LEDGER, *(log_ref(SessionId(client.sessions[one])) for one in client.sessions)]
        ref = self.dice.choice(refs)
        how = self.dice.choice(("deleted", "emptied", "zeros", "garbage"))
        if name in self.busy or not client.is_restorable(ref):
            return
        self._say(f"{ref} of {name} is {how}, and mended")
        client.damage(ref, how)
        client.mend()
        self.mirror.mended(name)

    def _set_back(self, name: str) -> None:
        """The ledger of a clone, or what it knows of the hub's, is set back; after its ledger somebody syncs."""
        client = self.clients[name]
        which = self.dice.choice((LEDGER, TRACKING))
        older = self.mirror.older(name, which)
        who = [one for one in client.sessions if one not in self.over]
        if name in self.busy or not older or not who:
            return
        self._say(f"{which} of {name} is set back")
        client.set_back(which, self.mirror.set_back(name, which, self.dice.choice(older)))
        if which == LEDGER:
            self._run(self.dice.choice(who), "sync", "", Plan())

    def _pass(self, units: int) -> None:
        self.clock.units += units
        self.mirror.passes(units)
        for client in self.clients.values():
            client.clock = self.clock
        self._say(f"time passes: {self.clock.units}")

    def _cut(self, name: str, cut: bool) -> None:
        self._say(f"{name} {'loses its connection' if cut else 'is connected again'}")
        self.clients[name].cut = cut
        self.mirror.cut(name, cut)

    def _away(self, away: bool) -> None:
        self._say("the hub goes away" if away else "the hub is back")
        if away:
            self.hub.away()
        else:
            self.hub.back()
        self.gone = away
        self.mirror.away(away)

    def _late(self) -> None:
        if not self.mirror.late:
            return
        clone, _ = self.mirror.late[0]
        client = self.clients[clone]
        self._say(f"the late push of {clone} arrives")
        client.arrive()
        self.mirror.arrives(0)

    def _say(self, text: str, *, deeper: bool = False) -> None:
        self.story.append(f"{'    ' if deeper else ''}{text}")

    def _rest(self) -> None:
        if self.gone:
            self._away(False)
        while self.mirror.late:
            self._late()
        for name in CLONES:
            if self.clients[name].cut:
                self._cut(name, False)
        for _ in range(3):
            for session in ("ann", "bob", "cat"):
                self._run(session, "sync", "", Plan())
            wrong = self.mirror.at_rest()
            if not wrong:
                return
        raise Disagreement(wrong)


def main() -> None:
    """Walk for some seconds, or once."""
    asked = argparse.ArgumentParser(description="random walks of the program beside the model")
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--seed", type=int)
    asked.add_argument("--steps", type=int, default=STEPS)
    asked.add_argument("--keep-going", action="store_true")
    asked.add_argument("--once", action="store_true")
    said = asked.parse_args()
    vars(turn)["longest"] = lambda *_: 0.0  # nobody is there to make way for
    with tempfile.TemporaryDirectory() as base:
        arena = Arena(Path(base), sealed(Path(base, "home")))
        first = said.seed if said.seed is not None else int(time.time()) % 10**8
        until, count = time.monotonic() + said.seconds, 0
        while True:
            walked = Walk(arena, first + count).run(said.steps)
            count += 1
            if walked.wrong or said.once:
                print(walked)
            if said.once or (walked.wrong and not said.keep_going) or time.monotonic() > until:
                break
        print(
            f"{count} walks from seed {first}, {count / (said.seconds - until + time.monotonic() + 1e-9):.1f} a second"
        )


if __name__ == "__main__":
    main()
