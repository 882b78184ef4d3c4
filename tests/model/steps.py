"""Every step that the world can take: what people and programs do. What goes wrong is in faults.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import contact, faults, local
from .ledger import LEASE, chain
from .local import line_of
from .play import Step
from .rules import Rule
from .world import Asked, Clone, Event, World, drop, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .scenario import Command, Model
    from .world import Fetch


def steps(model: Model, world: World) -> Iterator[Step[World]]:
    """Everything that may happen next."""
    for at, clone in enumerate(world.clones):
        if clone.astray and Rule.HUB_IS_AN_ADDRESS not in model.objects.rules:
            taken_in = _of_clone(model, world.as_seen_astray(at), at)
            yield from (step._replace(world=step.world.as_seen_astray(at)) for step in taken_in)
        elif clone.alive:
            yield from _of_clone(model, world, at)
    yield from _arrivals(model, world)
    yield from faults.accidents(model, world)
    if world.now < model.scenario.until and not any(
        _due(model, world, at) or (model.scenario.prompt and _curious(model, world, at))
        for at in range(len(world.clones))
        if contact.reachable(world, at)
    ):
        yield Step(f"time passes: {world.now + 1}", world._replace(now=world.now + 1))


def _of_clone(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    """What the sessions and the processes of a clone may do next, and what may happen to it."""
    clone = world.clones[at]
    looked = local.answered(model, clone, world, at)
    if looked != world:
        yield Step(f"the sessions of {clone.name} look up their verdicts", looked)
    yield from _commands(model, world, at)
    yield from _renew(model, world, at)
    late = Rule.RENEW_FIRST in model.objects.rules and _to_renew(model, world, at)
    upright = local.stand(model, clone, model.clock(world, at))
    if upright.ledger is not clone.ledger and contact.reachable(world, at):
        yield Step(f"{clone.name} brings its ledger onto the confirmed one", world.with_clone(at, upright))
    elif contact.reachable(world, at) and late:
        yield from _look(model, world, at)
    elif contact.reachable(world, at):
        yield from _fetch(model, world, at)
        yield from _push(model, world, at)
        if model.scenario.tidy:
            yield from _tidy(model, world, at)
    if clone.hand:
        yield from _work_in(model, world, at)
    yield from faults.troubles(model, world, at)


# What sessions ask for


def _commands(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    for session, script in model.scripts(world, at).items():
        count = dict(world.clones[at].done).get(session, 0)
        if count < len(script) and session not in dict(world.clones[at].waits) | dict.fromkeys(
            world.clones[at].quarantine
        ):
            yield from _command(model, world, at, session, script[count], count)


def _command(model: Model, world: World, at: int, session: str, command: Command, count: int) -> Iterator[Step[World]]:
    rules, clone = model.objects.rules, world.clones[at]
    now, name = model.clock(world, at), f"{session}.{count}"
    clone = local.settle_crash(model, clone, now)._replace(done=put(clone.done, session, count + 1))
    world = world.with_clone(at, clone)
    text = f"{session} asks for {_words(command)}"
    known = [event for event in line_of(clone, session) if event.command == name]
    if known and Rule.SETTLE_FIRST in rules:
        again = clone._replace(waits=put(clone.waits, session, Asked(known[-1].id, name)))
        yield Step(f"{text} again: it is settled first", local.answered(model, again, world, at))
        return
    reaches = contact.reachable(world, at)
    if command.insists and not reaches:
        away = clone._replace(answers=put(clone.answers, name, "away"))
        if Rule.CONFIRMED_MEETS_FIRST in rules:
            yield Step(f"{text} --confirmed: the hub is away", world.with_clone(at, away))
            return
        made = _draft(model, away, session, command, now, name, [])
        away, event = local.append(model, away, session, made)
        away = local.sequence(model, away, event, now)
        yield Step(f"{text} --confirmed: appended, the hub is away", world.with_clone(at, away))
        return
    if command.kind in ("claim", "take"):
        looked = world
        if reaches and Rule.LOOK_AT_HUB in rules and _needs_look(model, clone, session, command):
            looked = _looked(model, world, at)
        obstacles = local.in_the_way(looked.clones[at], session, command.scope)
        if obstacles and command.kind == "claim" and not model.scenario.until:
            refused = looked.clones[at]
            refused = refused._replace(answers=put(refused.answers, name, "refused unseen"))
            if reaches:
                yield Step(f"{text}: refused, {obstacles[0].session} holds it", looked.with_clone(at, refused))
            return
        if (
            obstacles
            and command.kind == "take"
            and not all(local.evidence(model, looked, at, session, claim, command, hub=True) for claim in obstacles)
        ):
            return
        if obstacles and command.kind == "take" and _suspicious(model, looked, at, command):
            return
        world, clone = looked, looked.clones[at]
    else:
        obstacles = []
    names = [claim.id for claim in obstacles]
    if command.kind in ("release", "handoff", "offer"):
        held = local.of(clone.ledger.state, session, command.scope)
        names = [claim.id if Rule.REFER_BY_ID in rules else f"#{claim.token}" for claim in held]
        if Rule.OPPOSITE_ALWAYS in rules and command.kind == "release":
            names += [one for one in local.undecided(clone, session, command.scope) if one not in names]
        if not names:
            yield Step(f"{text}: there is nothing", world)
            return
    if command.kind in ("accept", "decline"):
        if command.scope not in clone.ledger.state.offers:
            return
        names = [command.scope]
    if command.kind == "set":
        names = [clone.ledger.state.written]
    if command.kind in ("retire", "adopt"):
        world = _looked(model, world, at) if reaches else world
        clone = world.clones[at]
        holdings = [claim for claim in clone.ledger.state.claims.values() if claim.session == command.whom]
        gone = [local.evidence(model, world, at, session, claim, command, hub=True) for claim in holdings]
        if not any(gone):
            return
        names = [command.whom, *(claim.id for claim in holdings if command.kind == "adopt")]
    attempt = name + "'" * len(known)
    made = _draft(model, clone, session, command, now, name, names, attempt)
    yield from _record(model, world, at, session, made, text)


def _needs_look(model: Model, clone: Clone, session: str, command: Command) -> bool:
    return command.kind == "take" or bool(local.in_the_way(clone, session, command.scope))


def _looked(model: Model, world: World, at: int) -> World:
    """The world after a fetch made to look, worked in at once."""
    adopted = contact.adopt(model, world, at, contact.fetch(world, at), mine_first=False)
    return local.answered(model, adopted.whole, world, at)


def _suspicious(model: Model, world: World, at: int, command: Command) -> bool:
    """Whether what came freshly from others says that the clocks disagree."""
    if Rule.CLOCKS_AGREE not in model.objects.rules or command.evidence not in ("lease", "deadline"):
        return False
    return world.clones[at].heard == 1


def _draft(
    model: Model,
    clone: Clone,
    session: str,
    command: Command,
    now: int,
    name: str,
    names: list[str],
    attempt: str = "",
) -> Event:
    kind = "claim" if command.kind == "take" and not names else command.kind
    facts = {
        "scope": command.scope,
        "names": tuple(names),
        "evidence": command.evidence if kind in ("take", "retire", "adopt") else "",
        "until": command.until,
        "bad": command.bad,
        "command": name,
    }
    if kind == "handoff":
        facts["under"] = command.whom
    if facts["evidence"] == "ahead":
        state = clone.ledger.state
        victims = [state.claims[name].session if name in state.claims else name for name in names]
        signs = [state.sessions[victim].position for victim in victims]
        facts["seen"] = tuple(sign.id for sign in signs if sign is not None)
    return local.draft(model, clone, session, now, kind, attempt or name, **facts)


def _record(model: Model, world: World, at: int, session: str, made: Event, text: str) -> Iterator[Step[World]]:
    """Append and sequence; the session waits for its answer, or goes on with a provisional one."""
    clone, now = world.clones[at], model.clock(world, at)
    appended, event = local.append(model, clone, session, made)
    spoilt = world.fault("crash")
    if spoilt is not None:
        crashed = appended._replace(marker=True)
        yield Step(f"{text}: appended, then the command dies", spoilt.with_clone(at, crashed), "crash")
    after = local.sequence(model, appended, event, now)
    if made.kind == "message":
        yield Step(f"{text}: on its log", world.with_clone(at, after))
        return
    if model.scenario.offline:
        after = after._replace(answers=put(after.answers, event.command, "provisional"))
        verdict = after.ledger.state.verdicts.get(event.id)
        text += ": provisionally won" if verdict is not None and not verdict.reason else ": provisionally refused"
    else:
        after = after._replace(waits=put(after.waits, session, Asked(event.id, event.command)))
        text += ": appended and sequenced here"
    yield Step(text, local.answered(model, after, world, at))


def _due(model: Model, world: World, at: int) -> list[str]:
    """Sessions of a clone that hold something and have to renew, by the confirmed ledger."""
    clone, now = world.clones[at], model.clock(world, at)
    if not model.scenario.until or Rule.RENEW not in model.objects.rules:
        return []
    state = clone.confirmed.state
    holders = {claim.session for claim in state.claims.values()}
    return [
        session
        for session, _ in clone.logs
        if session in holders
        and session not in model.scenario.dead | model.scenario.quiet
        and _renewal_due(model, state.sessions[session].last, now)
    ]


def _to_renew(model: Model, world: World, at: int) -> list[str]:
    """Sessions that have to append a renewal before this clone does anything else with the hub."""
    if not contact.reachable(world, at):
        return []
    known, now = world.clones[at].ledger.state.sessions, model.clock(world, at)
    return [session for session in _due(model, world, at) if _renewal_due(model, known[session].last, now)]


def _renewal_due(model: Model, last: int, now: int) -> bool:
    return now - last >= LEASE // 2 or (last > now and Rule.RENEW_AHEAD in model.objects.rules)


def _renew(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    clone, now = world.clones[at], model.clock(world, at)
    for session in _to_renew(model, world, at):
        made = local.draft(model, clone, session, now, "renew", f"{session}.renew{now}")
        after, event = local.append(model, clone, session, made)
        yield Step(f"{session} renews its lease", world.with_clone(at, local.sequence(model, after, event, now)))


# With the hub


def _fetch(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    clone = world.clones[at]
    fetches = 1 if Rule.HUB_LOCK in model.objects.rules else 2
    fresh = contact.news(world, at) or _curious(model, world, at)
    fresh = fresh or (clone.marker and Rule.CRASH_MARKER in model.objects.rules)
    if not fresh:
        return
    if model.scenario.slow:
        if len(clone.hand) < fetches:
            brought = contact.fetch(world, at)
            after = clone._replace(hand=(*clone.hand, brought))
            yield Step(f"{clone.name} fetches", world.with_clone(at, after))
        return
    yield from _adopted(model, world, at, contact.fetch(world, at), "fetches and sequences again")


def _look(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    """A command that only reads takes in the hub's ledger and nothing of what is announced, a renewal due or not."""
    clone, brought = world.clones[at], contact.fetch(world, at)
    if brought.ledger is not clone.confirmed:
        yield from _adopted(model, world, at, brought._replace(announced=()), "looks at the hub's ledger")


def _curious(model: Model, world: World, at: int) -> bool:
    """Whether somebody here would take over what the hub shows, and has not met it yet."""
    if not model.scenario.until:
        return False
    wants = any(
        command.kind in ("take", "retire", "adopt")
        for line in model.scenario.members[at].sessions.values()
        for command in line
    )
    if not wants:
        return False
    clone = world.clones[at]
    met = contact.adopt(model, world, at, contact.fetch(world, at), mine_first=False).whole
    return (met.met, met.watched) != (clone.met, clone.watched)


def _work_in(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    clone = world.clones[at]
    for brought in clone.hand:
        rest = tuple(one for one in clone.hand if one is not brought)
        emptied = world.with_clone(at, clone._replace(hand=rest))
        yield from _adopted(model, emptied, at, brought, "works in what it fetched")


def _adopted(model: Model, world: World, at: int, brought: Fetch, text: str) -> Iterator[Step[World]]:
    clone = local.settle_crash(model, world.clones[at], model.clock(world, at))
    world = world.with_clone(at, clone)
    seen = set()
    for mine_first in (False, True):
        adopted = contact.adopt(model, world, at, brought, mine_first=mine_first)
        if adopted.whole.ledger in seen:
            continue
        seen.add(adopted.whole.ledger)
        order = ", its own first" if mine_first else ""
        if not mine_first or len(seen) > 1:
            yield Step(f"{clone.name} {text}{order}", local.answered(model, adopted.whole, world, at))
        spoilt = world.fault("crash")
        if spoilt is not None:
            for how, half in adopted.stages[:-1]:
                yield Step(f"{clone.name} {text}{order}, but {how}", spoilt.with_clone(at, half), "crash")


def _push(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    clone = world.clones[at]
    push = contact.parcel(model, world, at)
    if push is None or (clone.hand and Rule.HUB_LOCK in model.objects.rules):
        return
    clone = contact.trying(push, clone)
    world = world.with_clone(at, clone)
    hub, answer = contact.arrive(model, world.hub, push)
    looked = contact.recognise(
        model, clone, contact.announced_by(clone, hub)
    )  # pushed, or else it looks what stands there
    after = world._replace(hub=hub)
    if answer == "pushed":
        done = looked._replace(confirmed=push.ledger, seen=push.ledger, unmet=False)
        yield Step(f"{clone.name} pushes: the hub takes it", local.answered(model, done, after, at))
        for fault, text in (("lost answer", "the hub takes it, the answer is lost"),):
            spoilt = after.fault(fault)
            if spoilt is not None:
                yield Step(f"{clone.name} pushes: {text}", _disappointed(model, spoilt, at), fault)
    elif answer == "refused":
        left = contact.leave_out(model, world, at, push)
        yield Step(f"{clone.name} pushes: the hub refuses it", after.with_clone(at, left))
    else:
        yield Step(f"{clone.name} pushes: refused by the lease, the announcement arrives", after.with_clone(at, looked))
    spoilt = world.fault("half")
    if spoilt is not None:
        for part in (True, False):
            hub, said = contact.arrive(model, world.hub, push, ledger=part, announcement=not part)
            what = "the ledger" if part else "the announcement"
            if hub != world.hub and (said == "pushed" or not part):
                yield Step(f"{clone.name} pushes: only {what} arrives", spoilt._replace(hub=hub), "half")
    spoilt = world.fault("late")
    if spoilt is not None and push not in world.hub.flight:
        flying = world.hub._replace(flight=(*world.hub.flight, push))
        yield Step(f"{clone.name} pushes: it hangs, and is given up", spoilt._replace(hub=flying), "late")


def _disappointed(model: Model, world: World, at: int) -> World:
    """A push failed, as far as the clone knows."""
    if Rule.BELIEVE_THE_FETCH in model.objects.rules:
        return world
    clone = world.clones[at]
    answers = dict(clone.answers) | {asked.command: "refused" for _, asked in clone.waits}
    return world.with_clone(at, clone._replace(waits=(), answers=tuple(sorted(answers.items()))))


def _arrivals(model: Model, world: World) -> Iterator[Step[World]]:
    for push in world.hub.flight:
        rest = tuple(one for one in world.hub.flight if one is not push)
        hub, answer = contact.arrive(model, world.hub._replace(flight=rest), push)
        yield Step(f"the late push of {push.clone} arrives: {answer}", world._replace(hub=hub))


def _tidy(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    """Logs go to the hub, and refs that are of no use any more are deleted there."""
    rules, clone, hub = model.objects.rules, world.clones[at], world.hub
    for session, tip in clone.logs:
        theirs = dict(hub.logs).get(session)
        if theirs is not None and local.lacks(tip, theirs) and Rule.LOG_KEEPS in rules:
            followed = local.follow(model, clone, session, theirs, model.clock(world, at))
            yield Step(f"{clone.name} follows the log of {session} at the hub", world.with_clone(at, followed))
            continue
        if tip is None or session in clone.gone:
            continue
        merged = local.number_of(clone.confirmed.state, session)
        if tip.number > merged and dict(hub.logs).get(session) is not tip:
            sent = hub._replace(logs=put(hub.logs, session, tip))
            yield Step(f"{clone.name} syncs the log of {session}", world._replace(hub=sent))
        confirmed = Rule.DELETE_IF_CONFIRMED in rules
        state = clone.confirmed.state if confirmed else clone.ledger.state
        known = state.sessions.get(session)
        if known is not None and not known.live and known.position is tip and session in dict(hub.logs):
            gone = hub._replace(logs=drop(hub.logs, session))
            after = world.with_clone(at, clone._replace(gone=clone.gone | {session}))._replace(hub=gone)
            yield Step(f"{clone.name} deletes the log of {session} at the hub", after)
    for name, announced in hub.announced:
        if hub.ledger is None:
            continue
        left = [event for event in chain(announced, hub.ledger) if event.id not in clone.confirmed.state.verdicts]
        if not left or Rule.KEEP_ANNOUNCED not in rules:
            gone = hub._replace(announced=drop(hub.announced, name))
            yield Step(f"{clone.name} deletes the announcement of {name}", world._replace(hub=gone))


def _words(command: Command) -> str:
    what = command.scope or command.whom
    return f"{command.kind} {what}".strip() if command.kind != "take" else f"taking {what}"
