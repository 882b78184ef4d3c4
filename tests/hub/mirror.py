"""The model's side of a walk: it takes the steps that the program was seen to take, and says where it would not.

The program is watched at its wire and after each command. Between two such moments the model may take what the table
says; several ways are tried, and one has to lead to exactly the ledgers, logs and claims that the program has.

| seen of the program                  | steps of the model (tests/model)                                      |
|--------------------------------------|-----------------------------------------------------------------------|
| a command begins                     | `local.settle_crash`; a renewal that is due; look, append, sequence    |
| a fetch before anything was appended | the look that a refusal needs, `--confirmed`, or others are at work    |
| a fetch                              | `contact.fetch`; by the next moment `contact.adopt`, in any order      |
| a push, and what was planned for it  | `contact.arrive`, whole or in part, now or late: with the same outcome |
| killed between two writes            | appended and the marker set; one of the stages of `contact.adopt`      |
| refused, nothing appended            | somebody is in the way by what was fetched after the question          |
| a claim given up                     | the release of rule 18                                                 |
| a take, or an override               | a take of all that is in the way, on evidence that the model has, too  |

Not compared: numbers (the program counts registrations, and three operations for a repair; only their order is), texts,
logs at the hub. Where the model must take something, the program may be more patient: it keeps its first meeting with a
dead holder when somebody wants the scope, the model with each fetch.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import TYPE_CHECKING

from model import contact, invariants, local
from model.ledger import GRACE, LEASE, SKEW, Objects
from model.rules import EVERY
from model.scenario import Command, Member, Model, Scenario
from model.world import Claim, Clone, Entry, Event, Fetch, Hub, Push, World

from gitcoord.kernel.refname import LEDGER
from gitcoord.kernel.refs import ABSENT

from .program import CLONES, SESSIONS, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model.rules import Rules

    from gitcoord.sync.transport import FetchResult

    from .conftest import Hub as Bare

REASONS = {"not_mine": "not mine", "taken": "not mine", "not_gone": "not gone"}


class Disagreement(AssertionError):
    """The program did what the model does not."""


@dataclass
class Asking:
    """A command that runs, as far as it has come."""

    at: int
    session: str
    verb: str
    what: str
    name: str
    begun: bool = False
    decided: bool = False
    refused: bool = False
    looked: bool = False
    undone: bool = False
    dead: bool = False
    event: str = ""
    kind: str = ""
    hand: list[Fetch] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """One way that the model may have gone: the world, and what became of the command by it."""

    world: World
    decided: bool = False
    refused: bool = False
    undone: bool = False
    event: str = ""
    kind: str = ""


class Mirror:
    """The model, led by what the program does."""

    def __init__(self, clients: dict[str, Client], hub: Bare, rules: Rules = EVERY) -> None:
        take = (Command("take", "x"),)
        members = tuple(
            Member(clone, {name: take for name, home in SESSIONS.items() if home == clone}) for clone in CLONES
        )
        faults = {"restored": 1, "emptied": 1, "half": 1}
        self.model = Model(
            Objects(rules), Scenario(members, faults=faults, until=10**6, grace=GRACE, open_end=True, leased=True)
        )
        self.world = _announced(self.model.begin()._replace(faults=()))
        self.clients, self.hub = clients, hub
        # The program's ids of events, and the model's; that of a registration has none.
        self.ids = {client.log(name): "" for client in clients.values() for name in client.sessions}
        self.entries: dict[str, Entry] = {client.own: self.world.clones[0].ledger for client in clients.values()}
        self.asking: list[Asking] = []
        self.late: list[tuple[str, Push]] = []
        self.count = 0
        self.saved: Hub = self.world.hub
        self.there = ""

    # What the program does

    def begins(self, session: str, verb: str, what: str) -> Asking:
        """A command begins."""
        self.count += 1
        at = CLONES.index(SESSIONS[session])
        asking = Asking(at, session, verb, what, f"{session}.{self.count}")
        self.asking.append(asking)
        return asking

    def pushes(self, clone: str, oid: str, lease: str, fate: str) -> None:
        """A push sets out: everything up to now is the model's, too."""
        self._observe(self._of(clone))
        self.there = self.hub.refs().get("refs/coord/ledger", ABSENT) if not self.world.hub.away else ""

    def pushed(self, clone: str, oid: str, lease: str, fate: str, said: str) -> None:
        """A push has met its fate."""
        at = CLONES.index(clone)
        mine = self.world.clones[at]
        if lease != ABSENT and lease not in self.entries:
            raise Disagreement(f"{clone} pushes with a lease on {lease[:10]}, which never was the hub's ledger")
        expected = self.entries[lease] if lease != ABSENT else None
        if self.entries.get(oid) is not mine.ledger:
            raise Disagreement(f"{clone} pushes {oid[:10]}, which is not its ledger")
        if expected is not None and not mine.ledger.descends(expected):
            raise Disagreement(f"{clone} pushes a ledger that does not descend from what it expects at the hub")
        push = Push(clone, expected, mine.ledger, leased=True, announced=mine.announced)
        mine = contact.trying(push, mine)
        self.world = self.world.with_clone(at, mine)
        if not contact.reachable(self.world, at):
            if said not in ("unreachable", "unknown"):
                raise Disagreement(f"the hub is out of reach and said {said} to {clone}")
            return
        if fate == "late":
            self.late.append((clone, push))
        if fate in ("", "overtaken", "answer lost", "killed after", "only the ledger", "only the announcement"):
            parts = {"ledger": fate != "only the announcement", "announcement": fate != "only the ledger"}
            hub, answer = contact.arrive(self.model, self.world.hub, push, **parts)
            if self.there == oid:
                answer = "pushed"  # for git it is up to date, whatever the lease says
            self.world = self.world._replace(hub=hub)
            if fate in ("", "overtaken"):
                if dict(hub.announced).get(clone) is push.ledger or answer == "pushed":
                    mine = contact.recognise(self.model, mine, contact.announced_by(mine, hub))
                    self.world = self.world.with_clone(at, mine)
                if answer != said.replace("stale", "lost the race"):
                    raise Disagreement(f"the hub's answer to {clone} is {said!r}, the model's {answer!r}")
                if answer == "pushed":
                    done = mine._replace(confirmed=push.ledger, seen=push.ledger)
                    self.world = self.world.with_clone(at, done)
        self.compare_hub()

    def fetches(self, clone: str) -> None:
        """A fetch sets out."""
        self._observe(self._of(clone), fetching=True)

    def unheard(self, clone: str) -> None:
        """A fetch got no answer."""
        self._of(clone).dead = True

    def fetched(self, clone: str, heard: FetchResult) -> None:
        """A fetch has come back."""
        asking = self._of(clone)
        brought = contact.fetch(self.world, asking.at)
        if heard.own is not None:
            known = contact.recognise(self.model, self.world.clones[asking.at], brought.shown)
            self.world = self.world.with_clone(asking.at, known)
        if not heard.announced:
            brought = brought._replace(announced=())
        asking.hand.append(brought)
        asking.looked = True

    def ended(self, asking: Asking, answer: str, confirmed: bool) -> None:
        """The command has answered."""
        killed = answer == "killed"
        self._observe(asking, killed=killed, over=True)
        self.asking.remove(asking)
        if killed:
            return
        state = self.world.clones[asking.at].confirmed.state
        known = state.verdicts.get(asking.event)
        wrong = ""
        if asking.verb in ("claim", "override", "insist") and asking.kind == "renew":
            held = [
                item for item in state.claims.values() if (item.session, item.scope) == (asking.session, asking.what)
            ]
            if answer == "won" and confirmed and not held:
                wrong = "confirmed, and the hub has not confirmed it"
            elif answer == "won" and confirmed and self.world.now > state.sessions[asking.session].last + LEASE:
                wrong = "confirmed, and its lease has run out there (rule 22)"
        elif asking.verb in ("claim", "override", "insist"):
            if answer == "won" and asking.event and known is None and confirmed:
                wrong = "confirmed, and the hub has not confirmed it"
            elif answer == "won" and not confirmed and known is not None:
                wrong = "provisional, and the hub has confirmed it"
            elif answer == "won" and known is not None and known.reason:
                wrong = "won, and the hub has refused it"
            elif answer == "refused" and known is not None and not known.reason and asking.event in state.claims:
                wrong = "refused, and the hub has accepted it"
            elif answer == "refused" and not asking.event and not asking.refused:
                wrong = "refused, and nobody is in the way"
            elif answer == "unknown" and asking.event and not asking.undone and (known is None or not known.reason):
                wrong = "unknown, and nothing was given back (rule 18)"
        if answer == "refused" and asking.event and known is None:
            wrong = "refused, and the hub has not refused it (rule 16)"
        if answer == "refused" and asking.refused and not asking.looked and not asking.dead:
            wrong = "refused without a look at the hub, which is in reach (rule 16)"
        if wrong:
            raise Disagreement(f"{asking.session} was told that {asking.verb} {asking.what} is {wrong}")

    def _of(self, clone: str) -> Asking:
        return next(one for one in reversed(self.asking) if CLONES[one.at] == clone)

    # What the model may have done since

    def _observe(self, asking: Asking, *, killed: bool = False, over: bool = False, fetching: bool = False) -> None:
        at, client = asking.at, self.clients[CLONES[asking.at]]
        seen: list[str] = []
        for way in self._ways(asking, killed=killed, over=over, fetching=fetching):
            difference = self._differs(way.world.clones[at], client)
            if not difference:
                self._take(asking, way, client)
                return
            if difference not in seen:
                seen.append(difference)
        raise Disagreement(f"{asking.session} {asking.verb} {asking.what}: " + "\n  or ".join(seen))

    def _take(self, asking: Asking, way: Way, client: Client) -> None:
        at, clone = asking.at, way.world.clones[asking.at]
        for oid, name in ((client.own, "ledger"), (client.confirmed, "confirmed")):
            if oid != ABSENT:
                entry = clone.ledger if name == "ledger" else clone.confirmed
                if oid not in self.entries:
                    self.entries[oid] = self._anchored(entry, oid, client)
                clone = clone._replace(**{name: self.entries[oid]})  # type: ignore[arg-type]  # both are entries
        clone = clone._replace(marker=client.marked)
        self.world = way.world.with_clone(at, clone)
        self._bind(clone, client)
        asking.begun, asking.hand = True, []
        asking.decided, asking.refused, asking.undone = way.decided, way.refused, way.undone
        asking.event, asking.kind = way.event or asking.event, way.kind or asking.kind
        wrong = invariants.broken(self.model, self.world)
        if wrong:
            raise Disagreement(wrong)

    def _anchored(self, entry: Entry, oid: str, client: Client) -> Entry:
        """The model's ledger on the one that the program's has below it: the program keeps commits that may stay."""
        below = next((self.entries[one] for one in client.line.below(oid) if one in self.entries), entry)
        if not entry.descends(below):
            for one in entry.line():
                if one.event is not None and one.event.id not in below.state.verdicts:
                    below = self.model.objects.entry(below, one.event, one.time, one.by)
            return below
        return entry

    def _bind(self, clone: Clone, client: Client) -> None:
        for mine, theirs in zip(_operations(clone.ledger), client.line.of(client.own), strict=True):
            self.ids[theirs[0]] = mine.id
        for name in client.sessions:
            tip, log = clone.log(name), client.log(name)
            if tip is not None and log:
                self.ids[log] = tip.id

    def _ways(self, asking: Asking, *, killed: bool, over: bool, fetching: bool) -> Iterator[Way]:
        """Every way from the last observation to now; the program is where one of them leads."""
        start = Way(self.world, asking.decided, asking.refused, asking.undone)
        firsts = [start]
        if not asking.begun:
            firsts = [self._standing(way, asking.at) for way in self._openings(start, asking, killed=killed)]
        for first in firsts:
            for way in self._adoptions(first, asking, killed=killed, fetching=fetching):
                if killed:
                    yield way
                if way.decided:
                    yield from self._afterwards(way, asking, over=over)
                    yield from self._once_more(way, asking, killed=killed)
                else:
                    yield from self._decisions(way, asking, killed=killed, fetching=fetching, over=over)

    def _openings(self, way: Way, asking: Asking, *, killed: bool) -> Iterator[Way]:
        """What a crash left is sequenced by whoever writes next, and a lease that is due renewed."""
        at, now = asking.at, self.world.now
        clone = way.world.clones[at]
        for settled in dict.fromkeys((local.settle_crash(self.model, clone, now), clone)):
            world = way.world.with_clone(at, settled)
            # By what the ledger says before it is settled: renewing once too often is no harm.
            known = clone.ledger.state.sessions.get(asking.session)
            holds = [item for item in clone.ledger.state.claims.values() if item.session == asking.session]
            if known is not None and holds and now - known.last >= LEASE // 2:
                made = local.draft(self.model, settled, asking.session, now, "renew", f"{asking.name}.renew")
                for half in (False, True) if killed else (False,):
                    yield Way(self._appended(world, asking, made, half=half))
                if killed:
                    yield Way(world)
            else:
                yield Way(world)

    def _standing(self, way: Way, at: int) -> Way:
        """The way after the own ledger was brought onto what is confirmed, from which somebody took it away."""
        return replace(
            way, world=way.world.with_clone(at, local.stand(self.model, way.world.clones[at], self.world.now))
        )

    def _adoptions(self, way: Way, asking: Asking, *, killed: bool, fetching: bool) -> Iterator[Way]:
        if not asking.hand:
            yield way
            return
        at, now = asking.at, self.world.now
        # The program leaves for its next write what a crash left, where it writes nothing itself.
        for clone in dict.fromkeys((way.world.clones[at], local.settle_crash(self.model, way.world.clones[at], now))):
            world = way.world.with_clone(at, clone._replace(marker=False))
            brought = asking.hand[-1]
            left = brought._replace(announced=()) if brought.ledger is None else brought
            for order in permutations(left.announced):
                for ahead in range(len(order) + 1):
                    shown = left._replace(announced=order)
                    done = contact.adopt(self.model, world, at, shown, mine_first=False, ahead=ahead)
                    for _, after in done.stages if killed else done.stages[-1:]:
                        yield Way(world.with_clone(at, after), way.decided, way.refused, way.undone, way.event)
        if killed or fetching:  # the ledger alone was looked at, and does not have it: the announcements come next
            yield way

    def _decisions(self, way: Way, asking: Asking, *, killed: bool, fetching: bool, over: bool) -> Iterator[Way]:
        """What the command decides in view of what it knows; or it has still to look."""
        at, session, verb = asking.at, asking.session, asking.verb
        world, clone = way.world, way.world.clones[at]
        if verb == "sync":
            yield Way(world, True)
            return
        known = clone.ledger.state.sessions.get(session)
        if known is not None and not known.live:
            yield Way(world, refused=True)
            return
        if verb == "insist" and not asking.looked:
            yield way  # it meets the hub first, or is told that the hub is away
            return
        if fetching and not asking.looked:
            yield way  # where others are at work it looks before it decides
        for kind, facts in self._drafts(world, asking):
            if not kind:
                if fetching or over or killed:
                    yield Way(world, refused=True)
                continue
            more = facts.pop("more", [])
            assert isinstance(more, list)
            made = local.draft(self.model, clone, session, world.now, kind, asking.name, **facts)
            for half in (False, True) if killed else (False,):
                after = self._appended(world, asking, made, half=half)
                for count, names in enumerate(more):
                    facts["names"] = names
                    name = f"{asking.name}.{count}"
                    other = local.draft(self.model, after.clones[at], session, world.now, kind, name, **facts)
                    after = self._appended(after, asking, other, half=half)
                yield Way(after, True, event=made.id, kind=kind)

    def _drafts(self, world: World, asking: Asking) -> Iterator[tuple[str, dict[str, object]]]:
        """What a command may append; '' for a refusal."""
        at, session, verb, what = asking.at, asking.session, asking.verb, asking.what
        clone = world.clones[at]
        if verb == "release":
            mine = [item for item in clone.ledger.state.claims.values() if item.session == session]
            names: list[str] = [item.id for item in mine if item.scope == what]
            names = names or [item.id for item in mine if item.scope.startswith(what + "/")]
            unsure = [*self._taken_here(clone, session, what), *local.undecided(clone, session, what)]
            each = [tuple(names), *((one,) for one in unsure if one not in names)]
            each = [some for some in each if some]
            # What is in doubt is released by itself: a release that names what is not held is refused.
            yield ("release", {"scope": what, "names": each[0], "more": each[1:]}) if each else ("", {})
        elif verb == "end":
            yield "end", {}
        elif verb == "retire":
            holdings = [item for item in clone.ledger.state.claims.values() if item.session == what]
            victim = clone.ledger.state.sessions[what]
            # The model meets holders at the hub; a victim that holds nothing any more was met as one, too.
            gone = not holdings and victim.live and world.now > victim.last + LEASE + SKEW
            if gone or any(self._evidence(world, asking, item, "lease") for item in holdings):
                yield "retire", {"names": (what,), "evidence": "lease"}
            yield "", {}
        else:
            if any(item.session == session for item in local.of(clone.ledger.state, session, what)):
                yield "renew", {}
                return
            obstacles = local.in_the_way(clone, session, what)
            if not obstacles:
                yield "claim", {"scope": what}
                return
            taken = {"scope": what, "names": tuple(item.id for item in obstacles)}
            if verb == "override":
                yield "take", {**taken, "evidence": "override"}
            else:
                yield "", {}
            if all(self._evidence(world, asking, item, "lease") for item in obstacles):
                yield "take", {**taken, "evidence": "lease"}

    def _taken_here(self, clone: Clone, session: str, what: str) -> list[str]:
        """Claims that the hub knows to be the session's, and only a takeover that it has not confirmed ends."""
        held, agreed = clone.ledger.state.claims, clone.confirmed.state.claims.values()
        mine = [item for item in agreed if item.session == session and item.id not in held]
        taken = {name for event in _operations(clone.ledger) if event.kind == "take" for name in event.names}
        exact = [item.id for item in mine if item.scope == what and item.id in taken]
        return exact or [item.id for item in mine if item.scope.startswith(what + "/") and item.id in taken]

    def _evidence(self, world: World, asking: Asking, item: Claim, what: str) -> bool:
        command = Command("take", evidence=what)
        return local.evidence(self.model, world, asking.at, asking.session, item, command, hub=True)

    def _afterwards(self, way: Way, asking: Asking, *, over: bool) -> Iterator[Way]:
        """Nothing more; or an insisting command gives its claim back."""
        yield way
        clone = way.world.clones[asking.at]
        verdict = clone.confirmed.state.verdicts.get(asking.event)
        own = clone.ledger.state.verdicts.get(asking.event)
        name = asking.event
        open_end = asking.kind in ("claim", "take") and verdict is None and not way.undone
        if asking.kind == "renew" and not way.undone:  # what it renewed is refused here, and open at the hub
            left = local.undecided(clone, asking.session, asking.what)
            name, own, open_end = (left[-1], clone.ledger.state.verdicts[left[-1]], True) if left else ("", own, False)
        if open_end and (asking.verb == "insist" or (own is not None and own.reason)):
            facts = {"scope": asking.what, "names": (name,)}
            made = local.draft(
                self.model, clone, asking.session, way.world.now, "release", f"{asking.name}.undo", **facts
            )
            yield Way(self._appended(way.world, asking, made), True, undone=True)

    def _once_more(self, way: Way, asking: Asking, *, killed: bool) -> Iterator[Way]:
        """A claim that is lost to another, which was heard of only then, is asked for again, where it is a takeover."""
        clone = way.world.clones[asking.at]
        verdict = clone.confirmed.state.verdicts.get(asking.event)
        again = f"{asking.name}.again"
        if asking.kind == "renew":  # what it renewed was refused at the hub
            held = local.of(clone.ledger.state, asking.session, asking.what)
            lost = all(item.session != asking.session for item in held)
        else:
            lost = asking.kind in ("claim", "take") and verdict is not None and verdict.reason == "held"
        if not lost or asking.event == again:
            return
        for kind, facts in self._drafts(way.world, asking):
            if kind == "take":
                made = local.draft(self.model, clone, asking.session, way.world.now, kind, again, **facts)
                for half in (False, True) if killed else (False,):
                    yield Way(self._appended(way.world, asking, made, half=half), True, event=made.id, kind=kind)

    def _appended(self, world: World, asking: Asking, made: Event, *, half: bool = False) -> World:
        clone, event = local.append(self.model, world.clones[asking.at], asking.session, made)
        after = clone._replace(marker=True) if half else local.sequence(self.model, clone, event, world.now)
        return world.with_clone(asking.at, after)

    # Comparing

    def _differs(self, clone: Clone, client: Client) -> str:
        """How a clone of the model differs from the program's, or ''."""
        for what, entry, oid in (
            ("its ledger", clone.ledger, client.own),
            ("the confirmed ledger", clone.confirmed, client.confirmed),
        ):
            mine = [
                (event.id, event.session, event.kind, entry.state.verdicts[event.id].reason)
                for event in _operations(entry)
            ]
            theirs = [
                (self.ids.get(event_id, ""), who, kind, REASONS.get(reason, reason))
                for event_id, who, kind, reason in client.line.of(oid)
            ]
            if not _same(mine, theirs):
                return f"{what} is\n    {theirs}\n    the model's {mine}"
            if difference := self._holdings(entry, client, oid):
                return f"{what}: {difference}"
        for name in client.sessions:
            tip, (log, kind) = clone.log(name), client.last(name)
            last = tip.id if tip is not None else ""
            known = self.ids.get(log, "a new event")
            new = log not in self.ids and last not in self.ids.values() and tip is not None and tip.kind == kind
            if log and known != last and not new:
                return f"the log of {name} ends in {known!r}, the model's in {last!r}"
        return ""

    def _holdings(self, entry: Entry, client: Client, oid: str) -> str:
        mine = sorted(entry.state.claims.values(), key=lambda item: item.token)
        theirs = sorted(client.held(oid), key=lambda item: item[3])
        if [(item.scope, item.session) for item in mine] != [(scope, who) for scope, who, _, _ in theirs]:
            return f"held are {theirs}, in the model {mine}"
        renewed = client.renewed(oid)
        for name, known in entry.state.sessions.items():
            if known.live and name in renewed and known.last != renewed[name] and known.last:
                return f"{name} was heard of last at {renewed[name]}, in the model at {known.last}"
        return ""

    def compare_hub(self) -> None:
        """The hub has the ledger and the announcements that the model's has."""
        refs = self.hub.refs()
        ledger = refs.get("refs/coord/ledger", ABSENT)
        mine = self.world.hub.ledger
        if (self.entries.get(ledger) if ledger != ABSENT else None) is not mine:
            raise Disagreement(f"the hub's ledger is {ledger[:10]}, the model's {mine and mine.line()[-1:]}")
        theirs = {self.entries.get(oid) for ref, oid in refs.items() if "/clones/" in ref}
        announced = {tip for _, tip in self.world.hub.announced}
        if {tip for tip in theirs if tip is not None} - announced - {self.model.objects.root()}:
            raise Disagreement("what is announced at the hub is not what is announced in the model")

    # What happens to the world

    def passes(self, units: int) -> None:
        """Time passes."""
        self.world = self.world._replace(now=self.world.now + units)

    def holders(self, clone: str) -> set[str]:
        """The sessions that hold something, as a clone knows."""
        state = self.world.clones[CLONES.index(clone)].ledger.state
        return {item.session for item in state.claims.values()}

    def mended(self, clone: str) -> None:
        """Refs of a clone were damaged and brought back: they are what they were."""
        wrong = self._differs(self.world.clones[CLONES.index(clone)], self.clients[clone])
        if wrong:
            raise Disagreement(f"after mending {clone}: {wrong}")

    def older(self, clone: str, ref: str) -> list[str]:
        """The ledgers to which a ref of a clone can be set back: older ones of its own, behind what is confirmed."""
        model, client = self.world.clones[CLONES.index(clone)], self.clients[clone]
        if client.confirmed == ABSENT or client.marked:
            return []
        line = [entry for entry in model.confirmed.below if entry is not model.confirmed]
        return sorted(oid for oid, entry in self.entries.items() if entry in line)

    def set_back(self, clone: str, ref: str, oid: str) -> str:
        """A ref of a clone is set back to a ledger that it had; returns that."""
        at = CLONES.index(clone)
        mine, entry = self.world.clones[at], self.entries[oid]
        mine = mine._replace(ledger=entry) if ref == LEDGER else mine._replace(confirmed=entry)
        self.world = self.world.with_clone(at, mine)
        return oid

    def cut(self, clone: str, cut: bool) -> None:
        """A clone loses or finds its connection."""
        at = CLONES.index(clone)
        self.world = self.world.with_clone(at, self.world.clones[at]._replace(cut=cut))

    def away(self, away: bool) -> None:
        """The hub goes or comes back."""
        self.world = self.world._replace(hub=self.world.hub._replace(away=away))

    def save(self) -> None:
        """The hub is backed up."""
        self.saved = self.world.hub

    def restore(self, saved: Hub | None) -> None:
        """The hub is what it was; or has lost everything."""
        hub = self.saved if saved is not None else Hub(None, saved=self.saved.ledger)
        self.world = self.world._replace(hub=hub._replace(away=self.world.hub.away))

    def arrives(self, number: int) -> None:
        """A late push arrives."""
        _, push = self.late.pop(number)
        hub, _ = contact.arrive(self.model, self.world.hub, push)
        self.world = self.world._replace(hub=hub)
        self.compare_hub()

    def at_rest(self) -> str:
        """What is wrong once everybody has met the hub and nothing is left to do, or ''."""
        ledger = self.world.hub.ledger
        if ledger is None:
            return "the hub has no ledger"
        for clone in self.world.clones:
            if clone.confirmed is not ledger or clone.ledger is not ledger:
                return f"{clone.name} does not know the hub's ledger"
        missing = invariants.operations(self.world) - set(ledger.state.verdicts)
        return f"never sequenced: {sorted(missing)}" if missing else ""


def _announced(world: World) -> World:
    """The world after every clone has announced a ledger without operations of the model: their registrations."""
    clones, hub = list(world.clones), world.hub
    for at, clone in enumerate(clones):
        clones[at] = clone._replace(announced=clone.ledger, tried=frozenset({clone.ledger}))
        hub = hub._replace(announced=(*hub.announced, (clone.name, clone.ledger)))
    return world._replace(clones=tuple(clones), hub=hub)


def _same(mine: list[tuple[str, str, str, str]], theirs: list[tuple[str, str, str, str]]) -> bool:
    return len(mine) == len(theirs) and all(
        one[1:] == other[1:] and other[0] in ("", one[0]) for one, other in zip(mine, theirs, strict=True)
    )


def _operations(entry: Entry) -> list[Event]:
    """The operations of a ledger as the program names them: without repairs."""
    return [one.event for one in entry.line() if one.event is not None and one.event.kind != "repair"]
