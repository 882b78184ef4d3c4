"""Notes on the user's commits, merged with the hub's by union: which session made a commit.

They are a view for people and for other clones. Where the hub accepts branches only (`coord.refPrefix`) they stand
below the prefix there, like everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.kernel import revision
from gitcoord.kernel.refname import COORD, NOTES
from gitcoord.policy.ids import Oid, RefName
from gitcoord.sync import makers
from gitcoord.sync.words import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.kernel.git import Git
    from gitcoord.policy.ids import StoreOid
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.transport import Hub


def at_hub(prefix: str) -> RefName:
    """Return the name of the notes at a hub whose refs have this prefix."""
    return NOTES if prefix == COORD else RefName(f"{prefix}/notes")


def merge(agreement: Agreement, git: Git, refs: Mapping[RefName, StoreOid]) -> tuple[bool, str]:
    """Merge the notes of both sides, and push the outcome.

    Return whether the hub had any that were new here, and why the outcome is not at the hub, '' where it is.
    `git` is the user's repository, since notes are on the user's commits. What stands at the hub in the place of notes
    and is something else is left alone, and said. Notes of this clone that are missing here are put back first.
    """
    hub = agreement.hub
    incoming, arrived = f"{hub.incoming}/notes", hub.arrived("notes/coord")
    coord_dir = str(agreement.ledger.store.directory)
    if not hub.beside and not _fetch(hub, git, incoming):
        lost = makers.drop_lost(git, NOTES)
        if not lost or not _fetch(hub, git, incoming):
            return False, ""
        agreement.warnings.append(lost)
    restored, failed = makers.tend(git, coord_dir, NOTES)
    agreement.warnings += filter(None, [failed])
    if hub.beside and not restored and refs.get(arrived) == refs.get(NOTES):
        return False, ""
    theirs = revision.leads_to(git, arrived)
    ours = revision.leads_to(git, NOTES)
    if theirs and theirs != ours:
        found = makers.of(git, theirs)
        if found is None:
            ref = at_hub(hub.prefix)
            agreement.warnings.append(
                f"what {hub.name} has as {ref} are not notes of gitcoord: left alone; "
                f"to begin them anew: git push {hub.name} :{ref}"
            )
            return False, ""
        agreement.warnings += filter(None, [makers.learn(git, coord_dir, found)])
        if not ours:
            git.run("update-ref", NOTES, theirs, "")
        else:
            git.run("notes", f"--ref={NOTES}", "merge", "--quiet", "--strategy=cat_sort_uniq", arrived)
        ours = Oid(git.text("rev-parse", NOTES))
    to_push = ours and ours != theirs and not agreement.read_only
    return bool(theirs and theirs != ours), _push(hub, git, ours, theirs) if to_push else ""


def _push(hub: Hub, git: Git, ours: Oid, theirs: Oid) -> str:
    """Push the notes over those that the hub has; return why they are not there, '' where they are."""
    ref = at_hub(hub.prefix)
    lease = f"--force-with-lease={ref}:{theirs}"
    status, _, err = git.ask(
        *("push", "--quiet", "--no-verify", lease, "--end-of-options", hub.url, f"{ours}:{ref}"),
        timeout=hub.timeout,
    )
    if status == 0 or b"stale info" in err:  # after a race the next exchange merges again
        return ""
    return clean(err) or "no answer within the time limit"


def _fetch(hub: Hub, git: Git, incoming: str) -> bool:
    """Fetch the hub's notes into the user's repository, where the ledger is kept apart from it."""
    status, _, _ = git.ask(
        "fetch",
        "--quiet",
        "--prune",  # a hub that lost its notes gets ours back
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-gc",
        "--refmap=",
        "--end-of-options",
        hub.url,
        f"+{at_hub(hub.prefix)}*:{incoming}/coord*",
        timeout=hub.timeout,
    )
    return status == 0
