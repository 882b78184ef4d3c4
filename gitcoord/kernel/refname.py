"""Names of refs: what git takes a full name for where that ref is missing, and what a hub's refs are called here.

Light: the guard uses it.
"""

from __future__ import annotations

from gitcoord.policy.ids import RefName, SessionId

HEADS, REMOTES = "refs/heads/", "refs/remotes/"
"""Below these stand the branches of the user: those of this repository, and those of its remotes."""

COORD = "refs/coord"
LEDGER = RefName(f"{COORD}/ledger")
SESSIONS = f"{COORD}/sessions"
ARCHIVE = f"{COORD}/archive"
TRACKING = "refs/coord-remote"
NOTES = RefName("refs/notes/coord")

STATE = (f"{COORD}/", f"{TRACKING}/")
"""Below these stands the coordination state: this clone's, and what it knows of hubs."""

OURS = (*STATE, NOTES)
"""All refs that belong to gitcoord: those below the first two, and the last."""

RULES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


def log_ref(session: SessionId) -> RefName:
    """Return the ref of a session's log."""
    return RefName(f"{SESSIONS}/{session}/log")


def beat_ref(session: SessionId) -> RefName:
    """Return the ref of a session's present status."""
    return RefName(f"{SESSIONS}/{session}/beat")


def session_of(ref: RefName) -> SessionId:
    """Return whose log or beat a ref is that stands below `SESSIONS`."""
    return SessionId(ref.removeprefix(f"{SESSIONS}/").partition("/")[0])


def likely_default(first: str) -> tuple[str, str, str]:
    """Return the names that the default branch may have, the likeliest first; `first` is what somebody says it is."""
    return first, "main", "master"


def mistaken_for(ref: RefName) -> list[str]:
    """Full names of the refs that `git cat-file` and others read in place of `ref`, in git's order."""
    return [rule.format(ref) for rule in RULES]


def tracking(hub: str) -> str:
    """Return below which name a hub's refs are kept here: a remote's name stands as it is, an address by its digest."""
    plain = hub.isascii() and all(char.isalnum() or char in "-_" for char in hub)
    if plain:
        return f"{TRACKING}/{hub}"
    import hashlib

    return f"{TRACKING}/{hashlib.sha256(hub.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"


def confirmed(hub: str) -> RefName:
    """Return the ref of what a hub confirmed; '' for no hub."""
    return RefName(f"{tracking(hub)}/ledger" if hub else "")
