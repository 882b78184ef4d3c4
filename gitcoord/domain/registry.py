"""The commands of the nouns, found by what `NOUNS` and the folders say of them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gitcoord.domain import NOUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.board.figure import Choice, Figure
    from gitcoord.domain.board.together import Together
    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.command import Command, Summary
    from gitcoord.domain.records import Finding
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def package(noun: str) -> str:
    """Return the name of the package that has the commands of a noun."""
    return NOUNS[noun].package or f"gitcoord.domain.{noun}"


def summaries(noun: str) -> dict[str, Summary]:
    """Return what a noun says of its commands, and of the words that several of them begin with; loads none."""
    found: dict[str, Summary] = importlib.import_module(package(noun)).COMMANDS
    return found


def showing(noun: str) -> str:
    """Return the command that shows the things of a noun: its `show` where it has one, else the noun itself."""
    return name if (name := f"{noun} show") in summaries(noun) else noun


def commands(noun: str, word: str = "") -> dict[str, Command]:
    """Return the commands of a noun by name, or those that begin with this word; loads no other modules than theirs."""
    said = {name: summary for name, summary in summaries(noun).items() if not word or name.partition(" ")[0] == word}
    found: dict[str, Command] = {}
    for module in dict.fromkeys(summary.module for summary in said.values()):
        known: tuple[Command, ...] = importlib.import_module(f"{package(noun)}.{module}").COMMANDS
        found |= {command.name: command for command in known if command.name in said}
    return found


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """Return what the nouns have for the board; of those alone of which there is something in the state."""
    for noun, has in NOUNS.items():
        if has.stands and state.has(has.stands):
            yield from importlib.import_module(f"gitcoord.domain.{noun}.attention").attention(workspace, state, me)


def figures(state: State, choice: Choice) -> Iterator[Figure]:
    """Return what the nouns count of what is asked for."""
    for module in _also("figures", state):
        yield from module.figures(state, choice)


def findings(workspace: Workspace, state: State) -> Iterator[Finding]:
    """Return what the nouns find wrong, and how to mend it; those too of which there is nothing in the state."""
    for module in _also("findings"):
        yield from module.findings(workspace, state)


def greeting(workspace: Workspace, state: State, me: Session) -> Iterator[str]:
    """Return what the nouns tell a session as it starts."""
    for module in _also("greeting", state):
        yield from module.greeting(workspace, state, me)


def together(workspace: Workspace, state: State, me: Session | None) -> Iterator[Together]:
    """Return what sessions do together, for the board, by noun."""
    for module in _also("together", state):
        yield from module.together(workspace, state, me)


def renews(state: State, item: Claim) -> bool:
    """Return whether the command of a noun renews a claim by itself for as long as it runs."""
    return any(module.renews(item) for module in _also("renewing", state))


def kept() -> list[str]:
    """Return the directories of refs in which the nouns keep something of each session."""
    from gitcoord.kernel.refname import COORD  # `--version` and `help` need no ref

    return [f"{COORD}/{name}" for has in NOUNS.values() for name in has.keeps.split()]


def _also(what: str, state: State | None = None) -> Iterator[Any]:
    """Return the modules of this name of the nouns that have one, with `state` only where there is something in it."""
    for noun, has in NOUNS.items():
        if what in has.also.split() and (state is None or state.has(has.stands)):
            yield importlib.import_module(f"gitcoord.domain.{noun}.{what}")
