"""What a clone does with the hub: push, fetch, and work in what a fetch brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import local
from .ledger import LEASE, SKEW, chain, resequence
from .rules import Rule
from .world import OPERATIONS, Clone, Entry, Fetch, Hub, Meeting, Push, Watch, World, put

if TYPE_CHECKING:
    from .ledger import Chain
    from .scenario import Model


class Adopted(NamedTuple):
    """The clone after each of the writes that working in a fetch takes; the last is whole."""

    stages: tuple[tuple[str, Clone], ...]

    @property
    def whole(self) -> Clone:
        """The clone when everything is written."""
        return self.stages[-1][1]


def reachable(world: World, at: int) -> bool:
    """Whether this clone reaches the hub."""
    clone = world.clones[at]
    return clone.alive and not clone.cut and not clone.astray and not world.hub.away


def fetch(world: World, at: int) -> Fetch:
    """What a fetch by this clone brings now."""
    clone = world.clones[at]
    others = tuple(pair for pair in world.hub.announced if pair[0] != _announces_as(clone))
    return Fetch(world.hub.ledger, others, clone.ledger, announced_by(clone, world.hub))


def _announces_as(clone: Clone) -> str:
    return clone.alias or clone.name


def announced_by(clone: Clone, hub: Hub) -> Entry | None:
    """What the hub has under the id of a clone."""
    return dict(hub.announced).get(_announces_as(clone))


def recognise(model: Model, clone: Clone, shown: Entry | None) -> Clone:
    """The clone after it looked at its announcement: where another's stands, it takes a new id.

    Then it is a copy, was copied, or its disk was restored. An announcement that was deleted is nobody's.
    """
    if not _is_leased(model):
        return clone
    if shown is None or shown in clone.tried:
        return clone._replace(announced=shown)
    return clone._replace(alias=_announces_as(clone) + "'", announced=None)


def _is_leased(model: Model) -> bool:
    return Rule.ANNOUNCED_LEASE in model.objects.rules and model.scenario.leased


def news(world: World, at: int) -> bool:
    """Whether a fetch would bring something that the clone does not have."""
    clone, brought = world.clones[at], fetch(world, at)
    if brought.ledger is not clone.confirmed or clone.seen is not brought.ledger:
        return True
    known = clone.ledger.state.verdicts
    return any(
        event.kind in OPERATIONS and event.id not in known and event.session not in clone.quarantine
        for _, tip in brought.announced
        for event in chain(tip, clone.confirmed)
    )


def adopt(
    model: Model, world: World, at: int, brought: Fetch, *, mine_first: bool, ahead: int | None = None
) -> Adopted:
    """Work in what was fetched: the hub's ledger, and on it everything announced and pending.

    The own chain comes first or last; or behind so many others, where `ahead` says so.
    """
    rules, objects = model.objects.rules, model.objects
    clone, now = recognise(model, world.clones[at], brought.shown), model.clock(world, at)
    world = world.with_clone(at, clone)
    hub, confirmed = brought.ledger, clone.confirmed
    dropped: Chain = []
    archive, repair = clone.archive, False
    if hub is not None and hub.root != confirmed.root:
        if Rule.OTHER_ROOT in rules:
            return Adopted((("looks at the hub, which has another ledger", clone),))
        base = hub
    elif hub is not None and hub.descends(confirmed):
        base = hub
    elif hub is None or confirmed.descends(hub):
        base = confirmed if Rule.PUSH_BACK in rules or hub is None else hub
    else:
        base = hub
        if Rule.DROPPED_CHAIN in rules:
            dropped = chain(confirmed, base)
            archive, repair = archive | {confirmed}, True
    logs = local.mend(model, clone, base.state)
    mended = clone._replace(logs=logs)
    read = clone.ledger if Rule.LEDGER_BY_CAS in rules else brought.own
    own = chain(read, base) if base is confirmed or dropped else _provisional(read, confirmed, base)
    unread = (clone.marker and Rule.CRASH_MARKER in rules) or logs != clone.logs
    mine = [own, *(local.pending(mended, base.state) if unread else [])]
    others = [_announced(model, tip, base) for _, tip in brought.announced]
    if Rule.DROPPED_FIRST in rules:
        before = (0 if mine_first else len(others)) if ahead is None else ahead
        chains = [dropped, *others[:before], *mine, *others[before:]]
    else:
        chains = [*others, *mine, dropped]
    allowed = [[event for event in line if event.session not in clone.quarantine] for line in chains]
    if repair and Rule.REPAIR in rules:
        mended, lift = _repair(model, mended, base, confirmed, now)
        allowed = [*allowed, lift]
    tip = resequence(objects, base, allowed, now, clone.name)
    if Rule.MEND_AGAIN in rules:
        again = local.mend(model, mended, tip.state)
        if again != mended.logs:
            mended = mended._replace(logs=again)
            tip = resequence(objects, tip, local.pending(mended, tip.state), now, clone.name)
    return _stages(rules, clone, mended, archive, tip, base, hub, model, world)


def _provisional(own: Entry, confirmed: Entry, base: Entry) -> Chain:
    if own.root != confirmed.root:
        return chain(own, base)
    return [event for event in chain(own, confirmed) if event.id not in base.state.verdicts]


def _announced(model: Model, tip: Entry, base: Entry) -> Chain:
    line = chain(tip, base)
    if Rule.CHAINS_NOT_LOGS in model.objects.rules:
        return line
    by_log: dict[str, Chain] = {}
    for event in line:
        by_log.setdefault(event.session, []).append(event)
    return [event for session in sorted(by_log) for event in by_log[session]]


def _repair(model: Model, clone: Clone, base: Entry, lost: Entry, now: int) -> tuple[Clone, Chain]:
    """The operation that lifts the counter above what a dropped ledger gave: once for each, in a session of its own."""
    name = f"{clone.name}-repair-{len(lost.below)}-{lost.state.counter}"
    known = clone.log(name)
    if known is None:
        highest = str(max(lost.state.counter, clone.ledger.state.counter))
        made = local.draft(model, clone, name, now, "repair", f"{name}.0", names=(name, highest))
        clone, known = local.append(model, clone, name, made)
    return clone, [known] if known.id not in base.state.verdicts else []


def _stages(
    rules: frozenset[Rule],
    before: Clone,
    mended: Clone,
    archive: frozenset[Entry],
    tip: Entry,
    base: Entry,
    hub: Entry | None,
    model: Model,
    world: World,
) -> Adopted:
    writes = [
        ("archive", {"archive": archive}),
        ("its ledger", {"logs": mended.logs, "ledger": tip}),
        ("the confirmed ledger", {"confirmed": base}),
    ]
    if Rule.LEDGER_THEN_CONFIRMED not in rules:
        writes = [writes[0], writes[2], writes[1]]
    if Rule.ARCHIVE_FIRST not in rules:
        writes = [*writes[1:], writes[0]]
    stages, clone = [], before
    for name, change in writes:
        clone = clone._replace(**change)  # type: ignore[arg-type]  # the fields of a clone
        stages.append((f"dies after writing {name}", clone._replace(seen=clone.confirmed, hand=())))
    whole = clone._replace(
        seen=hub,
        unmet=False,
        met=_meet(model, world, before, base),
        watched=_watch(model, world, before, tip),
        heard=_heard(before, base, model, world),
    )
    return Adopted((*stages[:-1], ("is done", whole)))


def _meet(model: Model, world: World, clone: Clone, base: Entry) -> tuple[Meeting, ...]:
    """Which claims this clone has now met at the hub with their lease (deadline) over."""
    if not model.scenario.takes():
        return ()
    at = world.clones.index(clone)
    now, met = model.clock(world, at), []
    for claim in base.state.claims.values():
        victim = base.state.sessions[claim.session]
        if victim.clone == clone.name:
            continue
        old = [one for one in clone.met if (one.claim, one.last) == (claim.id, victim.last)]
        if old:
            met += old
        elif any(local.over(model, claim, victim, what, now, here=False) for what in ("lease", "deadline")) or (
            Rule.WATCH_APART not in model.objects.rules and local.ahead(victim, now)
        ):
            met.append(Meeting(claim.id, victim.last, now))
    return tuple(sorted(met))


def _watch(model: Model, world: World, clone: Clone, tip: Entry) -> tuple[Watch, ...]:
    """Since when nothing new was seen of holders whose times are ahead of this clone's clock."""
    if not model.scenario.takes():
        return ()
    now, watched = model.clock(world, world.clones.index(clone)), []
    known = {(one.session, one.sign): one for one in clone.watched}
    for name in sorted({claim.session for claim in tip.state.claims.values()}):
        victim = tip.state.sessions[name]
        if not local.ahead(victim, now) or victim.position is None:
            continue
        watch = known.get((name, victim.position.id), Watch(name, victim.position.id, now))
        if watch.first < 0 and now > watch.since + LEASE + SKEW:
            watch = watch._replace(first=now)
        watched.append(watch)
    return tuple(watched)


def _heard(clone: Clone, base: Entry, model: Model, world: World) -> int:
    """1 where something new at the hub bears a time that this clone's clock cannot explain; 0 where it can."""
    at = world.clones.index(clone)
    since = min((one.time for one in clone.met), default=model.clock(world, at))
    new = [
        entry
        for entry in base.line()
        if not clone.confirmed.descends(entry) and entry.event is not None and entry.event.clone != clone.name
    ]
    if not new:
        return clone.heard
    return int(not since - SKEW <= new[-1].time <= model.clock(world, at) + SKEW)


def provisional(clone: Clone, hub: Entry | None) -> Chain:
    """The operations of the own ledger that the hub's, as last seen, does not have."""
    known = hub.state.verdicts if hub is not None else {}
    return [
        entry.event
        for entry in clone.ledger.line()
        if entry.event is not None and entry.event.kind in OPERATIONS and entry.event.id not in known
    ]


def parcel(model: Model, world: World, at: int) -> Push | None:
    """What this clone would push now, or None where there is nothing, or it may not."""
    rules, clone = model.objects.rules, world.clones[at]
    if clone.seen is not None and clone.seen.root != clone.ledger.root:
        return None
    left = provisional(clone, clone.seen)
    if Rule.PUSH_FOR_ALL not in rules:
        left = [event for event in left if event.session in dict(clone.logs)]
    if not left:
        return None
    if Rule.PUSH_DESCENDS in rules and clone.seen is not None and not clone.ledger.descends(clone.seen):
        return None
    return Push(_announces_as(clone), clone.seen, clone.ledger, _is_leased(model), clone.announced)


def trying(push: Push, clone: Clone) -> Clone:
    """The clone after it put down what it is about to push."""
    return clone._replace(tried=clone.tried | {push.ledger}) if push.leased else clone


def arrive(model: Model, hub: Hub, push: Push, *, ledger: bool = True, announcement: bool = True) -> tuple[Hub, str]:
    """The hub after a push (or a part of it) arrived, and its answer: pushed, lost the race, or refused."""
    rules = model.objects.rules
    free = not push.leased or dict(hub.announced).get(push.clone) is push.announced
    if announcement and free and Rule.ANNOUNCE in rules and not hub.deaf:
        hub = hub._replace(announced=put(hub.announced, push.clone, push.ledger))
    if not ledger:
        return hub, "lost the race"
    if hub.deaf or any(event.bad for event in _carried(hub, push)):
        return hub, "refused"
    if push.lease is not hub.ledger and Rule.LEASE_ON_PUSH in rules:
        return hub, "lost the race"
    return hub._replace(ledger=push.ledger), "pushed"


def _carried(hub: Hub, push: Push) -> Chain:
    return chain(push.ledger, hub.ledger) if hub.ledger is not None else []


def leave_out(model: Model, world: World, at: int, push: Push) -> Clone:
    """The clone after the hub refused its push for another reason than the lease: who is to blame is left out."""
    rules, clone = model.objects.rules, world.clones[at]
    everything = world.hub.deaf
    if everything and Rule.ALL_IS_NONE in rules:
        return clone
    if not everything and Rule.LEAVE_OUT not in rules:
        return clone
    blamed = {event.session for event in _carried(world.hub, push) if event.bad or everything}
    clone = clone._replace(quarantine=clone.quarantine | blamed)
    kept: Chain = [event for event in chain(clone.ledger, clone.confirmed) if event.session not in blamed]
    tip = resequence(model.objects, clone.confirmed, [kept], model.clock(world, at), clone.name)
    stopped = [asked.command for session, asked in clone.waits if session in blamed]
    answers = dict(clone.answers) | dict.fromkeys(stopped, "quarantined")
    waits = tuple(pair for pair in clone.waits if pair[0] not in blamed)
    return clone._replace(ledger=tip, waits=waits, answers=tuple(sorted(answers.items())))
