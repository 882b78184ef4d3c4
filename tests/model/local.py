"""What a session does in its clone: look, append to its log, sequence into the own ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ledger import LEASE, SKEW, chain, follows, obstacles, resequence
from .rules import Rule
from .world import Clone, Event, World, drop, put

if TYPE_CHECKING:
    from .ledger import Chain
    from .scenario import Command, Model
    from .world import Claim, Logs, Session, State


def of(state: State, session: str, scope: str) -> list[Claim]:
    """The claims of a session on this scope, or on what is left of it."""
    paths = set(scope.split())
    return [
        claim for claim in state.claims.values() if claim.session == session and paths.issuperset(claim.scope.split())
    ]


def undecided(clone: Clone, session: str, scope: str) -> list[str]:
    """Claims of a session on this scope, or below it, that the own ledger refuses and the confirmed one may still
    accept; not what was given back already.
    """
    confirmed, own = clone.confirmed.state.verdicts, clone.ledger.state.verdicts
    line = line_of(clone, session)
    given = {name for event in line if event.kind == "release" for name in event.names}
    exact = any(event.kind in ("claim", "take") and event.scope == scope for event in line)
    return [
        event.id
        for event in line
        if event.kind in ("claim", "take")
        and (event.scope == scope if exact else event.scope.startswith(scope + "/"))
        and event.id not in given
        and event.id not in confirmed
        and event.id in own
        and own[event.id].reason
    ]


def pending(clone: Clone, state: State) -> list[Chain]:
    """For each log of the clone what the state does not have of it."""
    found = []
    for session, tip in clone.logs:
        if session in clone.quarantine or tip is None:
            continue
        line = [event for event in tip.line() if event.number > number_of(state, session)]
        if line and follows(state, line[0]):
            found.append(line)
    return found


def number_of(state: State, session: str) -> int:
    """How far the state has merged a session."""
    known = state.sessions.get(session)
    return known.number if known else 0


def mend(model: Model, clone: Clone, state: State) -> Logs:
    """The own logs, in accord with what is merged: one behind is moved forward, one that forked is written anew."""
    rules, logs = model.objects.rules, dict(clone.logs)
    for session, tip in clone.logs:
        known = state.sessions.get(session)
        merged = known.position if known else None
        if merged is None or (tip is not None and merged in tip.line()):
            continue
        if tip is None or tip in merged.line():
            if Rule.FAST_FORWARD in rules:
                logs[session] = merged
        elif Rule.REAPPEND in rules:
            at = merged
            ids = {event.id for event in merged.line()}
            for event in tip.line():
                if event.id not in ids:
                    at = model.objects.event(_moved(event, at))
            logs[session] = at
    return tuple(sorted(logs.items()))


def _moved(event: Event, parent: Event) -> Event:
    fields = {name: getattr(event, name) for name in Event.__slots__}
    return Event(**fields | {"number": parent.number + 1, "parent": parent})


def lacks(tip: Event | None, theirs: Event | None) -> bool:
    """Whether a log of the hub has something that the own one does not have."""
    own = {event.id for event in tip.line()} if tip else set()
    return theirs is not None and not own.issuperset(event.id for event in theirs.line())


def follow(model: Model, clone: Clone, session: str, theirs: Event, now: int) -> Clone:
    """Take up what the own log at the hub has and this disk forgot: behind what the own ledger merged, if it merged."""
    tip, known = clone.log(session), clone.ledger.state.sessions.get(session)
    merged = known.position if known else None
    goes_on = tip is None or merged is None or merged in theirs.line()
    at, rest = (theirs, tip) if goes_on or tip is None else (tip, theirs)
    ids = {event.id for event in at.line()}
    for event in rest.line() if rest else []:
        if event.id not in ids:
            at = model.objects.event(_moved(event, at))
    clone = clone._replace(logs=put(clone.logs, session, at))
    chains = pending(clone, clone.ledger.state)
    return clone._replace(ledger=resequence(model.objects, clone.ledger, chains, now, clone.name))


def settle_crash(model: Model, clone: Clone, now: int) -> Clone:
    """Sequence what a writer left on a log that died before it sequenced."""
    if not clone.marker or Rule.CRASH_MARKER not in model.objects.rules:
        return clone
    tip = resequence(model.objects, clone.ledger, pending(clone, clone.ledger.state), now, clone.name)
    return clone._replace(ledger=tip, marker=False)


def stand(model: Model, clone: Clone, now: int) -> Clone:
    """Bring an own ledger that does not stand on the confirmed one onto it, with what only the logs have."""
    if clone.ledger.descends(clone.confirmed) or Rule.OWN_DESCENDS not in model.objects.rules:
        return clone
    chains = [chain(clone.ledger, clone.confirmed), *pending(clone, clone.confirmed.state)]
    return clone._replace(ledger=resequence(model.objects, clone.confirmed, chains, now, clone.name))


def append(model: Model, clone: Clone, session: str, draft: Event) -> tuple[Clone, Event]:
    """Append an event to its session's log: it has its number, its parent and its id now."""
    merged = clone.ledger.state.sessions.get(session)
    tip = clone.log(session)
    if Rule.FAST_FORWARD in model.objects.rules and merged is not None and merged.position is not None:
        behind = tip is None or (tip.number < merged.number and tip in merged.position.line())
        tip = merged.position if behind else tip
    number = tip.number + 1 if tip else 1
    fields = {name: getattr(draft, name) for name in Event.__slots__}
    event_id = draft.id if Rule.ID_IS_RANDOM in model.objects.rules else f"{session}:{number}"
    event = model.objects.event(Event(**fields | {"number": number, "parent": tip, "id": event_id}))
    return clone._replace(logs=put(clone.logs, session, event)), event


def sequence(model: Model, clone: Clone, event: Event, now: int) -> Clone:
    """Sequence an appended event into the own ledger."""
    return clone._replace(ledger=resequence(model.objects, clone.ledger, [[event]], now, event.session))


def draft(model: Model, clone: Clone, session: str, now: int, kind: str, event_id: str, **facts: object) -> Event:
    """An event that is not on its log yet."""
    fields: dict[str, object] = {
        "id": event_id,
        "session": session,
        "clone": clone.name,
        "number": 0,
        "parent": None,
        "kind": kind,
        "time": now,
        "under": model.scenario.parents.get(session, ""),
        "command": event_id,
    }
    return Event(**fields | facts)  # type: ignore[arg-type]  # the fields of an event


def living(model: Model, world: World, session: str) -> bool:
    """Whether a session works (or could)."""
    scenario = model.scenario
    at = scenario.home(session)
    return session not in scenario.dead and world.clones[at].alive


def evidence(model: Model, world: World, at: int, taker: str, claim: Claim, command: Command, *, hub: bool) -> bool:
    """Whether a taker may say that a claim's holder is gone (or its deadline over)."""
    rules, clone, now = model.objects.rules, world.clones[at], model.clock(world, at)
    victim = clone.ledger.state.sessions[claim.session]
    here = victim.clone == clone.name
    if command.evidence == "override" or Rule.EVIDENCE not in rules:
        return True
    if command.evidence == "process":
        if not here:
            return False
        if claim.session in model.scenario.elsewhere:
            return Rule.SAME_NAMESPACE not in rules
        return not living(model, world, claim.session)
    if here and Rule.AGENT_LIVES in rules and living(model, world, claim.session):
        return False
    if command.evidence == "ahead":
        return _watched(model, clone, claim.session, victim, now, here=here)
    if not over(model, claim, victim, command.evidence, now, here=here):
        return False
    if here or not hub or Rule.GRACE not in rules:
        return True
    return any(
        (met.claim, met.last) == (claim.id, victim.last) and now >= met.time + model.scenario.grace for met in clone.met
    )


def _watched(model: Model, clone: Clone, session: str, victim: Session, now: int, *, here: bool) -> bool:
    """Whether this clone has watched a session that is ahead for a whole lease, and waited a grace after that."""
    rules = model.objects.rules
    if Rule.AHEAD not in rules or not ahead(victim, now):
        return False
    if Rule.WATCHED not in rules:
        return True
    sign = victim.position.id if victim.position is not None else ""
    watch = next((one for one in clone.watched if (one.session, one.sign) == (session, sign)), None)
    if watch is None or now <= watch.since + LEASE + (0 if here else SKEW):
        return False
    if here or Rule.GRACE not in rules:
        return True
    first = watch.first if Rule.WATCH_APART in rules else watch.since
    return first >= 0 and now >= first + model.scenario.grace


def ahead(victim: Session, now: int) -> bool:
    """Whether the time of a session's last operation lies in the future."""
    return victim.last > now + SKEW


def over(model: Model, claim: Claim, victim: Session, what: str, now: int, *, here: bool) -> bool:
    """Whether a lease (or deadline) has passed, as this clone's clock says."""
    skew = 0 if here or Rule.SKEW not in model.objects.rules else SKEW
    if what == "deadline":
        return claim.until is not None and now > claim.until + skew
    return now > victim.last + LEASE + skew


def sure(model: Model, clone: Clone) -> State:
    """What a clone takes for confirmed: what its hub has, or, where no hub was met, what it has itself."""
    believes = clone.unmet and Rule.CONFIRMED_BY_HUB not in model.objects.rules
    return clone.ledger.state if believes else clone.confirmed.state


def answered(model: Model, clone: Clone, world: World, at: int) -> World:
    """The world after the sessions of a clone have read what the ledger says of their operations."""
    rules = model.objects.rules
    confirmed, own = sure(model, clone), clone.ledger.state
    waits, answers, told = clone.waits, dict(clone.answers), world.told
    events = {event.id: event for _, tip in clone.logs if tip for event in tip.line()}
    for session, asked in clone.waits:
        verdict = confirmed.verdicts.get(asked.id)
        if verdict is None and Rule.REFUSED_IF_CONFIRMED not in rules:
            guess = own.verdicts.get(asked.id)
            verdict = guess if guess is not None and guess.reason else None
        if verdict is not None:
            waits = drop(waits, session)
            answers[asked.command] = "refused" if verdict.reason else "won"
    for event_id, event in events.items():
        verdict = confirmed.verdicts.get(event_id)
        if verdict is not None and answers.get(event.command) == "provisional":
            answers[event.command] = "refused" if verdict.reason else "won"
        view = confirmed if Rule.NO_PROVISIONAL_TOKEN in rules else own
        held = view.claims.get(event_id)
        if held is not None and held.session == event.session:
            fact = (held.scope, held.id, held.token)
            if answers.get(event.command, "provisional") in ("won", "provisional") and fact not in told:
                told = (*told, fact)
    clone = clone._replace(waits=waits, answers=tuple(sorted(answers.items())))
    return world.with_clone(at, clone)._replace(told=told)


def in_the_way(clone: Clone, session: str, scope: str) -> list[Claim]:
    """What stands against a claim, as the own ledger says."""
    return obstacles(clone.ledger.state, session, scope)


def line_of(clone: Clone, session: str) -> list[Event]:
    """The log of a session, eldest first."""
    tip = clone.log(session)
    return tip.line() if tip else []
