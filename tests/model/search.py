"""The search of the protocol: clones and a hub, in one scenario, with some of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import invariants
from .ledger import Objects
from .play import LIMIT, Found, Step, explore
from .rules import EVERY, Rules
from .scenario import Model, Scenario
from .steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .world import World


class Coordination:
    """The protocol between clones and a hub, in one scenario, as a play."""

    def __init__(self, scenario: Scenario, rules: Rules) -> None:
        self.model = Model(Objects(rules), scenario)

    def begin(self) -> World:
        """The world at the start."""
        return self.model.begin()

    def steps(self, world: World) -> Iterator[Step[World]]:
        """Everything that may happen next."""
        return steps(self.model, world)

    def broken(self, world: World) -> str:
        """What is wrong with a world."""
        return invariants.broken(self.model, world)

    def broken_step(self, world: World, step: Step[World]) -> str:
        """What is wrong with a step."""
        return invariants.broken_step(self.model, world, step)

    def settled(self, world: World) -> bool:
        """Whether everybody has an answer and knows the hub's ledger."""
        return invariants.settled(self.model, world)

    def broken_at_rest(self, world: World) -> str:
        """What is wrong with a settled world."""
        return invariants.broken_at_rest(self.model, world)


def search(scenario: Scenario, rules: Rules = EVERY, *, limit: int = LIMIT) -> Found:
    """Search everything that clones and a hub can do in a scenario."""
    return explore(Coordination(scenario, rules), limit)
