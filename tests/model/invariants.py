"""What must hold: in every world, across every step, and where everything has come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import local
from .ledger import LEASE, chain, obstacles, overlap, refold, related
from .rules import Rule
from .world import OPERATIONS, Clone, State, World

if TYPE_CHECKING:
    from .play import Step
    from .scenario import Model
    from .world import Claim, Entry, Event

HARMLESS = frozenset({"dies", "old disk", "restored", "emptied", "other root"})
"""Faults that take away what somebody had; what may be lost by them is said in docs/protocol.md."""


def broken(model: Model, world: World) -> str:
    """What is wrong with a world, or ''."""
    return (
        _two_holders(model, world)
        or _counted_twice(world)
        or _tokens(model, world)
        or _two_folds(model, world)
        or _lengthened(world)
        or _begun_in_a_halt(world)
        or _beyond_a_role(world)
    )


def broken_step(model: Model, before: World, step: Step[World]) -> str:
    """What is wrong with a step, or ''."""
    after = step.world
    return (
        _lost(model, before, step)
        or _answers(model, before, after)
        or _robbed(model, before, after)
        or _unwanted(before, after)
        or _handed_over(before, after)
        or _unseen(before, after)
        or _token_rises(model, before, after)
        or _overruled(before, after)
        or _demoted(before, after)
    )


def believed(model: Model, world: World, at: int) -> list[Claim]:
    """The claims that the sessions of a clone take for confirmed and their own, now. What is offered may be gone."""
    clone, now = world.clones[at], model.clock(world, at)
    if not clone.alive:
        return []
    state = local.sure(model, clone)
    mine = dict(clone.logs)
    ended = {name for name, offer in state.offers.items() if not offer.open}
    offered = {name for key, offer in clone.ledger.state.offers.items() if key not in ended for name in offer.names}
    own_lease = Rule.OWN_LEASE in model.objects.rules and model.scenario.until
    return [
        claim
        for claim in state.claims.values()
        if claim.session in mine
        and claim.id not in offered
        and claim.id in clone.ledger.state.claims
        and claim.session not in model.scenario.dead
        and not (own_lease and now > state.sessions[claim.session].last + LEASE)
    ]


def _begun_in_a_halt(world: World) -> str:
    state = world.hub.ledger.state if world.hub.ledger is not None else State()
    for claim in state.claims.values():
        if 0 < state.halted < claim.token:
            return f"claimed in a halt: {claim.session} was given {claim.scope} after everybody was stopped"
    return ""


def _beyond_a_role(world: World) -> str:
    state = world.hub.ledger.state if world.hub.ledger is not None else State()
    for claim in state.claims.values():
        if 0 < state.limited.get(claim.session, 0) < claim.token:
            return f"claimed beyond a role: {claim.session} was given {claim.scope} after its role lost the right"
    return ""


def _two_holders(model: Model, world: World) -> str:
    if world.hub.ledger is not None:
        state = world.hub.ledger.state
        for one in state.claims.values():
            for other in state.claims.values():
                apart = one.id < other.id and not related(state, one.session, other.session)
                if apart and overlap(one.scope, other.scope):
                    return f"two holders: {one.session} and {other.session} both hold {one.scope} in the hub's ledger"
    if _forgetful(model):
        return ""
    beliefs = [(at, claim) for at in range(len(world.clones)) for claim in believed(model, world, at)]
    for at, mine in beliefs:
        for other_at, theirs in beliefs:
            if at < other_at and overlap(mine.scope, theirs.scope):
                return f"two holders: {mine.session} and {theirs.session} both believe that they hold {mine.scope}"
    return ""


def _counted_twice(world: World) -> str:
    if world.hub.ledger is None:
        return ""
    state = world.hub.ledger.state
    if state.twice:
        return f"counted twice: {state.twice} is in the hub's ledger two times"
    accepted = [event_id for event_id, verdict in state.verdicts.items() if not verdict.reason]
    for event_id in accepted:
        if event_id.endswith("'") and event_id.rstrip("'") in accepted:
            return f"counted twice: {event_id.rstrip(chr(39))} was asked for once and accepted two times"
    return ""


def _forgetful(model: Model) -> bool:
    """Whether the hub may forget what it acknowledged: a token may be given twice then."""
    forgets = bool(model.scenario.faults.keys() & {"restored", "emptied", "other root"})
    return not model.scenario.strict and (forgets or model.scenario.forgot)


def _tokens(model: Model, world: World) -> str:
    if _forgetful(model):
        return ""
    for at, (scope, claim, token) in enumerate(world.told):
        for other_scope, other, same in world.told[:at]:
            if token == same and claim != other and overlap(scope, other_scope):
                return f"token given twice: {token} for {other} and for {claim}"
    return ""


def _two_folds(model: Model, world: World) -> str:
    ledger = world.hub.ledger
    if Rule.APPLY_IS_PURE in model.objects.rules or ledger is None:
        return ""  # the fold belongs to the object then, there is only one
    views = [refold(model.objects.rules, ledger, model.clock(world, at)) for at in range(len(world.clones))]
    if any(view.claims != views[0].claims for view in views):
        return "two states: the same ledger is not the same to everybody"
    return ""


def _lengthened(world: World) -> str:
    """Whether a session holds for longer than a lease after what it did last, since its clock was ahead before that."""
    state = world.hub.ledger.state if world.hub.ledger is not None else State()
    for name, session in state.sessions.items():
        newest = session.position
        if newest is not None and newest.kind in OPERATIONS and session.live and session.last > newest.time:
            return f"lease lengthened: {name} did something at {newest.time}, and its lease runs from {session.last}"
    return ""


def known_at(ledger: Entry | None) -> set[str]:
    """The operations of a ledger."""
    return set(ledger.state.verdicts) if ledger is not None else set()


def within_reach(world: World) -> set[str]:
    """Every operation and message that is at the hub, or in a living clone."""
    found = _at_hub(world)
    for clone in world.clones:
        if clone.alive:
            found |= known_at(clone.ledger) | known_at(clone.confirmed)
            for tip in clone.archive:
                found |= known_at(tip)
            found |= {event.id for _, log in clone.logs if log for event in log.line()}
    return found


def _at_hub(world: World) -> set[str]:
    hub = world.hub
    found = {entry.event.id for entry in hub.ledger.line() if entry.event} if hub.ledger else set()
    found |= {entry.event.id for _, tip in hub.announced for entry in tip.line() if entry.event}
    return found | {event.id for _, log in hub.logs if log for event in log.line()}


def _lost(model: Model, before: World, step: Step[World]) -> str:
    if step.fault in HARMLESS:
        return ""
    gone = within_reach(before) - within_reach(step.world)
    if gone:
        return f"lost: {min(gone)} is nowhere any more"
    if step.world.hub is before.hub or step.world.hub.ledger is before.hub.ledger is None:
        return ""
    if before.hub.logs != step.world.hub.logs:
        gone = _at_hub(before) - _at_hub(step.world)
        if gone:
            return f"lost: the hub had {min(gone)} and has it no more"
    old, new = before.hub.ledger, step.world.hub.ledger
    if old is not None and new is not old and (new is None or new.root == old.root):
        gone = known_at(before.hub.ledger) - known_at(step.world.hub.ledger)
        if gone and step.fault not in HARMLESS:
            return f"lost: the hub's ledger had {min(gone)} and has it no more"
    return ""


def _answers(model: Model, before: World, after: World) -> str:
    ledger = after.hub.ledger
    lossy = model.scenario.faults.keys() & {"restored", "emptied", "other root", "old disk"}
    for clone, old in zip(after.clones, before.clones, strict=True):
        if clone.answers is old.answers and after.hub.ledger is before.hub.ledger:
            continue
        for command, answer in clone.answers:
            fresh = old.answer(command) != answer
            found = _verdict(ledger, command)
            if answer == "refused unseen" and fresh and not _stands(model, after, command, clone):
                return f"wrong answer: {command} was refused although nobody stood in the way"
            if answer == "away" and command in _appended(clone):
                return f"wrong answer: {command} was to leave nothing behind and is on the log"
            if answer in ("won", "refused") and found != answer and (fresh or not lossy):
                if found == "" and (lossy or answer == "won"):
                    if lossy and not fresh:
                        continue
                    if lossy and command in _commands(clone.confirmed):
                        continue
                    return f"wrong answer: {command} was said to be {answer} and is not in the hub's ledger"
                if found:
                    return f"wrong answer: {command} was said to be {answer}, and the hub's ledger says {found}"
    return ""


def _appended(clone: Clone) -> set[str]:
    return {event.command for _, tip in clone.logs if tip for event in tip.line()}


def _commands(ledger: Entry) -> set[str]:
    return {entry.event.command for entry in ledger.line() if entry.event}


def _verdict(ledger: Entry | None, command: str) -> str:
    """What the ledger says of a command: won, refused, or '' where it does not know it."""
    if ledger is None:
        return ""
    found = ""
    for entry in ledger.line():
        if entry.event is not None and entry.event.command == command:
            verdict = entry.state.verdicts.get(entry.event.id)
            found = "refused" if verdict is None or verdict.reason else "won"
    return found


def _stands(model: Model, world: World, command: str, clone: Clone) -> bool:
    """Whether somebody stands in the way of a command at the hub right now."""
    session, _, count = command.rpartition(".")
    wanted = model.scenario.members[model.scenario.home(session)].sessions[session.rstrip("*")][int(count)]
    if world.hub.ledger is None:
        return True
    held = [*world.hub.ledger.state.claims.values(), *clone.ledger.state.claims.values()]
    known = world.hub.ledger.state.verdicts
    return any(
        overlap(claim.scope, wanted.scope) and claim.session != session
        for claim in held
        if claim.id in world.hub.ledger.state.claims or claim.id not in known
    )


def _new_entries(before: World, after: World) -> list[Entry]:
    ledger, old = after.hub.ledger, before.hub.ledger
    if ledger is None or old is None or ledger is old:
        return []
    return [entry for entry in ledger.line() if not old.descends(entry)]


_ROBBERIES = ("take", "claim", "retire", "adopt")


def _robbed(model: Model, before: World, after: World) -> str:
    ledger = after.hub.ledger
    for entry in _new_entries(before, after):
        event = entry.event
        if ledger is None or event is None or entry.parent is None or event.kind not in _ROBBERIES:
            continue
        for claim in entry.parent.state.claims.values():
            now = entry.state.claims.get(claim.id)
            if claim.session == event.session or (now is not None and now.session == claim.session):
                continue
            at = model.scenario.home(claim.session)
            if event.evidence in ("deadline", "override"):
                continue
            if model.scenario.cut or "cut" in model.scenario.faults:
                late = [
                    one.event.id
                    for one in ledger.line()
                    if one.descends(entry) and one.event and one.event.session == claim.session
                ]
                if late:
                    return f"renewal behind the robbery: {late[0]} comes after {event.id}"
            elif claim.session not in model.scenario.dead and after.clones[at].alive and not after.clones[at].cut:
                return f"robbed alive: {event.session} took {claim.scope} from {claim.session}, which lives"
    return ""


def _moved_on(before: World, after: World) -> list[Entry]:
    """The hub's ledger where a step changed it."""
    ledger = after.hub.ledger
    return ledger.line() if ledger is not None and ledger is not before.hub.ledger else []


def _handed_over(before: World, after: World) -> str:
    """All of an offer moves, or nothing; not after its time, nor after it was accepted or declined."""
    over: dict[str, str] = {}
    for entry in _moved_on(before, after):
        event = entry.event
        if event is None or entry.parent is None or event.kind not in ("accept", "decline"):
            continue
        (name,) = event.names
        offer, was, now = entry.parent.state.offers[name], entry.parent.state.claims, entry.state.claims
        moved = [one for one in offer.names if one in now and now[one].session != was[one].session]
        if moved and len(moved) < len(offer.names):
            return f"half: {event.session} was given {', '.join(moved)} of {', '.join(offer.names)}"
        if moved and name in over:
            return f"moved after its end: {name} was accepted by {event.id} after {over[name]}"
        if moved and offer.until is not None and min(event.time, entry.time) > offer.until:
            return f"moved after its end: {name} was accepted by {event.id}, and its time had passed"
        if not entry.state.verdicts[event.id].reason:
            over.setdefault(name, event.id)
    return ""


def _unseen(before: World, after: World) -> str:
    """Nobody writes over what it has not seen."""
    written = ""
    for entry in _moved_on(before, after):
        event = entry.event
        if event is None or event.kind != "set" or entry.state.verdicts[event.id].reason:
            continue
        if event.names[0] != written:
            return f"written over: {event.id} went over {written}, and had seen {event.names[0] or 'nothing'}"
        written = event.id
    return ""


def _unwanted(before: World, after: World) -> str:
    """Nobody loses what no take wanted."""
    for entry in _new_entries(before, after):
        event = entry.event
        if event is None or entry.parent is None or event.kind != "take":
            continue
        for claim in entry.parent.state.claims.values():
            now = entry.state.claims.get(claim.id)
            kept = now.scope.split() if now is not None else []
            for path in claim.scope.split():
                if path not in kept and not overlap(path, event.scope):
                    return f"lost unwanted: {claim.session} lost {path} to {event.session}, which took {event.scope}"
    return ""


def _token_rises(model: Model, before: World, after: World) -> str:
    known = known_at(before.hub.ledger)
    for entry in _new_entries(before, after):
        event = entry.event
        claim = entry.state.claims.get(event.id) if event is not None else None
        if event is None or claim is None or event.id in known or claim.token != entry.state.counter:
            continue
        if _forgetful(model):
            if fallen := _below_archive(after, entry, claim):
                return fallen
            continue
        for scope, other, token in before.told:
            if other != claim.id and overlap(scope, claim.scope) and claim.token <= token:
                return f"token fell: {claim.id} has token {claim.token}, {other} had {token} before"
    return ""


def _below_archive(world: World, entry: Entry, claim: Claim) -> str:
    """A clone that keeps a dropped ledger gives no token that is below those it knows from there."""
    keeper = next((clone for clone in world.clones if entry.event and clone.name == entry.event.clone), None)
    for tip in keeper.archive if keeper else ():
        for other in tip.state.claims.values():
            if other.id != claim.id and overlap(other.scope, claim.scope) and claim.token <= other.token:
                return f"token fell: {claim.id} has token {claim.token}, {other.id} had {other.token} before"
    return ""


def _overruled(before: World, after: World) -> str:
    """A provisional claim may be lost to another clone, not to the order in which its own clone worked."""
    for old, clone in zip(before.clones, after.clones, strict=True):
        events = [entry.event for entry in clone.confirmed.line() if entry.event]
        for lost in events:
            now = clone.confirmed.state.verdicts.get(lost.id)
            was = old.ledger.state.verdicts.get(lost.id)
            told = clone.answer(lost.command) == "refused" and old.answer(lost.command) == "provisional"
            if not told or lost.kind != "claim" or was is None or was.reason or now is None or now.reason == "ended":
                continue
            if not any(overlap(event.scope, lost.scope) and event.clone != clone.name for event in events):
                return f"overruled: {lost.command} was provisionally won, and no other clone asked for {lost.scope}"
    return ""


def _demoted(before: World, after: World) -> str:
    """A confirmed claim that a restored hub forgot may be lost to what the hub has now, not to what is provisional."""
    for old, clone in zip(before.clones, after.clones, strict=True):
        if clone.archive == old.archive or after.hub.ledger is None:
            continue
        for claim in old.confirmed.state.claims.values():
            now = clone.ledger.state.verdicts.get(claim.id)
            known = after.hub.ledger.state
            if claim.id in known.verdicts or now is None or not now.reason:
                continue
            if not obstacles(known, claim.session, claim.scope):
                return f"demoted: {claim.id} was confirmed and lost {claim.scope} to a provisional claim"
    return ""


def operations(world: World) -> set[str]:
    """Ids of all operations on the logs of living clones."""
    return {
        event.id
        for clone in world.clones
        if clone.alive
        for session, tip in clone.logs
        if tip is not None and not any(event.bad for event in tip.line())
        for event in tip.line()
        if event.kind in OPERATIONS
    }


def settled(model: Model, world: World) -> bool:
    """Whether everything asked for has its answer and every clone knows the hub's ledger."""
    hub = world.hub
    if hub.ledger is None or hub.away or hub.deaf:
        return False
    for at, clone in enumerate(world.clones):
        if not clone.alive:
            continue
        if (
            clone.cut
            or clone.astray
            or clone.waits
            or clone.confirmed is not hub.ledger
            or clone.ledger.root != hub.ledger.root
        ):
            return False
        scripts = model.scripts(world, at)
        done = dict(clone.done)
        left = [s for s, line in scripts.items() if done.get(s, 0) < len(line) and s not in clone.quarantine]
        if left and not model.scenario.open_end:
            return False
    known = known_at(hub.ledger)
    if not operations(world) <= known:
        return False
    return all(
        event.id in known or event.kind not in OPERATIONS or event.bad or _passed(hub.ledger, event)
        for _, tip in hub.announced
        for event in chain(tip, hub.ledger)
    )


def _passed(ledger: Entry, event: Event) -> bool:
    """Whether an event can never follow: the ledger has another one in its place, or in that of one before it."""
    known = ledger.state.sessions.get(event.session)
    return known is not None and known.position is not None and known.position not in event.line()


def broken_at_rest(model: Model, world: World) -> str:
    """What is wrong with a settled world, or ''."""
    ledger = world.hub.ledger
    if ledger is None:
        return ""
    state = ledger.state
    for claim in state.claims.values():
        if not state.sessions[claim.session].live:
            return f"held for ever: {claim.scope} by {claim.session}, which has ended"
        at = model.scenario.home(claim.session) if claim.session != "mal" else None
        if at is None:
            continue
        command = next(entry.event.command for entry in ledger.line() if entry.event and entry.event.id == claim.id)
        if command.rpartition(".")[0] != claim.session:
            continue  # it changed hands
        if world.clones[at].answer(command) == "unknown":
            return f"held unawares: {claim.scope} by {claim.session}, which was told that it is unknown and gave up"
        session, _, count = command.rpartition(".")
        script = model.scenario.members[at].sessions[session.rstrip("*")]
        later = script if count.startswith("g") else script[int(count) + 1 :] if count.isdigit() else ()
        held = set(claim.scope.split())
        if any(one.kind == "release" and held <= set(one.scope.split()) for one in later):
            return f"held for ever: {claim.scope} by {claim.session}, which released it"
    return _delivered(model, world)


def _delivered(model: Model, world: World) -> str:
    """Whether every reader at the hub finds every message."""
    ledger = world.hub.ledger
    if not model.scenario.tidy or ledger is None:
        return ""
    for clone in world.clones:
        if not clone.alive:
            continue
        for session, tip in clone.logs:
            if tip is None:
                continue
            merged = ledger.state.sessions.get(session)
            log = dict(world.hub.logs).get(session)
            shown = {event.id for event in log.line()} if log else set()
            if Rule.LATER_OF_BOTH in model.objects.rules and merged and merged.position:
                shown |= {event.id for event in merged.position.line()}
            sent = [event.id for event in tip.line() if event.kind == "message"]
            if any(event_id not in shown for event_id in sent) and (log is not None or merged):
                late = next(event_id for event_id in sent if event_id not in shown)
                if log is not tip and merged is not None and merged.number >= tip.number:
                    return f"not delivered: message {late} of {session}"
    return ""
