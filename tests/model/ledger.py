"""The ledger: what an operation does to the state, and how operations get into a ledger.

`resequence` is the only way in: for one's own operation, for what others announced, for what a restored hub forgot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rules import Rule, Rules
from .world import Claim, Entry, Event, Offer, Session, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEASE = 4
SKEW = 1
GRACE = 2
TAKES = frozenset({"take", "retire"})

Chain = list[Event]


def overlap(one: str, other: str) -> bool:
    """Whether of two scopes, each one or several paths, some path is in both."""
    return any(_meet(path, another) for path in one.split() for another in other.split())


def _meet(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def rest(scope: str, taken: str) -> str:
    """The paths of a scope that do not overlap what is taken."""
    return " ".join(path for path in scope.split() if not overlap(path, taken))


class Objects:
    """The objects of all clones: the same content is the same object."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._events: dict[tuple[object, ...], Event] = {}
        self._entries: dict[tuple[object, ...], Entry] = {}
        self._roots: dict[str, Entry] = {}

    def event(self, event: Event) -> Event:
        """The one object with this content."""
        key = tuple(getattr(event, name) for name in Event.__slots__)
        return self._events.setdefault(key, event)

    def root(self, name: str = "") -> Entry:
        """The first commit of a ledger."""
        if name not in self._roots:
            self._roots[name] = Entry(None, None, 0, "", False, name, State())
        return self._roots[name]

    def entry(self, parent: Entry, event: Event, time: int, by: str, *, forged: bool = False) -> Entry:
        """A sequencing commit on `parent`. A forged one claims that its operation was accepted."""
        key = (parent, event, time, by, forged)
        found = self._entries.get(key)
        if found is None:
            state = self._fold(parent.state, event, time, forged)
            below = parent.below | {parent}
            found = Entry(parent, event, time, by, forged, parent.root, state, below)
            self._entries[key] = found
        return found

    def _fold(self, before: State, event: Event, time: int, forged: bool) -> State:
        if not forged:
            return apply(self.rules, before, event, time)
        if Rule.VOID in self.rules:
            return before
        return apply(self.rules, before, event, time, believe=True)


def refold(rules: Rules, tip: Entry, clock: int) -> State:
    """The state as a reader would have it who looks at its own clock."""
    state = State()
    for entry in tip.line():
        if entry.event is not None:
            state = apply(rules, state, entry.event, entry.time, clock=clock)
    return state


def apply(
    rules: Rules, before: State, event: Event, time: int, *, believe: bool = False, clock: int | None = None
) -> State:
    """The state after an event. Pure: `time` is that of the sequencing commit; `clock` is no part of the protocol."""
    state = before.copy()
    session = state.sessions.get(event.session) or Session(event.clone, None, 0, event.under)
    if event.kind == "message":
        state.sessions[event.session] = session._replace(position=event)
        return state
    state.counter += 1
    number, now = state.counter, min(event.time, time) if clock is None else clock
    last = min(event.time, time)
    if Rule.NEWEST_COUNTS not in rules:
        last = max(session.last, last)
    state.sessions[event.session] = session._replace(position=event, last=last)
    if not session.live and Rule.END_IS_FINAL in rules:
        reason = "ended"
    else:
        reason = _judge(rules, before, state, event, number, now)
        if believe and reason:
            state.claims[event.id] = Claim(event.id, event.session, event.scope, number, event.until)
            reason = ""
    if event.id in state.verdicts:
        state.twice = event.id
    state.verdicts[event.id] = Verdict(number, reason)
    return state


def obstacles(state: State, session: str, scope: str, except_for: Iterable[str] = ()) -> list[Claim]:
    """Claims in the way of a session: of another that is neither its ancestor nor its descendant."""
    return [
        claim
        for claim in state.claims.values()
        if overlap(claim.scope, scope) and claim.id not in except_for and not related(state, claim.session, session)
    ]


def related(state: State, one: str, other: str) -> bool:
    """Whether two sessions are the same, or one is the parent of the other."""
    parents = {name: found.parent for name, found in state.sessions.items()}
    return one == other or parents.get(one) == other or parents.get(other) == one


def _judge(rules: Rules, before: State, state: State, event: Event, number: int, now: int) -> str:
    claims = state.claims
    if event.kind == "halt":
        state.halted = state.halted or number
        return ""
    if event.kind in ("claim", "take") and state.halted and Rule.HALT_IN_FOLD in rules:
        return "halted"
    if event.kind == "limit":
        state.limited.setdefault(event.scope, number)
        return ""
    if event.kind in ("claim", "take") and event.session in state.limited and Rule.ROLE_IN_FOLD in rules:
        return "forbidden"
    if event.kind == "claim":
        if Rule.PLAIN_IS_PLAIN not in rules:
            for other in obstacles(state, event.session, event.scope):
                if now > before.sessions[other.session].last + LEASE + SKEW:
                    del claims[other.id]
        return _grant(state, event, number)
    if event.kind == "release":
        found = [claim for name in event.names if (claim := _named(state, name)) is not None]
        if not found or any(claim.session != event.session for claim in found):
            return "not mine"
        if Rule.REST_IS_RELEASED not in rules and any(claim.scope != event.scope for claim in found):
            return "not mine"
        for claim in found:
            del claims[claim.id]
        return ""
    if event.kind == "take":
        for name in event.names:
            standing = claims.get(name)
            if standing is None:
                continue
            if not _gone(rules, before, standing.session, standing, event, now):
                return "not gone"
            del claims[name]
            left = rest(standing.scope, event.scope) if Rule.ONLY_OVERLAP in rules else ""
            if left:
                claims[name] = standing._replace(scope=left)
        if Rule.NOTHING_ELSE not in rules:
            claims[event.id] = Claim(event.id, event.session, event.scope, number, event.until)
            return ""
        reason = _grant(state, event, number)
        if reason:
            claims.clear()
            claims.update(before.claims)
        return reason
    if event.kind == "retire":
        victim = event.names[0]
        if victim not in before.sessions or not _gone(rules, before, victim, None, event, now):
            return "not gone"
        _end(state, victim)
        return ""
    if event.kind == "end":
        _end(state, event.session)
        return ""
    if event.kind == "handoff":
        mine = claims.pop(event.names[0], None)
        if mine is None or mine.session != event.session:
            claims.clear()
            claims.update(before.claims)
            return "not mine"
        if Rule.HANDOFF_IS_CHECKED in rules and obstacles(state, event.under, mine.scope):
            claims[mine.id] = mine
            return "held"
        claims[mine.id] = mine._replace(session=event.under, token=number)
        return ""
    if event.kind in ("offer", "accept", "decline", "adopt"):
        return _hand_over(rules, before, state, event, number, now)
    if event.kind == "set":
        if Rule.SAW_STANDS in rules and event.names[0] != state.written:
            return "stale"
        state.written = event.id
        return ""
    if event.kind == "repair":
        tip, highest = event.names
        state.repaired |= {tip}
        state.counter = max(state.counter, int(highest))
    return ""


def _grant(state: State, event: Event, number: int) -> str:
    if obstacles(state, event.session, event.scope):
        return "held"
    state.claims[event.id] = Claim(event.id, event.session, event.scope, number, event.until)
    return ""


def _hand_over(rules: Rules, before: State, state: State, event: Event, number: int, now: int) -> str:
    """Judge what sessions hand over: an offer, what becomes of it, an adoption."""
    if event.kind == "offer":
        state.offers[event.id] = Offer(event.session, event.names, event.until)
        return "" if _has(state, event.session, event.names) else "not mine"
    if event.kind == "adopt":
        victim, *names = event.names
        if not before.sessions[victim].live or not _gone(rules, before, victim, None, event, now):
            return "not gone"
        if not _has(state, victim, names):
            return "not mine"
        _move(state, names, victim, event.session, number)
        _end(state, victim)
        return ""
    offer = state.offers[event.names[0]]
    over = not offer.open or (offer.until is not None and now > offer.until)
    if over and Rule.OFFER_ENDS_ONCE in rules:
        return "ended"
    if event.kind == "accept":
        if Rule.ALL_OR_NOTHING in rules and not _has(state, offer.giver, offer.names):
            return "not mine"
        _move(state, offer.names, offer.giver, event.session, number)
    state.offers[event.names[0]] = offer._replace(open=False)
    return ""


def _has(state: State, session: str, names: Iterable[str]) -> bool:
    """Whether a session holds all of these claims."""
    return all(name in state.claims and state.claims[name].session == session for name in names)


def _move(state: State, names: Iterable[str], giver: str, taker: str, number: int) -> None:
    for name in names:
        if _has(state, giver, [name]):
            state.claims[name] = state.claims[name]._replace(session=taker, token=number)


def _named(state: State, name: str) -> Claim | None:
    if name.startswith("#"):
        return next((claim for claim in state.claims.values() if claim.token == int(name[1:])), None)
    return state.claims.get(name)


def _end(state: State, session: str) -> None:
    for claim in list(state.claims.values()):
        if claim.session == session:
            del state.claims[claim.id]
    state.sessions[session] = state.sessions[session]._replace(live=False)


def _gone(rules: Rules, before: State, victim: str, claim: Claim | None, event: Event, now: int) -> bool:
    """Whether the evidence of a take or a retire is true, as far as the ledger can tell."""
    session = before.sessions[victim]
    if Rule.EVIDENCE not in rules:
        return True
    skew = 0 if session.clone == event.clone or Rule.SKEW not in rules else SKEW
    if event.evidence == "lease":
        return now > session.last + LEASE + skew
    if event.evidence == "deadline":
        return claim is not None and claim.until is not None and now > claim.until + skew
    if event.evidence == "process":
        return session.clone == event.clone
    if event.evidence == "ahead":
        return _is_ahead(rules, before, victim, event, now)
    return event.evidence == "override"


def _is_ahead(rules: Rules, before: State, victim: str, event: Event, now: int) -> bool:
    """Whether a session's times are ahead of everybody's, and nothing of it was merged since the taker saw it last."""
    session = before.sessions[victim]
    if Rule.AHEAD not in rules or session.last <= now + SKEW:
        return False
    if Rule.SIGN_NAMED in rules and (session.position is None or session.position.id not in event.seen):
        return False
    others = [other for other in before.sessions.values() if other.live and other.clone != session.clone]
    return Rule.OF_EVERYBODY not in rules or all(other.last <= now + SKEW for other in others)


def chain(tip: Entry, base: Entry) -> Chain:
    """The operations of a ledger that are not below another, in its order. One of another root is no chain."""
    if tip.root != base.root:
        return []
    return [entry.event for entry in tip.line() if not base.descends(entry) and entry.event is not None]


def follows(state: State, event: Event) -> bool:
    """Whether an event is the next of its session."""
    session = state.sessions.get(event.session)
    return event.parent is (session.position if session else None)


def resequence(objects: Objects, base: Entry, chains: Sequence[Chain], time: int, by: str) -> Entry:
    """Append to `base` what the chains have and it does not; verdicts are computed anew.

    First a repair, which lifts the counter; then each chain up to its first take or retire; then what is left of each.
    """
    rules = objects.rules
    tip = base
    for event in _in_line(rules, chains):
        state = tip.state
        session = state.sessions.get(event.session)
        if Rule.RETIRED_IS_MERGED not in rules and session is not None and not session.live:
            continue
        if event.id in state.verdicts and Rule.ONCE in rules:
            continue
        if forks(state, event) and Rule.FORK_IS_ALONE not in rules:
            return base
        if not follows(state, event):
            ahead = event.number > (session.number if session else 0)
            if Rule.NEXT_OF_SESSION in rules if ahead else Rule.ONCE in rules:
                continue
        tip = objects.entry(tip, event, time, by)
    return tip


def _in_line(rules: Rules, chains: Sequence[Chain]) -> Chain:
    first = [event for line in chains for event in line if event.kind == "repair"]
    heads: Chain = []
    rests: Chain = []
    for line in chains:
        last = TAKES | ({"adopt"} if Rule.ADOPT_LAST in rules else set())
        cut = next((at for at, event in enumerate(line) if event.kind in last), len(line))
        if Rule.TAKES_LAST not in rules:
            cut = len(line)
        heads += line[:cut]
        rests += line[cut:] if Rule.NOTHING_LEFT_OUT in rules else []
    return first + heads + rests


def forks(state: State, event: Event) -> bool:
    """Whether an event stands where the ledger has merged another one of the same session."""
    session = state.sessions.get(event.session)
    if session is None or session.position is None or event.number > session.number:
        return False
    return event not in session.position.line()
