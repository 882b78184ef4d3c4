"""Which session made which commit, as the notes say, and what counts as the work of a claim's holder.

A commit that the holder made passes whoever brings it, and so does a pick of it: integrators must be able to work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import session
from gitcoord.policy.guard import may_pass_as_made

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session import Session
    from gitcoord.domain.verdict import Verdict
    from gitcoord.kernel.git import Git
    from gitcoord.ledger.state import State

REF = "refs/notes/coord"
MAKER = "Coord-Session"

_PICKED = b"(cherry picked from commit "
_PATCH = ("--root", "-p", "--full-index", "--binary", "--no-ext-diff", "--no-textconv")


class Makers:
    """The notes of one repository."""

    def __init__(self, git: Git, state: State) -> None:
        self._git = git
        self._state = state
        self._blobs: dict[str, str] = {}
        # Fails where there are no notes yet.
        for line in git.ask("notes", f"--ref={REF}", "list")[1].decode().splitlines():
            blob, _, commit = line.partition(" ")
            self._blobs[commit] = blob

    def permit(self, at_fault: dict[str, Verdict]) -> None:
        """Take out of each commit's verdict what its makers, or those of what it was picked from, may do."""
        if not self._blobs:
            return
        sources = self._sources(at_fault)
        makers = self._of({made for several in sources.values() for made in several})
        for commit, found in at_fault.items():
            for made in sources[commit]:
                self._subtract(found, makers.get(made, []))
        left = {commit: found for commit, found in at_fault.items() if found.held}
        if left:
            self._permit_picks(left)

    def _permit_picks(self, at_fault: dict[str, Verdict]) -> None:
        """The same for what makes the same change as a commit of the holder's."""
        holders = {item.holder.id: item.holder for found in at_fault.values() for item in found.held}
        by_holders = {
            commit: makers
            for commit, makers in self._of(self._blobs).items()
            if any(self._may(maker, holder) for maker in makers for holder in holders.values())
        }
        if not by_holders:
            return
        made: dict[str, list[str]] = {}
        for commit, change in self._patch_ids(by_holders).items():
            made.setdefault(change, []).extend(by_holders[commit])
        for commit, change in self._patch_ids(at_fault).items():
            self._subtract(at_fault[commit], made.get(change, []))

    def _subtract(self, found: Verdict, makers: list[str]) -> None:
        found.held = [item for item in found.held if not any(self._may(maker, item.holder) for maker in makers)]

    def _may(self, maker: str, holder: Session) -> bool:
        made_by = session.read(self._state, maker) if session.well_formed(maker) else None
        return may_pass_as_made(maker, holder.id, holder.ancestors, made_by.ancestors if made_by else ())

    def _sources(self, commits: Iterable[str]) -> dict[str, list[str]]:
        """Each commit, and those that its message says it was picked from (`git cherry-pick -x`)."""
        found = {}
        for commit, content in self._contents(commits).items():
            lines = content.partition(b"\n\n")[2].splitlines()
            marked = [line for line in lines if line.startswith(_PICKED) and line.endswith(b")")]
            found[commit] = [commit, *(line[len(_PICKED) : -1].decode(errors="replace") for line in marked)]
        return found

    def _of(self, commits: Iterable[str]) -> dict[str, list[str]]:
        """The sessions that the notes of these commits name; commits without a note are missing."""
        blobs = {commit: self._blobs[commit] for commit in commits if commit in self._blobs}
        contents = self._contents(set(blobs.values()))
        return {commit: _makers(contents[blob]) for commit, blob in blobs.items() if blob in contents}

    def _contents(self, oids: Iterable[str]) -> dict[str, bytes]:
        asked = list(oids)
        out = self._git.run("cat-file", "--batch", data="".join(f"{oid}\n" for oid in asked).encode())
        found: dict[str, bytes] = {}
        at = 0
        for oid in asked:
            end = out.index(b"\n", at)
            head = out[at:end].split(b" ")
            at = end + 1
            if len(head) == 3 and head[2].isdigit():
                size = int(head[2])
                found[oid] = out[at : at + size]
                at += size + 1
        return found

    def _patch_ids(self, commits: Iterable[str]) -> dict[str, str]:
        asked = "".join(f"{commit}\n" for commit in commits).encode()
        patches = self._git.run("diff-tree", "--stdin", *_PATCH, data=asked)
        lines = self._git.run("patch-id", "--stable", data=patches).decode().splitlines()
        return {commit: change for change, _, commit in (line.partition(" ") for line in lines)}


def _makers(note: bytes) -> list[str]:
    found = []
    for line in note.decode(errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key == MAKER:
            found.append(value.strip())
    return found
