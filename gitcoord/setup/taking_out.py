"""Take everything out again, as somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Command, option
from gitcoord.errors import CoordError
from gitcoord.setup import init

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class TakeOut:
    """Remove hooks and settings again."""

    purge: Annotated[bool, option("--purge", help="Also refs, notes and everything recorded.")] = False


def run(call: Call, request: TakeOut) -> init.SetUp:
    """Remove the hooks and settings; with `purge` also what was recorded, and what is this clone's at the hub."""
    return init.uninit(call.place, purge=request.purge, leave=lambda: _leave_hub(call))


def _leave_hub(call: Call) -> list[str]:
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.join import leave

    try:
        agreement = call.workspace.agreement
        done = [leave(agreement)] if isinstance(agreement, Agreement) else []
        call.workspace.ledger.store.close()
    except CoordError as error:
        done = [f"the hub was left as it is: {error.message}"]
    call.forget_workspace()
    return done


def _lines(_: Call, answer: init.SetUp) -> Iterator[str]:
    yield from init.lines(answer, "there was nothing to take out")


COMMANDS = (Command("uninit", TakeOut, run, _lines, does="destroys"),)
