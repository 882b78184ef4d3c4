"""Whose work a commit is: what counts as the work of a claim's holder, or as done under a claim that was valid then.

What the holder made passes whoever brings it, and so does a pick or a squash of it: integrators must be able to work.
"""

from __future__ import annotations

from gitcoord.guard import patches
from gitcoord.guard.judge import Verdict
from gitcoord.guard.notes import Notes
from gitcoord.guard.past import Past
from gitcoord.guard.replay import Replay
from gitcoord.guard.snapshot import Batch
from gitcoord.kernel import revision
from gitcoord.policy.guard import may_pass_as_made
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.guard.commits import Repository
    from gitcoord.guard.judge import Objection
    from gitcoord.guard.notes import Note
    from gitcoord.guard.patches import Patches
    from gitcoord.guard.sessions import Sessions

    AtFault = list[tuple[Oid, Verdict]]

_MARK = b"(cherry picked from commit "
_MOST_SQUASHED = 100  # commits of the holder's that a squash is compared with, newest first


class Makers:
    """Looks at commits that touch what others claim. To be closed."""

    __slots__ = ("_batch", "_git", "_notes", "_past", "_replay", "_sessions")

    def __init__(self, repository: Repository, sessions: Sessions) -> None:
        self._git = repository.git
        self._sessions = sessions
        self._batch = Batch(repository.git)
        self._notes = Notes(repository.git, self._batch, f"{repository.common_dir}/coord")
        self._replay = Replay(repository.git, self._batch)
        self._past = Past(repository.store_git, repository.reader)

    def close(self) -> None:
        """End the git that reads."""
        self._batch.close()

    def permit(self, at_fault: AtFault) -> AtFault:
        """Return the commits at fault for which nobody speaks; from each verdict is taken what somebody may do."""
        left = self._as_made(at_fault)
        return self._as_like(left, revision.present(self._git, self._notes.commits())) if left else []

    def permit_staged(self, found: Verdict, sources: list[Oid], named: list[Oid]) -> None:
        """Take from the verdict on what is staged what the makers of its sources may do.

        `sources` are the commits that it takes in, newest first; `named` are those that its message says it was picked
        from.
        """
        self._expect([*sources, *named])
        for made in named:
            found.held = [item for item in found.held if not self._makes_right(made, item)]
        paths = [item.path for item in found.held]
        few = revision.present(self._git, sources)[:_MOST_SQUASHED] if paths else []
        if not few:
            return
        fresh = self._unknown_to(few, "HEAD")
        ours = patches.between(self._git, "HEAD", patches.STAGED, paths)
        changed = patches.of(self._git, few, paths)
        open_ = self._unspoken_for(changed, found.held)
        for other, changes in changed.items():
            items = [item for item in found.held if item.path in changes and item not in open_[other]]
            same = {item.path for item in items if changes[item.path] == ours.get(item.path)}
            more = [item.path for item in items if item.path not in same]
            same |= self._taken_over("HEAD", patches.STAGED, other, more if other in fresh else [])
            found.held = [item for item in found.held if item not in items or item.path not in same]

    def permit_alike(self, found: Verdict) -> None:
        """Take from the verdict on what is staged what is as in a commit that HEAD lacks, as a push is judged."""
        if revision.commit(self._git, "HEAD"):  # not before a first commit
            self._as_like([(patches.STAGED, found)], self._unknown_to(self._notes.commits(), "HEAD"))

    def _as_like(self, at_fault: AtFault, noted: list[Oid]) -> AtFault:
        """What makers of the noted commits may do, for what is taken over from these."""
        if not noted:
            return at_fault
        made = patches.of(self._git, noted, _paths(at_fault))
        left = self._as_picked(at_fault, made)
        return self._as_squashed(left, made) if left else left

    def _unspoken_for(self, made: dict[Oid, Patches], held: list[Objection]) -> dict[Oid, list[Objection]]:
        """Return for each commit what nobody speaks for: a pick of the holder's work is judged like that work."""
        at_fault = []
        for commit, changes in made.items():
            verdict = Verdict()
            verdict.held = [item for item in held if item.path in changes]
            at_fault.append((commit, verdict))
        self.permit(at_fault)
        return {commit: verdict.held for commit, verdict in at_fault}

    def _as_made(self, at_fault: AtFault) -> AtFault:
        """What the makers of the commit may do, or those of a commit that its message says it was picked from."""
        sources = {commit: (commit, *self._picked_from(commit)) for commit, _ in at_fault}
        self._expect(made for several in sources.values() for made in several)
        for commit, found in at_fault:
            for made in sources[commit]:
                found.held = [item for item in found.held if not self._makes_right(made, item)]
        return _left(at_fault)

    def _as_picked(self, at_fault: AtFault, made: dict[Oid, Patches]) -> AtFault:
        """The same for a change of a path that is that of a commit which may; `made` is what the noted ones changed."""
        paths = _paths(at_fault)
        self._expect(made)
        by_change: dict[tuple[str, bytes], list[Oid]] = {}
        for commit, changes in made.items():
            for path, change in changes.items():
                by_change.setdefault((path, change), []).append(commit)
        done = patches.of(self._git, [commit for commit, _ in at_fault if commit != patches.STAGED], paths)
        for commit, found in at_fault:
            changes = done.get(commit, {})
            if commit == patches.STAGED:
                changes = patches.between(self._git, "HEAD", patches.STAGED, paths)
            found.held = [
                item
                for item in found.held
                if not any(
                    self._makes_right(other, item)
                    for other in by_change.get((item.path, changes.get(item.path, b"")), ())
                )
            ]
        return _left(at_fault)

    def _as_squashed(self, at_fault: AtFault, made: dict[Oid, Patches]) -> AtFault:
        """The same for several commits in one: the path is as one of the holder's has it, or changed as up to it."""
        paths = _paths(at_fault)
        newest = self._newest_first(
            commit for commit, changes in made.items() if any(path in changes for path in paths)
        )
        for commit, found in at_fault:
            parent = "HEAD" if commit == patches.STAGED else f"{commit}^"
            fresh = self._unknown_to(newest, commit or "HEAD")[:_MOST_SQUASHED]
            for other in fresh:
                items = [item for item in found.held if item.path in made[other] and self._makes_right(other, item)]
                same = self._taken_over(parent, commit, other, [item.path for item in items])
                found.held = [item for item in found.held if item not in items or item.path not in same]
                if not found.held:
                    break
        return _left(at_fault)

    def _taken_over(self, parent: str, commit: Oid, other: Oid, paths: list[str]) -> set[str]:
        """Return the paths that `commit` has as `other` has them, or with just what `other` or all up to it changed."""
        if not paths:
            return set()
        differing = set(patches.between(self._git, other, commit, paths))
        found = {path for path in paths if path not in differing}
        left = [path for path in paths if path in differing]
        base = revision.common(self._git, parent, other) if left else Oid("")
        if base:
            theirs = patches.between(self._git, base, other, left)
            ours = patches.between(self._git, parent, commit, left)
            found |= {path for path in left if path in ours and ours[path] == theirs.get(path)}
            for start in (base, f"{other}^"):
                left = [path for path in left if path not in found]
                found |= self._replay.gives(parent, [(start, other)], commit, left)
        return found

    def _makes_right(self, commit: Oid, item: Objection) -> bool:
        note = self._notes.of(commit)
        return note is not None and self._may(commit, note, item)

    def _may(self, commit: Oid, note: Note, item: Objection) -> bool:
        """Whether a commit with this note may change the path that a claim speaks against."""
        holder = self._sessions.holder(item.session)
        for maker in note.makers:
            made_by = self._sessions.get(maker)
            ancestors = made_by.ancestors if made_by else ()
            if may_pass_as_made(maker, holder.id, holder.ancestors, ancestors):
                return True
        if note.past_the_guard or not note.claims:
            return False
        time = self._authored(commit)
        return any(self._past.valid(claim, item.path, time, note.makers) for claim in note.claims)

    def _expect(self, commits: Iterable[Oid]) -> None:
        """Look up all claims that the notes of these commits name, at once."""
        notes = [note for commit in commits if (note := self._notes.of(commit)) is not None]
        self._past.look_up(claim for note in notes for claim in note.claims)

    def _newest_first(self, commits: Iterable[Oid]) -> list[Oid]:
        asked = "".join(f"{commit}\n" for commit in commits).encode()
        return revision.listed(self._git, "--no-walk=sorted", "--stdin", data=asked)

    def _unknown_to(self, commits: list[Oid], commit: str) -> list[Oid]:
        """Those of the commits that are here and not in the history of `commit`: what that has it did not take over."""
        asked = "".join(f"{one}\n" for one in commits).encode() + f"^{commit}\n".encode()
        unknown = set(revision.listed(self._git, "--ignore-missing", "--stdin", data=asked))
        return [one for one in commits if one in unknown]

    def _picked_from(self, commit: Oid) -> list[Oid]:
        """The commits that a commit's message says it was picked from (`git cherry-pick -x`)."""
        found = self._batch.ask(commit)
        return picked_from(found[1].partition(b"\n\n")[2]) if found else []

    def _authored(self, commit: Oid) -> int:
        """When the change was made, in seconds: a rebase keeps that."""
        found = self._batch.ask(commit)
        for line in found[1].partition(b"\n\n")[0].splitlines() if found else ():
            if line.startswith(b"author "):
                seconds = line.rsplit(b" ", 2)[1]
                return int(seconds) if seconds.isdigit() else 0
        return 0


def picked_from(message: bytes) -> list[Oid]:
    """The commits that a message says it was picked from, by their full ids, as git writes them."""
    marked = (line for line in message.splitlines() if line.startswith(_MARK) and line.endswith(b")"))
    names = (line[len(_MARK) : -1].decode(errors="replace") for line in marked)
    return [Oid(name) for name in names if Oid.fits(name)]


def _left(at_fault: AtFault) -> AtFault:
    return [(commit, found) for commit, found in at_fault if found.held]


def _paths(at_fault: AtFault) -> list[str]:
    return list(dict.fromkeys(path for _, found in at_fault for path in found.paths))
