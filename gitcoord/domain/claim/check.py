"""Ask whether paths are free or one's own: before work, before a commit, and of commits, in CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, field
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.commit import judging
from gitcoord.domain.halt import concern
from gitcoord.domain.records import Conflict
from gitcoord.domain.role import limits
from gitcoord.domain.role import record as role
from gitcoord.domain.session import record as session
from gitcoord.guard import changes, landing
from gitcoord.guard import commits as pushing
from gitcoord.guard.commits import Repository
from gitcoord.guard.decision import decide
from gitcoord.kernel import branches, revision, staging
from gitcoord.kernel.git import Git
from gitcoord.kernel.refname import HEADS
from gitcoord.policy.ids import NOBODY, Oid
from gitcoord.policy.layout import ROLES
from gitcoord.policy.scope import Scope, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitcoord.domain.claim.record import Standing
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.guard.sessions import Sessions
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class InCommit(Conflict):
    """A path that a commit changed and somebody else claims."""

    commit: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many paths (or scopes) were looked at, and which of them are another's.

    `unclaimed` are those that the rule require-claim wants claimed first. `halted` says which halt stops the work, and
    `forbidden` what the role of the session does not allow; '' where nothing does. `lenient`: the rules let a person
    commit all the same, with a warning.
    """

    paths: int
    conflicts: list[Conflict] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    halted: str = ""
    forbidden: str = ""
    lenient: bool = False

    @property
    def refused(self) -> bool:
        """Whether a commit, or a push, would be refused."""
        return bool(self.halted or self.forbidden) or (bool(self.conflicts or self.unclaimed) and not self.lenient)


def scopes(workspace: Workspace, me: Session | None, wanted: tuple[Scope, ...]) -> Checked:
    """Whether one could claim these: what a gone session or a passed deadline left behind is in nobody's way."""
    state = workspace.ledger.state()
    halted = concern.word(state, _ids(me), workspace.clock.now(), wanted)
    obstacles = []
    for scope in wanted:
        for standing in _against(state, me, scope):
            item = claim.read(state, standing.session, standing.claim)
            holder = session.read(state, standing.session)
            if item is not None and holder is not None and not holding.over(workspace, item, holder):
                obstacles.append((scope, standing))
    refused = role.claim_refusal(state, me.id, wanted) if me is not None else None
    forbidden = limits.refusal(state, refused.detail).message if refused is not None else ""
    return Checked(len(wanted), holding.conflicts(workspace, state, obstacles), halted=halted, forbidden=forbidden)


def _ids(me: Session | None) -> tuple[str, ...]:
    """The ids of the session that asks and of its ancestors; none where no session does."""
    return (me.id, *me.ancestors) if me else ()


def _against(state: State, me: Session | None, scope: Scope) -> Iterable[Standing]:
    """The claims that speak against a change in this scope: the guard obeys a descendant's, which one could claim."""
    shared = me is not None and _shares(state, me, scope)
    if scope.kind == "name":
        return [standing for _, standing in claim.in_the_way(state, me.id if me else NOBODY, [scope], shared=shared)]
    mine = _ids(me)
    return [
        standing
        for standing in claim.overlapping(state, scope)
        if standing.session not in mine and not (shared and standing.shared)
    ]


def _shares(state: State, me: Session, scope: Scope) -> bool:
    """Whether one holds this with others already: then it is one's own."""
    mine = [item for holder in (me.id, *me.ancestors) for item in claim.of(state, holder)]
    return any(within(scope, outer) for item in mine for outer in item.scopes)


def staged(workspace: Workspace, me: Session | None) -> Checked:
    """What the guard would decide if all that is staged were committed now. Raises `Usage` in a bare repository."""
    place = workspace.place
    if not place.top:
        raise errors.claim.NoIndexToCheck()
    # In a hook git names the index in the environment.
    git = staging.git_with(place, staging.path_of(place))
    paths = changes.staged(git, place.git_dir, changes.start(git))
    state = workspace.ledger.state()
    reader = judging.StateReader(state)
    decision = decide(reader, paths, judging.Change(workspace, reader, me, git, lambda: changes.existing(git)))
    if decision.halt is not None:
        scopes = [Scope("file", path) for path in paths]
        halted = concern.word(state, _ids(me), workspace.clock.now(), scopes)
        return Checked(len(paths), halted=halted or "the work is halted")
    if decision.beyond is not None:
        return Checked(len(paths), forbidden=limits.of_paths(state, decision.beyond))
    if decision.verdict is None:
        return Checked(len(paths))
    found = judging.conflicts(workspace, state, decision.verdict)
    held = {item.scope for item in found}
    unclaimed = [path for path in decision.verdict.unclaimed if path not in held]
    return Checked(len(paths), found, unclaimed, lenient=decision.lenient)


def commits(workspace: Workspace, me: Session | None, text: str, *, onto: str = "") -> Checked:
    """What the guard would decide if the commits `A..B` were pushed now, each against its parents.

    Also whether the rules let this session push them to the branch `onto`, by its full name; without one to the default
    branch. Whether it may push there at all is asked of that alone.

    Raises `Usage` where that is not a range of commits here, `CannotTell` where the history ends within it.
    """
    place = workspace.place
    git = place.git if place.top else Git(place.environ, cwd=place.common_dir)
    state = workspace.ledger.state()
    reader = judging.StateReader(state)
    repository = Repository(git, place.store_git, place.common_dir, reader)
    base, tip = _ends(git, text)
    names = revision.listed(git, "--reverse", "--topo-order", tip, f"^{base}")
    if repository.cut_off().intersection(names):
        raise errors.claim.CutOff(text)
    mine, sessions = _ids(me), judging.sessions(workspace, reader)
    at_fault = pushing.at_fault(repository, sessions, lambda: mine, names)
    conflicts: list[Conflict] = []
    for commit, found in at_fault:
        for told in judging.conflicts(workspace, state, found):
            conflicts.append(InCommit(told.scope, told.held, commit))
    ref = onto or _default(workspace, reader, git)
    closed = _closed(reader, sessions, mine, ref) if not onto else ""
    if not closed and ref and landing.asks_owners(reader, ref):
        closed = _unowned(repository, sessions, base, names)
    beyond = pushing.beyond_roles(repository, lambda: mine, names) if reader.has(ROLES) else []
    forbidden = f"commit {beyond[0][0][:10]}: {limits.of_paths(state, beyond[0][1])}" if beyond else closed
    changed = {path for of in repository.changed(names).values() for path in of.paths}
    halted = concern.word(state, mine, workspace.clock.now(), [Scope("file", path) for path in sorted(changed)])
    return Checked(len(changed), conflicts, halted=halted, forbidden=forbidden)


def _default(workspace: Workspace, reader: judging.StateReader, git: Git) -> str:
    """The default branch by its full name; '' where nothing limits pushes, or there is no such branch."""
    if not reader.has("rules.json") and not reader.has(ROLES):
        return ""
    remote = workspace.place.setting("coord.hub") or "origin"
    name = branches.look(workspace.place, remote).default_name
    return HEADS + name if name else ""


def _closed(reader: judging.StateReader, sessions: Sessions, mine: Sequence[str], ref: str) -> str:
    """Why the rules keep a session from pushing to a branch, '' where they do not."""
    found = landing.closed(reader, sessions, mine, [ref], default=lambda: ref) if ref else None
    return f"{found.why} ({found.help})" if found is not None else ""


def _unowned(repository: Repository, sessions: Sessions, base: Oid, names: list[Oid]) -> str:
    """Which of the commits lacks the word of an owner; '' where none does."""
    from gitcoord.guard import owning

    found = owning.first(repository, sessions, base, names)
    return f"{found.why} ({found.help})" if found is not None else ""


def _ends(git: Git, text: str) -> tuple[Oid, Oid]:
    """The two commits of a range. Raises `Usage`."""
    old, dots, new = text.partition("..")
    if not dots or new.startswith("."):
        raise errors.usage.NotWritten(text, "a range of commits", "A..B: what B has and A has not")
    ends = []
    for name in (old or "HEAD", new or "HEAD"):
        end = revision.commit(git, name)
        if not end:
            raise errors.usage.NoCommit(name)
        ends.append(end)
    return ends[0], ends[1]
