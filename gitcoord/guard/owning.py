"""What lands in a branch whose rule is `owner`: of each path the owner made the change, or reviewed that very commit.

Who owns a path is asked of the rules `owner`, then of CODEOWNERS of the base (`policy/owners.py`). Loaded only where a
push goes to such a branch.
"""

from __future__ import annotations

from gitcoord.errors.remedy import Remedy, step
from gitcoord.guard import trail
from gitcoord.guard.judge import Objection, Verdict
from gitcoord.guard.makers import Makers
from gitcoord.kernel import revision
from gitcoord.kernel.refname import HEADS, REMOTES
from gitcoord.policy import layout, owners
from gitcoord.policy.ids import NO_OBJECT, Oid, SessionId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.guard.commits import Repository
    from gitcoord.guard.sessions import Session, Sessions
    from gitcoord.kernel.git import Git
    from gitcoord.policy.owners import Owned, Table

_SHOWN = 3  # owners that a refusal names


class Identity:
    """As what a session counts as an owner: its id, its name, its roles and its teams, living or not."""

    __slots__ = ("name", "roles", "session", "teams")

    def __init__(self, session: str, name: str, roles: Iterable[str], teams: Iterable[str]) -> None:
        self.session = session
        self.name = name
        self.roles = tuple(role for role in roles if role)
        self.teams = tuple(teams)

    def owns(self, owned: Owned) -> bool:
        """Whether it is an owner."""
        return any(owned.is_borne_by(self.session, self.name, role, self.teams) for role in self.roles or ("",))


class Unowned:
    """The first commit that lacks an owner's word: its paths, and who owns the first; `able` is one who could give it.

    `refusal`: nobody can say who owns what, since CODEOWNERS cannot be used; it says why. There is no commit then.
    """

    __slots__ = ("able", "commit", "owned", "paths", "refusal")

    def __init__(
        self,
        commit: Oid = NO_OBJECT,
        paths: Iterable[str] = (),
        owned: Owned | None = None,
        able: Session | None = None,
        refusal: str = "",
    ) -> None:
        self.commit = commit
        self.paths = list(paths)
        self.owned = owned
        self.able = able
        self.refusal = refusal

    @property
    def why(self) -> str:
        """What is missing, as a sentence."""
        if self.refusal or self.owned is None:
            return f"nobody can say who owns the files: {self.refusal}"
        more = f" (and {len(self.paths) - 1} more)" if len(self.paths) > 1 else ""
        return (
            f"commit {self.commit[:10]}: {self.paths[0]}{more} {_belongs(self.owned)}, who neither made nor reviewed it"
        )

    @property
    def help(self) -> str:
        """What to do about it."""
        if self.refusal or self.owned is None:
            return Remedy("say it by rules: {}", "rules owner GLOB NAME|role:R|team:T")
        if not self.owned.owners:
            return Remedy("say who that is: {}", step("rules owner-map", self.owned.unknown[0], "NAME|role:R|team:T"))
        to = self.able.id if self.able is not None else self.owned.owners[0]
        asked = step("ask", to, f"review {self.commit[:10]}", "--type", "review", "--commit", self.commit[:12])
        return Remedy("ask for a review: {}", asked)


def _belongs(owned: Owned) -> str:
    known = [*owned.owners, *(f"{name}, whom no rule owner-map names" for name in owned.unknown)]
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"belongs to {', '.join(known[:_SHOWN])}{more} ({owned.where})"


def first(repository: Repository, sessions: Sessions, base: Oid, commits: Iterable[Oid]) -> Unowned | None:
    """Return the first of the commits, eldest first, for which an owner has not spoken; None where there is none.

    `base` is the commit onto which they go: its CODEOWNERS counts, never theirs. Of a merge those paths count that
    differ from all of its parents. Raises `Unreadable` or `GitFailed`.
    """
    rules, table = _said(repository, base)
    if table.refusal:
        return Unowned(refusal=table.refusal)
    cut = repository.cut_off()
    changed = repository.changed([commit for commit in commits if commit not in cut])
    owned: dict[str, Owned] = {}
    at_fault = []
    for commit, of in changed.items():
        found = Verdict()
        for path in of.paths:
            if path not in owned:
                owned[path] = owners.owner(path, rules, table)
            if not owned[path].is_free:
                found.held.append(Objection(path, "", ""))
        if found.held:
            at_fault.append((commit, found))
    if not at_fault:
        return None
    makers = _Owners(repository, sessions, owned)
    try:
        left = makers.permit(makers.without_reviewed(at_fault))
    finally:
        makers.close()
    if not left:
        return None
    commit, found = left[0]
    own = owned[found.paths[0]]
    return Unowned(commit, found.paths, own, _able(sessions, own))


def brought(git: Git, remote: str, ref: str, tip: Oid, old: Oid) -> tuple[Oid, list[Oid]]:
    """Return the commit onto which a push to a branch goes, and what it brings there, eldest first.

    `old` is what the branch has at the remote. Where that is not here it is what was fetched of it last; for a new
    branch it is the default branch of the remote. What is on other branches only is new to this one.

    Raises `GitFailed`.
    """
    name = ref.removeprefix(HEADS)
    known = Oid("")
    for base in filter(None, (old, f"{REMOTES}{remote}/{name}", f"{REMOTES}{remote}/HEAD")):
        known = revision.commit(git, base)
        if known:
            break
    beyond = [f"^{known}"] if known else []
    return known, revision.listed(git, "--reverse", "--topo-order", tip, *beyond)


def _said(repository: Repository, base: Oid) -> tuple[list[tuple[str, str]], Table]:
    """Return the rules `owner`, and CODEOWNERS of the base."""
    said = repository.reader.record("rules.json") or {}
    listed, names = said.get("owner"), said.get("owner-map")
    rules = [(str(glob), str(to)) for glob, to in listed] if isinstance(listed, list) else []
    known = {str(name): str(to) for name, to in names.items()} if isinstance(names, dict) else {}
    return rules, codeowners(repository.git, base, known)


def codeowners(git: Git, base: str, known: dict[str, str]) -> Table:
    """Return CODEOWNERS of a commit, empty where it has none; `known` are the rules `owner-map`."""
    for place in owners.PLACES if base else ():
        status, out, _ = git.ask("cat-file", "blob", f"{base}:{place}")
        if status == 0:
            return owners.codeowners(out.decode("utf-8", "surrogateescape"), known)
    return owners.Table()


class _Owners(Makers):
    """Looks whose work a commit is, as for claims; what counts is whether its maker owns the path."""

    __slots__ = ("_identities", "_owned", "_reader", "_store")

    def __init__(self, repository: Repository, sessions: Sessions, owned: dict[str, Owned]) -> None:
        super().__init__(repository, sessions)
        self._reader = repository.reader
        self._store = repository.store_git
        self._owned = owned
        self._identities: dict[str, list[Identity]] = {}

    def without_reviewed(self, at_fault: list[tuple[Oid, Verdict]]) -> list[tuple[Oid, Verdict]]:
        """Take from each commit what an owner has reviewed: a review is about one commit, and no pick of it."""
        for commit, found in at_fault:
            reviewers = list(self._reviewers(commit))
            if reviewers:
                found.held = [
                    item for item in found.held if not any(one.owns(self._owned[item.path]) for one in reviewers)
                ]
        return [(commit, found) for commit, found in at_fault if found.held]

    def _reviewers(self, commit: Oid) -> Iterable[Identity]:
        """Those who completed a review of this commit, as what they were then."""
        directory = self._reader.directory(layout.reviewed(commit))
        for task in directory.names():
            content = directory.content(task)
            said = trail.record(content.decode("utf-8", "surrogateescape")) if content is not None else {}
            teams = said.get("teams")
            roles = (str(said.get("role", "")),)
            named = teams if isinstance(teams, list) else []
            yield Identity(str(said.get("session", "")), str(said.get("name", "")), roles, map(str, named))

    def _expect(self, commits: Iterable[Oid]) -> None:
        """No claim is asked for."""

    def _makes_right(self, commit: Oid, item: Objection) -> bool:
        note = self._notes.of(commit)
        owned = self._owned.get(item.path)
        if note is None or owned is None:
            return False
        return any(one.owns(owned) for maker in note.makers for one in self._identity(maker))

    def _identity(self, session: str) -> list[Identity]:
        """A session and its ancestors: what a child makes is its parent's work, too."""
        if session not in self._identities:
            living = self._sessions.get(session)
            if living is None:
                self._identities[session] = self._past_identity(session)
            else:
                family = [living, *filter(None, map(self._sessions.get, living.ancestors))]
                self._identities[session] = [Identity(one.id, one.name, (one.role,), one.teams) for one in family]
        return self._identities[session]

    def _past_identity(self, session: str) -> list[Identity]:
        """A session that is over, as it registered, and as teams that stand have it."""
        ended = self._reader.record(layout.ended_session(session)) if SessionId.fits(session) else None
        if ended is None or ended.get("how") == "refused":
            return []
        begun = [one for one in trail.naming(self._store, [f"Coord-Session: {session}"]) if one.kind == "register"]
        roles, teams = [one.text("role") for one in begun[:1]], []
        for team in self._reader.directory(layout.TEAMS).names():
            members = (self._reader.record(f"{layout.TEAMS}/{team}") or {}).get("members")
            for member in members if isinstance(members, list) else ():
                if isinstance(member, list) and member[:1] == [session]:
                    teams.append(team)
                    roles += [str(role) for role in member[2:3]]
        return [Identity(session, begun[0].text("name") if begun else "", roles, teams)]


def _able(sessions: Sessions, owned: Owned) -> Session | None:
    """Return a living session that is an owner, None where there is none."""
    return next((one for one in sessions.living() if owned.is_borne_by(one.id, one.name, one.role, one.teams)), None)
