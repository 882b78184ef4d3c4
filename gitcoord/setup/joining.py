"""Choosing, joining and leaving the hub of a clone that is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.workspace import open_workspace
from gitcoord.errors import CoordError
from gitcoord.errors.hub import NoHubName, NoRemote
from gitcoord.errors.remedy import Remedy, join
from gitcoord.kernel.place import discover
from gitcoord.policy.printable import printable
from gitcoord.sync import remotes

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.kernel.place import Place


def choose(call: Call, name: str, *, read_only: bool, no_hub: bool) -> tuple[list[str], list[str]]:
    """Join the hub that was named, or a remote that has a ledger where nothing was said; returns what was done, hints.

    An empty `coord.hub` says that this clone is to join none.
    """
    place = discover(call.place.cwd, dict(call.environ))
    if name:
        return _join(call, name, read_only=read_only), []
    if no_hub:
        return _leave(place), []
    if "coord.hub" in place.config:
        return [], []
    with call.around.busy("asking the remotes for a ledger"):
        found = remotes.look(place)
    chosen = found.chosen
    if not chosen:
        return [], found.hints()
    where = f"{printable(chosen)} ({remotes.address_of(place, chosen)})"
    how = f"found a ledger at the remote {where}, which was asked because no hub was named"
    try:
        done = _join(call, chosen, read_only=False)
    except CoordError as error:
        call.hub = "none"
        way = remotes.join_command(chosen)
        why = f"the remote {where} has a ledger, but this clone could not join it: {error.message}"
        return [], [f"{why}; to try again: {way}; to obey its claims only: {way} --read-only"]
    return [join("", how, Remedy(": joined it; to leave it: {}", "init --no-hub")), *done], []


def _leave(place: Place) -> list[str]:
    """Record that this clone has no hub, so that no later `init` joins one; returns what was done."""
    if place.config.get("coord.hub", [""])[-1] == "" and "coord.hub" in place.config:
        return []
    left = place.setting("coord.hub")
    place.git.run("config", "--local", "--replace-all", "coord.hub", "")
    if place.setting("coord.hubreadonly"):
        place.git.ask("config", "--local", "--unset-all", "coord.hubReadOnly")
    return [f"left the hub {printable(left)}" if left else "set coord.hub to nothing: this clone joins no remote"]


def _join(call: Call, name: str, *, read_only: bool) -> list[str]:
    """Try the hub out, let the ledgers meet, and only then write the configuration."""
    from gitcoord.sync import address
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.join import first_contact, probe, refuse_unwritable
    from gitcoord.sync.open import open_hub

    place = discover(call.place.cwd, dict(call.environ))
    place.config["coord.hub"] = [name]
    hub = open_hub(place)
    if hub is None:
        raise NoHubName()
    if not any(char in name for char in "/:") and name not in place.git.text("remote").splitlines():
        raise NoRemote(printable(name))
    if not read_only:
        address.require_one(hub)
    workspace = open_workspace(place, call.clock, call.around.ids, call.around.caller())
    done = []
    call.hub = "offline"
    try:
        if not read_only:
            found = probe(workspace.ledger, hub, call.around.ids)
            call.hub = "ok"
            if not found.writable:
                raise refuse_unwritable(hub, found)
            done.append(f"tested {hub.name}: {found.found}")
        done.append(first_contact(workspace.ledger, hub, workspace.clone))
        call.hub = "ok"
        address.record(workspace.ledger, hub)
        place.git.run("config", "--local", "coord.hub", name)
        if read_only:
            place.git.run("config", "--local", "coord.hubReadOnly", "true")
        else:
            Agreement(workspace.ledger, hub, workspace.clone).meet(set(), insist=True)
    finally:
        workspace.ledger.store.close()
    return [*done, f"set coord.hub = {name}"]
