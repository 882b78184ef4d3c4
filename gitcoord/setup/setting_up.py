"""Set a repository up and join its hub, as somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.agent import examine
from gitcoord.domain.command import Command, option
from gitcoord.errors.remedy import Remedy, step
from gitcoord.errors.usage import Exclusive, GoesWith, NotOneOf
from gitcoord.setup import init, joining

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call

MODES = ("auto", "git-config", "files", "none")


@dataclass(frozen=True, slots=True)
class Init:
    """Set up this repository."""

    hooks: Annotated[str, option(metavar="|".join(MODES), help="How the hooks are installed.")] = "auto"
    hub: Annotated[str, option(metavar="REMOTE", help="Coordinate with other clones through this remote.")] = ""
    no_hub: Annotated[bool, option("--no-hub", help="Join no remote; leave the hub that was joined.")] = False
    read_only: Annotated[bool, option("--read-only", help="Obey the claims at the hub, and send it nothing.")] = False
    store: Annotated[str, option(metavar="repo|separate|PATH", help="Where the coordination refs live.")] = ""


def run(call: Call, request: Init) -> init.SetUp:
    """Set the repository up, then join or leave a hub. Raises `Usage`, and what joining raises."""
    if request.hub and request.no_hub:
        raise Exclusive("--hub", "--no-hub")
    if request.read_only and not request.hub:
        raise GoesWith("--read-only", "--hub")
    if request.hooks not in MODES:
        raise NotOneOf(request.hooks, "a form of hooks", MODES)
    around = call.around
    made = init.init(
        call.place,
        call.clock,
        around.ids,
        around.caller(),
        hooks=request.hooks,  # type: ignore[arg-type]  # checked above
        store=request.store,
        python=around.python,
    )
    done, hints = joining.choose(call, request.hub, read_only=request.read_only, no_hub=request.no_hub)
    return replace(made, done=[*made.done, *done], hints=[*made.hints, *hints, *_agents(call)])


def _agents(call: Call) -> list[str]:
    """Return a hint that names the agents that were used here, and do not coordinate by themselves yet."""
    found = examine.without_hooks(call)
    if not found:
        return []
    titles = ", ".join(program.title for program in found)
    install = step("agent install", *(program.name for program in found))
    return [Remedy(f"to let the coding agents of this machine coordinate by themselves ({titles}): {{}}", install)]


def _lines(_: Call, answer: init.SetUp) -> Iterator[str]:
    yield from init.lines(answer, "everything was set up already")
    yield Remedy("next: {}", "claim PATH -m 'what for'")


COMMANDS = (Command("init", Init, run, _lines),)
