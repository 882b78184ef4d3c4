"""`git coord hook`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.errors.usage import NotOneOf
from gitcoord.hook.main import run as run_hook
from gitcoord.kernel import coordfile
from gitcoord.setup.installation.shims import NAMES

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []
SETTINGS = {"ignore_unknown_options": True}


def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="pre-commit, pre-push, ...")],
    arguments: Annotated[list[str], typer.Argument(metavar="ARGUMENT...", help="What git gave the hook.")] = NONE,
) -> None:
    """Run a hook."""
    this: Invocation = context.obj
    if name not in NAMES:
        raise NotOneOf(name, "a hook", NAMES)
    place = this.call.place
    if not (place.coord_dir / coordfile.CLONE).exists():
        return  # not set up here: nothing to guard
    store = place.store_dir if place.store_dir != place.common_dir else ""
    this.status = run_hook(name, place.common_dir, list(arguments), this.environ, sys.stdin.buffer.read, store=store)
