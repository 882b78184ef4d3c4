"""What is run for a command, be it a noun's or the command line's own: a request, and what is done with one."""

from __future__ import annotations

import importlib
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain import registry
from gitcoord.interfaces.cli.commands import OWN, SHAPED, noun_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.command import Command
    from gitcoord.interfaces.cli.invocation import Invocation


class Run(NamedTuple):
    """A command: the dataclass of what may be asked of it, and what runs and answers such a request."""

    request: type[Any]
    run: Callable[[Invocation, Any], None]


def of(word: str) -> dict[str, Run]:
    """Return the commands that begin with this word, by name; none where it takes words that only typer can tell."""
    noun = noun_of(word)
    if noun:
        found = registry.commands(noun, word)
        return {name: Run(command.request, partial(_answer, command)) for name, command in found.items()}
    module = importlib.import_module(f"gitcoord.interfaces.cli.{OWN[word].module}")
    return {word: Run(module.Request, module.run)} if hasattr(module, "Request") else {}


def summaries(word: str) -> dict[str, str]:
    """Return what the commands that begin with this word, and the word itself, do in a line."""
    noun = noun_of(word)
    if not noun:
        return {word: OWN[word].summary}
    return {name: summary.text for name, summary in registry.summaries(noun).items()}


def _answer(command: Command, this: Invocation, request: Any) -> None:
    """Ask a noun, and give its answer."""
    call = this.call
    if command.name in SHAPED:
        importlib.import_module(f"gitcoord.interfaces.cli.{SHAPED[command.name]}").show(this, command, request)
        return
    with call.asked(command, request) as (answer, outcome):
        shown = command.quiet if this.quiet else command.lines
        this.answer(answer, shown(call, answer), outcome)
        sys.stdout.flush()
