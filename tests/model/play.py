"""Breadth-first search: the shortest story that ends in something that must not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

W = TypeVar("W")

LIMIT = 60_000
"""States that a search sees at most where nobody asks for more."""


class Step(NamedTuple, Generic[W]):
    """One step: what it reads like, the world after it, and the fault that it is ('' for none)."""

    text: str
    world: W
    fault: str = ""


class Play(Protocol[W]):
    """Something that can be searched. What is broken is said in words, '' for nothing."""

    def begin(self) -> W:
        """The world at the start."""

    def steps(self, world: W) -> Iterator[Step[W]]:
        """Everything that may happen next."""

    def broken(self, world: W) -> str:
        """What is wrong with a world."""

    def broken_step(self, world: W, step: Step[W]) -> str:
        """What is wrong with a step."""

    def settled(self, world: W) -> bool:
        """Whether everything that was asked for has come to rest."""

    def broken_at_rest(self, world: W) -> str:
        """What is wrong with a settled world."""


class Found(NamedTuple):
    """What a search found: what is wrong ('' for nothing), the story that leads there, and how many states it saw.

    `whole`: it saw everything that there is.
    """

    wrong: str
    story: tuple[str, ...]
    states: int
    whole: bool

    def __str__(self) -> str:
        lines = [f"{count:3}. {text}" for count, text in enumerate(self.story, 1)]
        return "\n".join([*lines, f"     => {self.wrong or 'nothing wrong'} ({self.states} states)"])


class _Seen(Generic[W]):
    """The worlds seen so far, each with the step that led there first: that is the shortest way."""

    def __init__(self, start: W) -> None:
        self.came: dict[W, tuple[W, str] | None] = {start: None}
        self.queue = [start]
        self.back: dict[W, list[W]] = {}
        self.rest: list[W] = []
        self.moves: set[W] = set()

    def add(self, before: W, step: Step[W]) -> None:
        """Note a step; only steps that are no faults lead back from rest."""
        if not step.fault and step.world != before:
            self.moves.add(before)
            self.back.setdefault(step.world, []).append(before)
        if step.world not in self.came:
            self.came[step.world] = (before, step.text)
            self.queue.append(step.world)

    def found(self, wrong: str, world: W, last: str = "", *, whole: bool = False) -> Found:
        """The story of how it came to this world, and one last step."""
        story = [last] if last else []
        at = world
        while (before := self.came[at]) is not None:
            at, text = before
            story.append(text)
        return Found(wrong, tuple(reversed(story)), len(self.came), whole)

    def stuck(self) -> W | None:
        """The first world from which no way without faults leads to rest, rather one where nothing moves; or None."""
        good = set(self.rest)
        ahead = list(self.rest)
        for world in ahead:
            for before in self.back.get(world, ()):
                if before not in good:
                    good.add(before)
                    ahead.append(before)
        bad = [world for world in self.queue if world not in good]
        return next((world for world in bad if world not in self.moves), bad[0] if bad else None)


def explore(play: Play[W], limit: int = LIMIT) -> Found:
    """Search everything that can happen; stops at the first thing that is wrong.

    At the end: from every world some way without further faults must lead to one where everything is settled.
    """
    seen = _Seen(play.begin())
    for world in seen.queue:
        wrong = play.broken(world)
        if not wrong and play.settled(world):
            seen.rest.append(world)
            wrong = play.broken_at_rest(world)
        if wrong:
            return seen.found(wrong, world)
        for step in play.steps(world):
            wrong = play.broken_step(world, step)
            if wrong:
                return seen.found(wrong, world, step.text)
            seen.add(world, step)
        if len(seen.came) > limit:
            return Found("", (), len(seen.came), False)
    stuck = seen.stuck()
    if stuck is not None:
        return seen.found("stall: from here nothing leads to rest", stuck, whole=True)
    return Found("", (), len(seen.came), True)
