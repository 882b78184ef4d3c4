"""`git coord init`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from gitcoord.domain.commands import init
from gitcoord.domain.workspace import open_workspace
from gitcoord.errors import NotFound, Usage
from gitcoord.interfaces.cli.invocation import Invocation, caller
from gitcoord.kernel.clock import RandomIds
from gitcoord.kernel.place import discover
from gitcoord.policy.printable import printable

MODES = ("auto", "git-config", "files", "none")


def run(
    context: typer.Context,
    hooks: Annotated[
        str, typer.Option(metavar="auto|git-config|files|none", help="How git comes to our hooks.")
    ] = "auto",
    hub: Annotated[str, typer.Option(metavar="REMOTE", help="Coordinate with other clones through this remote.")] = "",
    read_only: Annotated[bool, typer.Option("--read-only", help="Obey the hub's claims, bring it none.")] = False,
    store: Annotated[str, typer.Option(metavar="repo|separate|PATH", help="Where the coordination refs live.")] = "",
) -> None:
    """Set up this repository."""
    this: Invocation = context.obj
    if hooks not in MODES:
        raise Usage(f"--hooks {hooks!r} is unknown", f"it is {', '.join(MODES)}")
    record = init.init(
        this.place,
        this.clock,
        RandomIds(),
        caller(this.environ),
        hooks=hooks,  # type: ignore[arg-type]  # checked above
        store=store,
        python=sys.executable,
    )
    if hub:
        record = replace(record, done=[*record.done, *join_hub(this, hub, read_only=read_only)])
    elif read_only:
        raise Usage("--read-only goes with --hub")
    lines = [*record.done, *(f"kept: {text}" for text in record.kept)] or ["everything was set up already"]
    lines += [f"hint: {text}" for text in record.hints]
    this.answer(record, [] if this.quiet else [*lines, "next: git coord claim PATH -m 'what for'"])


def join_hub(this: Invocation, name: str, *, read_only: bool) -> list[str]:
    """Try the hub out, let the ledgers meet, and only then write the configuration."""
    from gitcoord.sync import address
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.join import first_contact, probe, refuse_unwritable
    from gitcoord.sync.transport import open_hub

    place = discover(this.place.cwd, this.environ)
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
            done.append(f"tried {hub.name} out: {found.found}")
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
