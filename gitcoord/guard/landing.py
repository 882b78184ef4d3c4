"""Who may push to a branch: the rules `land` of the ledger, and the right `land` of roles. Loaded only where there are
rules, or roles with limits.

A rule is a glob of branches, a policy, and for the policy `integrator` who that is; of several that match a branch the
last one counts.
"""

from __future__ import annotations

from gitcoord.errors.remedy import Remedy, step
from gitcoord.kernel.refname import HEADS, REMOTES, likely_default
from gitcoord.policy import layout, roles
from gitcoord.policy.glob import Glob
from gitcoord.policy.landing import FIRST_COME, INTEGRATOR, LOCKED, OWNER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from gitcoord.guard.reader import Reader
    from gitcoord.guard.sessions import Session, Sessions
    from gitcoord.kernel.git import Git
    from gitcoord.policy.roles import Rights

ROLE = "role:"
_DEFAULT = "role:integrator"


class Closed:
    """A branch to which somebody may not push: why, and what helps, each a sentence."""

    __slots__ = ("branch", "help", "why")

    def __init__(self, branch: str, why: str, help_: str) -> None:
        self.branch = branch
        self.why = why
        self.help = help_


def closed(
    reader: Reader,
    sessions: Sessions,
    mine: Collection[str],
    refs: Iterable[str],
    *,
    waits: bool = False,
    default: Callable[[], str] = str,
) -> Closed | None:
    """Return the first of the refs to which a session may not push, None where it may push to all.

    `mine` are its id and those of its ancestors, the nearest first; empty where no session pushes. `waits`: it will
    claim the branch before it pushes. `default` returns the default branch by its full name, '' for none; it is asked
    only for a session whose role may not land. Raises `Unreadable`.
    """
    rules = _rules(reader)
    barred = _barred(reader, sessions, mine)
    if not rules and not barred:
        return None
    kept = default() if barred else ""
    for ref in refs:
        branch = ref.removeprefix(HEADS)
        policy, who = _of(rules, branch) if branch != ref else ("", "")
        if barred and (ref == kept or policy not in {"", FIRST_COME}):
            return _unable(reader, sessions, branch, barred)
        if policy == INTEGRATOR and not _is(sessions, mine, who or _DEFAULT):
            return _integrated(reader, sessions, branch, who or _DEFAULT)
        if policy == LOCKED and not waits and not _claims(reader, sessions, mine, branch):
            why = f"{branch} is locked: only who claims branch:{branch} pushes to it"
            return Closed(
                branch, why, Remedy("{} waits in line for it; or: {}", "land", step("claim", f"branch:{branch}"))
            )
    return None


def asks_owners(reader: Reader, ref: str) -> bool:
    """Whether what lands in a branch, by its full name, needs the word of owners. Raises `Unreadable`."""
    branch = ref.removeprefix(HEADS)
    return branch != ref and _of(_rules(reader), branch)[0] == OWNER


def default_branch(git: Git, remote: str) -> str:
    """Return the default branch of a remote by its full name there, as far as it is known here; '' where it is not."""
    tracked = f"{REMOTES}{remote}/"
    named = git.ask("symbolic-ref", "--quiet", f"{tracked}HEAD")[1].decode("utf-8", "surrogateescape").strip()
    first = named.removeprefix(tracked) if named.startswith(tracked) else ""
    if not first:
        first = git.ask("config", "--get", "init.defaultBranch")[1].decode("utf-8", "surrogateescape").strip()
    for name in filter(None, likely_default(first)):
        for ref in (HEADS + name, tracked + name):
            if git.ask("show-ref", "--verify", "--quiet", ref)[0] == 0:
                return HEADS + name
    return ""


def _barred(reader: Reader, sessions: Sessions, mine: Collection[str]) -> str:
    """Return the role of the session that pushes, where it may land nothing; '' where it may."""
    name = next(iter(mine), "")
    me = sessions.get(name) if name else None
    found = _rights(reader, me.bound) if me is not None else None
    return found.role if found is not None and not found.allows("land") else ""


def _rights(reader: Reader, role: str) -> Rights | None:
    changed = (reader.record("rules.json") or {}).get("role")
    return roles.rights(role, changed if isinstance(changed, dict) else {})


def _unable(reader: Reader, sessions: Sessions, branch: str, role: str) -> Closed:
    """Say that a role may land nothing, and whom to ask: a living session whose role may, where there is one."""
    why = f"role {role} may land nothing, and {branch} is a branch to land in"
    for one in sessions.living():
        found = _rights(reader, one.role)
        if found is not None and found.allows("land"):
            return Closed(branch, why, Remedy("ask: {}", step("ask", one.id, "land my branch")))
    return Closed(branch, why, Remedy("see which roles may: {}", "rules role"))


def _rules(reader: Reader) -> list[tuple[str, str, str]]:
    said = (reader.record("rules.json") or {}).get("land")
    listed = said.get("branches") if isinstance(said, dict) else None
    if not isinstance(listed, list):
        return []
    return [(str(glob), str(policy), str(who)) for glob, policy, who in listed]


def _of(rules: list[tuple[str, str, str]], branch: str) -> tuple[str, str]:
    raw = branch.encode("utf-8", "surrogateescape")
    found = ("", "")
    for glob, policy, who in rules:
        if Glob(glob.encode("utf-8", "surrogateescape"), exact=True).matches(raw):
            found = (policy, who)
    return found


def _is(sessions: Sessions, mine: Collection[str], who: str) -> bool:
    """Whether the session that pushes is the one that is meant: a role, a name or an id."""
    name = next(iter(mine), "")
    me = sessions.get(name) if name else None
    return me is not None and _bears(me, who)


def _bears(found: Session, who: str) -> bool:
    if who.startswith(ROLE):
        return found.role == who.removeprefix(ROLE)
    return who in (found.id, found.name, found.role)


def _integrated(reader: Reader, sessions: Sessions, branch: str, who: str) -> Closed:
    """Say who may push to a branch, and whom to ask, where somebody living is meant."""
    role = who.removeprefix(ROLE)
    why = f"only {'the role ' if who.startswith(ROLE) else ''}{role} pushes to {branch}"
    able = next((one for one in sessions.living() if _bears(one, who)), None)
    if able is None:
        return Closed(branch, why, Remedy("nobody who may is there; see: {}; {}", "rules land", "sessions"))
    return Closed(branch, why, Remedy("ask: {}", step("ask", able.id, "land my branch")))


def _claims(reader: Reader, sessions: Sessions, mine: Collection[str], branch: str) -> bool:
    """Whether one of these holds a claim on a branch that counts."""
    for name in reader.directory(layout.directory("name", f"branch:{branch}")).names():
        entry = layout.parse_entry(name)
        if entry is not None and entry[1] in mine and not sessions.stale(entry[1], entry[0]):
            return True
    return False
