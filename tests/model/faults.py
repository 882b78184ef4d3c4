"""What goes wrong: with one clone, and with the hub. Each fault happens as often as the scenario allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import local
from .play import Step
from .rules import Rule
from .world import Event, World, drop, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .scenario import Model


def troubles(model: Model, world: World, at: int) -> Iterator[Step[World]]:
    """What may happen to one clone."""
    clone, rules = world.clones[at], model.objects.rules
    if (spoilt := world.fault("dies")) is not None and at == 0:
        yield Step(f"{clone.name} dies for good", spoilt.with_clone(at, clone._replace(alive=False)), "dies")
    if (spoilt := world.fault("killed")) is not None:
        for session, _ in clone.waits:
            count = dict(clone.done)[session] - 1
            after = clone._replace(waits=drop(clone.waits, session), done=put(clone.done, session, count))
            yield Step(f"the command of {session} is killed while it waits", spoilt.with_clone(at, after), "killed")
    if (spoilt := world.fault("impatient")) is not None:
        for session, asked in clone.waits:
            yield _give_up(model, spoilt, at, session, asked.id)
    if (spoilt := world.fault("cut")) is not None and not clone.cut and at == 0:
        yield Step(f"{clone.name} loses its connection", spoilt.with_clone(at, clone._replace(cut=True)), "cut")
    if clone.cut:
        yield Step(f"{clone.name} is connected again", world.with_clone(at, clone._replace(cut=False)))
    if (spoilt := world.fault("old disk")) is not None and at == 0:
        old = model.begin().clones[at]
        kept = clone._replace(
            logs=old.logs, ledger=old.ledger, confirmed=old.confirmed, archive=old.archive, seen=old.confirmed
        )._replace(waits=(), alias="", announced=None, tried=frozenset())
        yield Step(f"{clone.name} is restored from an old disk", spoilt.with_clone(at, kept), "old disk")
    if (spoilt := world.fault("set back")) is not None and at == 0 and clone.confirmed.parent is not None:
        behind = spoilt.with_clone(at, clone._replace(ledger=clone.confirmed.parent))
        yield Step(f"somebody sets the ledger of {clone.name} back", behind, "set back")
    if (spoilt := world.fault("copy")) is not None and at == 0 and not world.clones[1].alive:
        new = "*" if Rule.COPY_IS_NEW in rules else ""
        copy = clone._replace(
            name=clone.name + new,
            logs=tuple((session + new, None if new else tip) for session, tip in clone.logs),
            done=tuple((session + new, len(script)) for session, script in model.scripts(world, at).items()),
            waits=(),
            answers=(),
        )
        yield Step(f"{clone.name} is copied to another machine", spoilt.with_clone(1, copy), "copy")


def _give_up(model: Model, world: World, at: int, session: str, event_id: str) -> Step[World]:
    rules, clone, now = model.objects.rules, world.clones[at], model.clock(world, at)
    mine = next(event for event in local.line_of(clone, session) if event.id == event_id)
    clone = clone._replace(waits=drop(clone.waits, session), answers=put(clone.answers, mine.command, "unknown"))
    text = f"{session} gives up waiting for {mine.command}: unknown"
    if mine.kind != "claim" or Rule.UNDO_ON_GIVING_UP not in rules:
        return Step(text, world.with_clone(at, clone), "impatient")
    known = clone.confirmed if Rule.OPPOSITE_ALWAYS in rules else clone.ledger
    verdict = known.state.verdicts.get(event_id)
    if verdict is not None and verdict.reason:
        return Step(f"{text}, nothing to undo", world.with_clone(at, clone), "impatient")
    undo = local.draft(model, clone, session, now, "release", f"{event_id}.undo", scope=mine.scope, names=(event_id,))
    clone, event = local.append(model, clone, session, undo)
    after = local.sequence(model, clone, event, now)
    return Step(f"{text}, and appends a release", world.with_clone(at, after), "impatient")


def accidents(model: Model, world: World) -> Iterator[Step[World]]:
    """What may happen to the hub."""
    hub, clone = world.hub, world.clones[0]
    if (spoilt := world.fault("astray")) is not None and not clone.astray:
        led = spoilt.with_clone(0, clone._replace(astray=True))
        yield Step(f"the name of the hub leads {clone.name} to a fork, which has no ledger", led, "astray")
    if clone.astray:
        back = world.with_clone(0, clone._replace(astray=False))
        yield Step(f"a person says in {clone.name} which hub is meant", back)
    if (spoilt := world.fault("outage")) is not None and not hub.away:
        yield Step("the hub goes away", spoilt._replace(hub=hub._replace(away=True)), "outage")
    if hub.away:
        yield Step("the hub is back", world._replace(hub=hub._replace(away=False)))
    if (spoilt := world.fault("deaf")) is not None and not hub.deaf:
        yield Step("the hub's disk is full: it refuses all", spoilt._replace(hub=hub._replace(deaf=True)), "deaf")
    if hub.deaf:
        yield Step("the hub's disk has room again", world._replace(hub=hub._replace(deaf=False)))
    if (spoilt := world.fault("restored")) is not None and hub.ledger is not hub.saved:
        old = hub._replace(ledger=hub.saved, announced=(), logs=())
        yield Step("the hub is restored from a backup", spoilt._replace(hub=old), "restored")
    if (spoilt := world.fault("emptied")) is not None:
        bare = hub._replace(ledger=None, announced=(), logs=())
        yield Step("the hub loses its refs", spoilt._replace(hub=bare), "emptied")
    if (spoilt := world.fault("other root")) is not None:
        other = hub._replace(ledger=model.objects.root("another"), announced=())
        yield Step("somebody pushes another ledger to the hub", spoilt._replace(hub=other), "other root")
    if hub.ledger is not None and hub.ledger.root == "another":
        yield Step("a person puts the hub's ledger back", world._replace(hub=hub._replace(ledger=hub.saved)))
    if (spoilt := world.fault("forged")) is not None and hub.ledger is not None and not hub.spoilt:
        lie = Event("mal.0", "mal", "M", 1, None, "claim", world.now, "x", command="mal.0")
        entry = model.objects.entry(hub.ledger, model.objects.event(lie), world.now, "mal", forged=True)
        yield Step(
            "mal pushes a commit that says it won x",
            spoilt._replace(hub=hub._replace(ledger=entry, spoilt=True)),
            "forged",
        )
