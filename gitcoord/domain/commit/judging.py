"""The guard's judge (`gitcoord.guard`) as commands ask it: over the ledger's state in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, field
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.records import Conflict
from gitcoord.domain.session import identity
from gitcoord.domain.session import record as session
from gitcoord.guard import attributes, integration
from gitcoord.guard.commits import Repository
from gitcoord.guard.sessions import Sessions
from gitcoord.policy.ids import SessionId
from gitcoord.policy.origin import typed_by_person
from gitcoord.policy.scope import Scope, overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.guard.judge import Objection, Verdict
    from gitcoord.kernel.git import Git
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class _Directory:
    """A directory of the state, as the judge reads it (`guard.reader.Directory`)."""

    state: State
    path: str

    def names(self) -> list[str]:
        """The names of all entries."""
        return self.state.names(self.path)

    def has(self, name: str) -> bool:
        """Whether it has an entry of this name."""
        return self.state.has(f"{self.path}/{name}")

    def inner(self, name: str) -> _Directory | None:
        """The directory of this name, None where there is none."""
        path = f"{self.path}/{name}"
        return _Directory(self.state, path) if self.state.names(path) else None

    def content(self, name: str) -> bytes | None:
        """The content of the file of this name, None where there is none."""
        return self.state.read(f"{self.path}/{name}")


@dataclass(frozen=True, slots=True)
class StateReader:
    """The state, as the judge reads it (`guard.reader.Reader`)."""

    state: State

    def has(self, name: str) -> bool:
        """Whether the top directory has an entry of this name."""
        return self.state.has(name)

    def directory(self, path: str) -> _Directory:
        """The directory at `path`, an empty one where there is none."""
        return _Directory(self.state, path)

    def record(self, path: str) -> dict[str, object] | None:
        """The JSON object in the file at `path`, None where there is none. Raises `Unreadable`."""
        return self.state.json(path)


@dataclass(frozen=True, slots=True)
class Change:
    """A change that a command judges before git makes it (`guard.reader.Occasion`).

    `existing` tells which of the changed paths were there before; it is asked where the rules need it.
    """

    workspace: Workspace
    reader: StateReader
    me: Session | None
    git: Git
    existing: Callable[[], Collection[str]] = field(default=frozenset)

    def sessions(self) -> Sessions:
        """The sessions, and what is known here of their life."""
        return sessions(self.workspace, self.reader)

    def mine(self) -> tuple[str, ...]:
        """Ids of the session and of its ancestors; empty where there is none."""
        return (self.me.id, *self.me.ancestors) if self.me else ()

    def by_person(self) -> bool:
        """Whether a person may have typed this who never started a session, nor says to be one."""
        said = self.workspace.place.environ.get(identity.VARIABLE)
        return self.me is None and not said and typed_by_person(identity.asker(self.workspace).origin)

    def permit(self, found: Verdict) -> None:
        """Take from the verdict what a pick or a squash under way takes in from those who may change it."""
        place = self.workspace.place
        repository = Repository(self.git, place.store_git, place.common_dir, self.reader)
        integration.permit(repository, place.git_dir, self.sessions(), found)

    def exempt(self, paths: list[str]) -> set[str]:
        """Those of the paths that `.gitattributes` takes out of the guard's sight."""
        return attributes.exempt(self.git, {"HEAD": paths})["HEAD"] if paths else set()


def sessions(workspace: Workspace, reader: StateReader) -> Sessions:
    """The sessions as the judge sees them."""
    return Sessions(reader, workspace.liveness)


def conflicts(workspace: Workspace, state: State, found: Verdict) -> list[Conflict]:
    """What is in the way, one claim for each path and session: the same work often holds a path twice."""
    signs = holding.Signs(workspace)
    told = []
    for item in first_of_each(found.held):
        of, holder = behind(state, item)
        scope = next((one for one in of.scopes if overlap(one, Scope("file", item.path))), of.scopes[0])
        told.append(Conflict(item.path, holding.describe(workspace, of, holder, scope, signs)))
    return told


def first_of_each(items: Iterable[Objection]) -> list[Objection]:
    """The first objection of each session to each path."""
    found: dict[tuple[str, str], Objection] = {}
    for item in items:
        found.setdefault((item.path, item.session), item)
    return list(found.values())


def behind(state: State, item: Objection) -> tuple[Claim, Session]:
    """The claim that speaks against a path, and its holder. Raises `Unreadable` where the ledger is damaged."""
    name = SessionId(item.session)
    of, holder = claim.read(state, name, item.claim), session.read(state, name)
    if of is None or holder is None:
        raise errors.storage.LedgerDamaged(f"it has no claim {item.claim} of {item.session}")
    return of, holder
