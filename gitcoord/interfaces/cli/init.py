"""`git coord init`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.workspace import open_workspace
from gitcoord.errors import CoordError, NotFound, Usage
from gitcoord.interfaces.cli.progress import while_busy
from gitcoord.interfaces.surroundings import caller
from gitcoord.kernel.clock import RandomIds
from gitcoord.kernel.place import discover
from gitcoord.policy.printable import printable
from gitcoord.setup import init
from gitcoord.sync import remotes

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation
    from gitcoord.kernel.place import Place

MODES = ("auto", "git-config", "files", "none")


def run(
    context: typer.Context,
    hooks: Annotated[
        str, typer.Option(metavar="auto|git-config|files|none", help="How the hooks are installed.")
    ] = "auto",
    hub: Annotated[str, typer.Option(metavar="REMOTE", help="Coordinate with other clones through this remote.")] = "",
    no_hub: Annotated[bool, typer.Option("--no-hub", help="Join no remote; leave the hub that was joined.")] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Obey the claims at the hub, and send it nothing.")
    ] = False,
    store: Annotated[str, typer.Option(metavar="repo|separate|PATH", help="Where the coordination refs live.")] = "",
) -> None:
    """Set up this repository."""
    this: Invocation = context.obj
    if hub and no_hub:
        raise Usage("--hub and --no-hub exclude each other")
    if read_only and not hub:
        raise Usage("--read-only goes with --hub")
    if hooks not in MODES:
        raise Usage(f"--hooks {hooks!r} is unknown", f"it is {', '.join(MODES)}")
    record = init.init(
        this.call.place,
        this.clock,
        RandomIds(),
        caller(this.environ),
        hooks=hooks,  # type: ignore[arg-type]  # checked above
        store=store,
        python=sys.executable,
    )
    done, hints = choose_hub(this, hub, read_only=read_only, no_hub=no_hub)
    record = replace(record, done=[*record.done, *done], hints=[*record.hints, *hints])
    lines = [*record.done, *(f"kept: {text}" for text in record.kept)] or ["everything was set up already"]
    lines += [f"hint: {text}" for text in record.hints]
    this.answer(record, [] if this.quiet else [*lines, "next: git coord claim PATH -m 'what for'"])


def choose_hub(this: Invocation, name: str, *, read_only: bool, no_hub: bool) -> tuple[list[str], list[str]]:
    """Join the hub that was named, or a remote that has a ledger where nothing was said; returns what was done, hints.

    An empty `coord.hub` says that this clone is to join none.
    """
    place = discover(this.call.place.cwd, this.environ)
    if name:
        return join_hub(this, name, read_only=read_only), []
    if no_hub:
        return leave_hub(place), []
    if "coord.hub" in place.config:
        return [], []
    with while_busy("asking the remotes for a ledger", silent=this.quiet):
        found = remotes.look(place)
    chosen = found.chosen
    if not chosen:
        return [], found.hints()
    where = f"{printable(chosen)} ({remotes.address_of(place, chosen)})"
    how = f"found a ledger at the remote {where}, which was asked because no hub was named"
    try:
        done = join_hub(this, chosen, read_only=False)
    except CoordError as error:
        this.hub = "none"
        way = remotes.join_command(chosen)
        why = f"the remote {where} has a ledger, but this clone could not join it: {error.message}"
        return [], [f"{why}; to try again: {way}; to obey its claims only: {way} --read-only"]
    return [f"{how}: joined it; to leave it: git coord init --no-hub", *done], []


def leave_hub(place: Place) -> list[str]:
    """Record that this clone has no hub, so that no later `init` joins one; returns what was done."""
    if place.config.get("coord.hub", [""])[-1] == "" and "coord.hub" in place.config:
        return []
    left = place.setting("coord.hub")
    place.git.run("config", "--local", "--replace-all", "coord.hub", "")
    if place.setting("coord.hubreadonly"):
        place.git.ask("config", "--local", "--unset-all", "coord.hubReadOnly")
    return [f"left the hub {printable(left)}" if left else "set coord.hub to nothing: this clone joins no remote"]


def join_hub(this: Invocation, name: str, *, read_only: bool) -> list[str]:
    """Try the hub out, let the ledgers meet, and only then write the configuration."""
    from gitcoord.sync import address
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.join import first_contact, probe, refuse_unwritable
    from gitcoord.sync.transport import open_hub

    place = discover(this.call.place.cwd, this.environ)
    place.config["coord.hub"] = [name]
    hub = open_hub(place)
    if hub is None:
        raise Usage("the hub has no name")
    if not any(char in name for char in "/:") and name not in place.git.text("remote").splitlines():
        raise NotFound(
            f"there is no remote {printable(name)}", f"git remote add {printable(name)} URL, or give the URL"
        )
    workspace = open_workspace(place, this.clock, RandomIds(), caller(this.environ))
    done = []
    this.hub = "offline"
    try:
        if not read_only:
            found = probe(workspace.ledger, hub, RandomIds())
            this.hub = "ok"
            if not found.writable:
                raise refuse_unwritable(hub, found)
            done.append(f"tested {hub.name}: {found.found}")
        done.append(first_contact(workspace.ledger, hub, workspace.clone))
        this.hub = "ok"
        address.record(workspace.ledger, hub)
        place.git.run("config", "--local", "coord.hub", name)
        if read_only:
            place.git.run("config", "--local", "coord.hubReadOnly", "true")
        else:
            Agreement(workspace.ledger, hub, workspace.clone).meet(set(), insist=True)
    finally:
        workspace.ledger.store.close()
    return [*done, f"set coord.hub = {name}"]
