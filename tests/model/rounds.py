"""How many rounds a crowd needs: all push at the same moment, then all fetch, and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import contact
from .invariants import known_at
from .ledger import Objects
from .scenario import Command, Member, Model, Scenario
from .steps import steps

if TYPE_CHECKING:
    from .rules import Rules


def rounds(clones: int, rules: Rules) -> int:
    """Rounds until the claims of so many clones, each of another path, are all in the hub's ledger."""
    names = [chr(ord("A") + at) for at in range(clones)]
    members = tuple(Member(name, {f"s{name}": (Command("claim", name.lower()),)}) for name in names)
    model = Model(Objects(rules), Scenario(members))
    world = model.begin()
    for name in names:
        world = next(step.world for step in steps(model, world) if step.text.startswith(f"s{name} asks"))
    count = 0
    while len(known_at(world.hub.ledger)) < clones:
        count += 1
        for push in [contact.parcel(model, world, at) for at in range(clones)]:
            if push is not None:
                world = world._replace(hub=contact.arrive(model, world.hub, push)[0])
        for at in range(clones):
            adopted = contact.adopt(model, world, at, contact.fetch(world, at), mine_first=True)
            world = world.with_clone(at, adopted.whole)
    return count
