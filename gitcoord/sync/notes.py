"""Notes on the user's commits, merged with the hub's by union: which session made a commit.

They are a view for people and for other clones. Where the hub accepts branches only (`coord.refPrefix`) they stand
below the prefix there, like everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.sync.words import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.kernel.git import Git
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.transport import Hub

NOTES = "refs/notes/coord"
"""Where notes stand here, whatever they are called at the hub."""

PREFIX = "refs/coord"


def at_hub(prefix: str) -> str:
    """Return the name of the notes at a hub whose refs have this prefix."""
    return NOTES if prefix == PREFIX else f"{prefix}/notes"


def merge(agreement: Agreement, git: Git, refs: Mapping[str, str]) -> tuple[bool, str]:
    """Merge the notes of both sides, and push the outcome.

    Return whether the hub had any that were new here, and why the outcome is not at the hub, '' where it is.
    `git` is the user's repository, since notes are on the user's commits. What stands at the hub in the place of notes
    and is something else is left alone, and said.
    """
    hub = agreement.hub
    incoming = f"{hub.incoming}/notes"
    if hub.beside and refs.get(f"{incoming}/coord") == refs.get(NOTES):
        return False, ""
    if not hub.beside and not _fetch(hub, git, incoming):
        return False, ""
    said = ""
    theirs = _value(git, f"{incoming}/coord")
    ours = _value(git, NOTES)
    if theirs and theirs != ours:
        if not _are_notes(git, theirs):
            ref = at_hub(hub.prefix)
            agreement.warnings.append(
                f"what {hub.name} has as {ref} are not notes of gitcoord: left alone; "
                f"to begin them anew: git push {hub.name} :{ref}"
            )
            return False, ""
        if not ours:
            git.run("update-ref", NOTES, theirs, "")
        else:
            git.run("notes", f"--ref={NOTES}", "merge", "--quiet", "--strategy=cat_sort_uniq", f"{incoming}/coord")
        ours = git.text("rev-parse", NOTES)
    if ours and ours != theirs and not agreement.read_only:
        ref = at_hub(hub.prefix)
        lease = f"--force-with-lease={ref}:{theirs}"
        status, _, err = git.ask(
            *("push", "--quiet", "--no-verify", lease, "--end-of-options", hub.url, f"{ours}:{ref}"),
            timeout=hub.timeout,
        )
        if status != 0 and b"stale info" not in err:  # after a race the next exchange merges again
            said = clean(err) or "no answer within the time limit"
    return bool(theirs and theirs != ours), said


def _value(git: Git, ref: str) -> str:
    return git.ask("rev-parse", "--verify", "--quiet", ref)[1].decode().strip()


def _are_notes(git: Git, oid: str) -> bool:
    """Whether a commit's tree holds notes and nothing else: a blob for each object id, in directories of two digits."""
    if git.ask("cat-file", "-t", oid)[1].strip() != b"commit":
        return False
    status, out, _ = git.ask("ls-tree", "-r", "-z", oid)
    if status != 0:
        return False
    for line in out.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        name = path.replace(b"/", b"")
        if b" blob " not in about or len(name) not in (40, 64) or name.strip(b"0123456789abcdef"):
            return False
    return True


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
