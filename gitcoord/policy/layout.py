"""Where claims and live sessions stand in the state tree (docs/protocol.md).

Every component is prefixed with `+`, since names such as `.git` are refused in trees; `=` holds the claims on
exactly what the directory stands for. The directories have the folded spelling (`policy.spelling`). Text has bytes that
are not UTF-8 as surrogate escapes.

Light: the guard loads it on every commit.
"""

from __future__ import annotations

from gitcoord.policy.glob import literal_prefix
from gitcoord.policy.ids import EventId, SessionId
from gitcoord.policy.spelling import folded

PATHS = "claims/paths"
NAMES = "claims/names"
LIVE = "sessions/live"
TEAMS = "teams"
ROLES = "roles"
"""The directory with a file for each live session whose role limits what it may edit or commit: the file holds the
role. It is there only while there is such a session, so that the shims can tell.
"""

_MARKED = ("file", "glob")


def live_session(session: str) -> str:
    """The tree directory of a live session: `sessions/live/7/alice-eb8c5667`.

    Sixteen fans by the last digit of the id, which is random: every operation writes the tree of the fans and one fan
    anew, and with 256 fans the first was most of what an operation wrote (docs/performance.md).
    """
    return f"{LIVE}/{session[-1:]}/{session}"


def ended_session(session: str) -> str:
    """The file with the line of a session that is over: `sessions/ended/67/alice-eb8c5667`."""
    return f"sessions/ended/{session[-2:]}/{session}"


def reviewed(commit: str) -> str:
    """The directory of the reviews of a commit that were completed: `tasks/reviewed/28/28c99cb9...`.

    A file for each, named by its task, says which session completed it, and as what.
    """
    return f"tasks/reviewed/{commit[:2]}/{commit}"


def directory(kind: str, text: str) -> str:
    """The tree directory of the claims on this scope: `src/auth` gives `claims/paths/+src/+auth/=`.

    A glob stands at its literal prefix. `kind` is that of a scope and `text` valid for it; anything else is a mistake
    of the caller.
    """
    if kind == "name":
        family, _, name = folded(text).partition(":")
        return f"{family_of_names(family)}/+{name.replace('%', '%25').replace('/', '%2F')}/="
    if kind == "glob":
        prefix = literal_prefix(text.encode("utf-8", "surrogateescape"))
        text = prefix.decode("utf-8", "surrogateescape") or "."
    return below(text) + "/="


def family_of_names(family: str) -> str:
    """Return the tree directory of all claims on names of a kind: `branch` gives `claims/names/+branch`."""
    return f"{NAMES}/+{family}"


def name_in(entry: str) -> str:
    """Return the name, folded, for which an entry of such a directory stands: `+release%2F2` gives `release/2`."""
    return entry[1:].replace("%2F", "/").replace("%25", "%")


def below(path: str) -> str:
    """The tree directory under which all claims on `path` and deeper stand: `claims/paths/+src/+auth`."""
    if path == ".":
        return PATHS
    return f"{PATHS}/+" + folded(path).replace("/", "/+")


def lookups(path: str) -> list[str]:
    """All directories whose claims could cover the file `path`: the root's first, its own last."""
    found = [f"{PATHS}/="]
    if path != ".":
        here = PATHS
        for component in folded(path).split("/"):
            here += "/+" + component
            found.append(here + "/=")
    return found


def entry(operation: str, session: str, *, kind: str, shared: bool) -> str:
    """The name of a claim's entry: `<operation>.<session>[.file|.glob][.shared]`."""
    mark = f".{kind}" if kind in _MARKED else ""
    return f"{operation}.{session}{mark}{'.shared' if shared else ''}"


def parse_entry(name: str) -> tuple[EventId, SessionId, str, bool] | None:
    """Operation, session, kind, whether shared; None where `name` is not an entry's name.

    The kind is "file" or "glob"; "directory" where the name has no mark, which a named resource has not either.
    """
    operation, *rest = name.split(".")
    session, marks = (rest[0], rest[1:]) if rest else ("", [])
    kind = marks[0] if marks[:1] and marks[0] in _MARKED else ""
    if marks[bool(kind) :] not in ([], ["shared"]):
        return None
    if not EventId.fits(operation) or not SessionId.fits(session):
        return None
    return EventId(operation), SessionId(session), kind or "directory", marks[-1:] == ["shared"]
