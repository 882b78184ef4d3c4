"""What a guard knew of the session that commits, so that the shell of the next one need not start Python.

Only of a session that the environment names: which one is meant then depends on the ledger and two files.
`<coord>/passed/<worktree>.known` is sourced by the shell (hooks/guard.sh). It says which session it is about, what the
ledger says of that (`unchanged`), which paths the session claims and no other claim has to do with (`own`), and how a
note begins. The file is dated back to before the ledger was read, `<worktree>.until` ahead to when the lease has to be
renewed: so the shell can compare times, though it has no clock.
"""

from __future__ import annotations

import os
import time

from gitcoord.errors import Unreadable
from gitcoord.guard import claims, record
from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook import claimed, made
from gitcoord.hook.committer import Committer
from gitcoord.kernel import atomic, coordfile, file, machine, process, treeformat
from gitcoord.policy import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeGuard

    from gitcoord.guard.sessions import Session
    from gitcoord.hook.context import Context

KNOWN = ".known"
UNTIL = ".until"

_MACHINE = "/etc/machine-id"
_MOST = 40  # scopes: one look asks git for each of them
_SHORTEST = 30  # seconds for which it has to hold to be worth it
_TOLERANCE = 0.1  # seconds by which the clock of the file system may differ from ours
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:@+")
_LINE = frozenset("".join(map(chr, range(0x20, 0x7F)))) - {"'", "\\"}


def keep(context: Context, snapshot: Snapshot, committer: Committer, tip: str, since: float) -> None:
    """Write down what is known of the committer, where that can be told without looking at processes.

    `tip` is the ledger's, '' where it is not known; `since` a moment before anything was read, in seconds.
    """
    try:
        if claimed.is_plain(context, snapshot, tip):
            _keep(context, snapshot, committer, tip, since)
    except Unreadable:
        return  # whoever needs it says so


def refresh(context: Context) -> None:
    """Write it down anew where a command has moved the ledger; only where a guard has written it down before."""
    since, tip = time.time(), context.ledger_tip()
    if not os.path.exists(_path(context) + KNOWN):  # noqa: PTH110 - light: no pathlib
        return
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        keep(context, snapshot, Committer(context, snapshot), tip, since)
    finally:
        snapshot.close()


def _keep(context: Context, snapshot: Snapshot, committer: Committer, tip: str, since: float) -> None:
    named, me = committer.named, committer.me
    if me is None or not named or not _WORD.issuperset(named):
        return
    lines, until, here = made.named(me), _until(committer, me), _here(context, committer)
    if not here or until < since + _SHORTEST or not all(_LINE.issuperset(line) for line in lines):
        return
    own = [one for _, one in zip(range(_MOST), _own(snapshot, committer), strict=False)]
    looked = _looked(committer, own)
    text = "".join(
        (
            f"known_tip={tip}\nknown_as='{named}'\nknown_id={me.id}\n{here}maker='{record.joined(lines)}'\n",
            f"unchanged() {{\n{_unchanged(snapshot, looked)}}}\n",
            "own() {\ncase $1 in\n",
            *(f"{one.pattern}) claim={one.claim} claim_token={one.token} ;;\n" for one in own),
            "*) return 1 ;;\nesac\n}\nknown_end=end\n",
        )
    )
    _write(context, text, me.id, since, until)


def _path(context: Context) -> str:
    return f"{context.coord_dir}/{coordfile.PASSED}/{context.worktree_name}"


class _Own:
    """A scope that the committer claims alone: what the shell takes for it, its place in the index, claim and token."""

    __slots__ = ("claim", "pattern", "place", "token")

    def __init__(self, pattern: str, place: str, claim: str, token: int) -> None:
        self.pattern = pattern
        self.place = place
        self.claim = claim
        self.token = token


def _own(snapshot: Snapshot, committer: Committer) -> Iterator[_Own]:
    """Yield the files and directories that the committer claims, where no other claim stands above or below."""
    for session in committer.mine():
        live = layout.live_session(session)
        for claim in snapshot.directory(f"{live}/claims").names():
            said = snapshot.record(f"{live}/claims/{claim}") or {}
            scopes, token = said.get("scopes"), said.get("token")
            if not isinstance(scopes, list) or not isinstance(token, int):
                continue
            for kind, path in (pair for scope in scopes if isinstance(scope, dict) for pair in scope.items()):
                if kind in ("file", "directory") and _is_plain(path) and _is_alone(snapshot, path, claim, session):
                    pattern = claimed.literal(path)
                    pattern += f"|{pattern}/*" if kind == "directory" else ""
                    yield _Own(pattern, layout.below(path), claim, token)


def _is_plain(path: object) -> TypeGuard[str]:
    """Whether the shell's pattern for this path takes nothing else, but for the case of its letters."""
    if not isinstance(path, str) or path in ("", "."):
        return False
    return all(" " <= character < "\x7f" and character not in '"\\' for character in path)


def _is_alone(snapshot: Snapshot, path: str, claim: str, session: str) -> bool:
    """Whether this is the one claim that has to do with the path and all below it."""
    for above in layout.lookups(path)[:-1]:
        if list(snapshot.directory(above).names()):
            return False
    place = snapshot.directory(layout.below(path))
    here = place.inner(claims.HERE)
    if here is None or list(place.names()) != [claims.HERE]:
        return False
    standing = [layout.parse_entry(name) for name in here.names()]
    return len(standing) == 1 and standing[0] is not None and standing[0][:2] == (claim, session) and (
        standing[0][2] != "glob"
    )  # fmt: skip


def _looked(committer: Committer, own: list[_Own]) -> list[str]:
    """Return the places of the state on which all of this rests: halts, roles, rules, the sessions, claims nearby."""
    found = dict.fromkeys(["halt.json", "roles", "rules.json"])
    for session in committer.mine():
        found[layout.live_session(session)] = None
    for one in own:
        parts = one.place.split("/")
        for depth in range(2, len(parts)):
            found["/".join((*parts[:depth], claims.HERE))] = None
        found[one.place] = None
    return list(found)


def _unchanged(snapshot: Snapshot, looked: list[str]) -> str:
    """Return shell text that is true where the ledger's tip has the same in these places as the snapshot.

    No place stands in another, so that git names each. May raise `Unreadable`.
    """
    entries = []
    for place in looked:
        above, _, name = place.rpartition("/")
        mode, oid = snapshot.directory(above).get(name)
        if mode == treeformat.TREE:
            entries.append((place + "/", f"040000 tree {oid}\t{place}"))
        elif mode:
            entries.append((place, f"{mode} blob {oid}\t{place}"))
    there = "\n".join(entry for _, entry in sorted(entries))
    asked = " ".join(map(_quoted, looked))
    git = 'GIT_NO_REPLACE_OBJECTS=1 git --git-dir="$ledger" -c core.quotePath=true ls-tree --full-tree "$tip"'
    return f'looked=$({git} {asked} 2>/dev/null) || return 1\n[ "$looked" = {_quoted(there)} ]\n'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _here(context: Context, committer: Committer) -> str:
    """Return shell text that says where all this was known; '' where that cannot be told, or the clone is a copy."""
    # A copy in another container may have the same path, and runs on the same kernel.
    inside = process.read(1) if machine.container() else None
    said = (process.boot(), file.first_line(_MACHINE), inside.start if inside else "")
    if not committer.clone.is_here or not said[0] or not _LINE.issuperset("".join(said)):
        return ""
    place = os.path.realpath(context.common_dir)
    return f"known_place={_quoted(place)}\nknown_boot='{said[0]}' known_machine='{said[1]}' known_init='{said[2]}'\n"


def _until(committer: Committer, me: Session) -> int:
    """Return until when the leases of the committer and its ancestors need no renewal, in seconds."""
    sessions = [committer.sessions.get(session) for session in committer.mine()]
    ends = [one.last + (one.lease // 2 if one is me else one.lease) for one in sessions if one is not None]
    now = committer.sessions.liveness.now
    return 0 if any(one is not None and one.last > now for one in sessions) else min(ends) - 2


def _write(context: Context, text: str, session: str, since: float, until: int) -> None:
    """Write both files, unless the file system's clock is another than ours."""
    path = _path(context)
    try:
        record.begin(context.coord_dir)
        atomic.put(path + UNTIL, session + "\n")
        now = time.time()
        written = os.stat(path + UNTIL).st_mtime  # noqa: PTH116 - light: no pathlib
        if since - _TOLERANCE < written < now + _TOLERANCE:
            os.utime(path + UNTIL, (until, until))
            atomic.put(path + KNOWN, text, time=since - _TOLERANCE)
    except OSError:
        return  # the next guard starts Python, too
