"""What is decided of commits that are made: before a push, after a rebase, and by `check --range`."""

from __future__ import annotations

from gitcoord.guard import changes
from gitcoord.guard.claims import Claims
from gitcoord.guard.judge import Judge
from gitcoord.kernel import file, revision
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.reader import Reader
    from gitcoord.guard.rights import Beyond
    from gitcoord.guard.sessions import Sessions
    from gitcoord.kernel.git import Git


class Repository:
    """Where the commits are: the user's repository, and the one that holds the ledger, with its present state."""

    __slots__ = ("_changed", "common_dir", "git", "reader", "store_git")

    def __init__(self, git: Git, store_git: Git, common_dir: str, reader: Reader) -> None:
        self.git = git
        self.store_git = store_git
        self.common_dir = common_dir
        self.reader = reader
        self._changed: dict[Oid, changes.Changed | None] = {}

    def changed(self, commits: list[Oid]) -> dict[Oid, changes.Changed]:
        """What each of these commits changed, as in `changes.committed`; git is asked once for a commit."""
        left = [commit for commit in commits if commit not in self._changed]
        found = changes.committed(self.git, left)
        self._changed |= {commit: found.get(commit) for commit in left}
        return {commit: of for commit in commits if (of := self._changed[commit]) is not None}

    def cut_off(self) -> set[Oid]:
        """The commits at which the history of a shallow clone ends: what they changed is not known."""
        try:
            return {Oid(name) for name in file.read(self.common_dir + "/shallow").decode().split()}
        except FileNotFoundError:
            return set()


def new(git: Git, tips: Iterable[Oid], known: Iterable[Oid]) -> list[Oid]:
    """Return the commits that a push of `tips` brings, eldest first: on no tracking ref of any remote.

    `known` are commits that the remote has now; those that are not here are passed over. Raises `GitFailed`.
    """
    asked = "".join(f"{oid}\n" for oid in known).encode()
    answers = git.run("cat-file", "--batch-check", data=asked).decode().splitlines()
    have = [line.split(" ")[0] for line in answers if not line.endswith(" missing")]
    lines = "".join(f"{oid}\n" for oid in tips) + "".join(f"^{oid}\n" for oid in have)
    order = ("--reverse", "--topo-order", "--stdin", "--not", "--remotes")
    return revision.listed(git, *order, data=lines.encode())


def at_fault(
    repository: Repository, sessions: Sessions, mine: Callable[[], Collection[str]], commits: Iterable[Oid]
) -> list[tuple[Oid, Verdict]]:
    """Return those of the commits, eldest first, that touch what another session claims, each with its verdict.

    A commit is judged against each of its parents. Not at fault is what the holder knew when it claimed, what
    `.gitattributes` takes out of sight, and what the holder, or somebody under a claim that was valid then, has made.
    `mine` tells the ids of the session that brings them and of its ancestors. Raises `Unreadable` or `GitFailed`.
    """
    cut = repository.cut_off()
    looked_at = [commit for commit in commits if commit not in cut]
    changed = repository.changed(looked_at)
    judge = Judge(Claims(repository.reader), sessions, mine)
    found = [(commit, _look(judge, changed[commit])) for commit in looked_at if commit in changed]
    found = _unknown_to_holders(repository.git, sessions, [(commit, one) for commit, one in found if one.held])
    found = _not_exempt(repository.git, found)
    if not found:
        return []
    from gitcoord.guard.makers import Makers

    makers = Makers(repository, sessions)
    try:
        return makers.permit(found)
    finally:
        makers.close()


def beyond_roles(
    repository: Repository, mine: Callable[[], Collection[str]], commits: Iterable[Oid]
) -> list[tuple[Oid, Beyond]]:
    """Return those of the commits, eldest first, that change what a role does not allow to commit.

    The role that counts is that of the session that made the commit, by its note; without one that of the session that
    brings it. Not at fault is what `.gitattributes` takes out of sight. Raises `Unreadable` or `GitFailed`.
    """
    from gitcoord.guard import attributes, rights
    from gitcoord.guard.notes import Notes
    from gitcoord.guard.snapshot import Batch

    cut = repository.cut_off()
    looked_at = [commit for commit in commits if commit not in cut]
    changed = repository.changed(looked_at)
    batch = Batch(repository.git)
    try:
        notes = Notes(repository.git, batch, f"{repository.common_dir}/coord")
        made = {commit: note.makers if (note := notes.of(commit)) is not None else () for commit in looked_at}
    finally:
        batch.close()
    found = []
    for commit in looked_at:
        paths = changed[commit].paths if commit in changed else ()
        beyond = rights.beyond(repository.reader, made[commit][:1] or mine(), "commit", paths)
        if beyond is not None:
            found.append((commit, beyond))
    exempt = attributes.exempt(repository.git, {f"{commit}^": one.paths for commit, one in found}) if found else {}
    for commit, one in found:
        one.paths = [path for path in one.paths if path not in exempt[f"{commit}^"]]
    return [(commit, one) for commit, one in found if one.paths]


def _look(judge: Judge, of: changes.Changed) -> Verdict:
    return judge.look(of.paths, lambda: of.existing)


def _unknown_to_holders(git: Git, sessions: Sessions, found: list[tuple[Oid, Verdict]]) -> list[tuple[Oid, Verdict]]:
    """Take out what a claim's holder had in its history when it claimed."""
    heads = {sessions.claim(item.session, item.claim).head for _, one in found for item in one.held}
    commits = [commit for commit, _ in found]
    for head in sorted(heads):
        # A holder elsewhere may have stood at a commit that nobody has here.
        if not head or git.ask("cat-file", "-e", f"{head}^{{commit}}")[0] != 0:
            continue
        asked = "".join(f"{commit}\n" for commit in commits) + f"^{head}\n"
        after = set(revision.listed(git, "--stdin", data=asked.encode()))
        for commit, one in found:
            if commit not in after:
                one.held = [item for item in one.held if sessions.claim(item.session, item.claim).head != head]
    return [(commit, one) for commit, one in found if one.held]


def _not_exempt(git: Git, found: list[tuple[Oid, Verdict]]) -> list[tuple[Oid, Verdict]]:
    """Take out what the attributes of the commit before it take out of sight."""
    if not found:
        return []
    from gitcoord.guard import attributes

    exempt = attributes.exempt(git, {f"{commit}^": one.paths for commit, one in found})
    for commit, one in found:
        one.without(exempt[f"{commit}^"])
    return [(commit, one) for commit, one in found if one.held]
