"""The notes and this clone's record of makers: a sync learns from the hub's notes, and puts back notes that were lost.

A mirror's fetch, `git update-ref -d` or another program can take `refs/notes/coord` away. What this clone's hooks
recorded (`guard.record`) goes back into it. What is once on record is not learned anew, whatever the notes say later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import CoordError, Moved
from gitcoord.guard import record, view
from gitcoord.guard.snapshot import Batch
from gitcoord.kernel import revision
from gitcoord.kernel.refname import TRACKING
from gitcoord.kernel.refs import ABSENT, Refs, Update
from gitcoord.policy.ids import Oid, RefName

if TYPE_CHECKING:
    from gitcoord.kernel.git import Git

MOST = 50_000
"""Commits that one sync learns at most."""

LARGEST = 8192
"""Bytes of a note that is learned from at most: ours have some hundreds."""

_BEGUN = RefName(f"{TRACKING}/notes-restored")
"""Where the restored notes stand until the ref of the notes moves."""


def of(git: Git, oid: Oid) -> dict[Oid, Oid] | None:
    """Return the notes of a commit that holds notes and nothing else, as object -> blob; None for anything else."""
    if git.ask("cat-file", "-t", oid)[1].strip() != b"commit":
        return None
    status, out, _ = git.ask("ls-tree", "-r", "-z", oid)
    if status != 0:
        return None
    found = {}
    for line in out.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        name = path.replace(b"/", b"")
        if b" blob " not in about or not Oid.fits(name.decode("ascii", "replace")):
            return None
        found[Oid(name.decode())] = Oid(about.rpartition(b" ")[2].decode())
    return found


def learn(git: Git, coord_dir: str, theirs: dict[Oid, Oid]) -> str:
    """Put on record what the hub's notes say of commits that are not on record.

    Returns why it could not, '' where it could. Raises `Unreadable`.
    """
    known = record.read(coord_dir)
    made: dict[Oid, list[str]] = {}
    batch = Batch(git)
    try:
        for commit in [commit for commit in theirs if commit not in known][:MOST]:
            found = batch.ask(theirs[commit])
            if found is not None and len(found[1]) <= LARGEST:
                lines = found[1].decode(errors="replace").split("\n")
                made[commit] = [line for line in lines if line.startswith("Coord-")]
    finally:
        batch.close()
    try:
        record.add(coord_dir, {commit: lines for commit, lines in made.items() if lines}, record.LEARNED)
    except OSError as error:
        return f"cannot write {record.LEARNED}: {error.strerror}"
    return ""


def restore(git: Git, coord_dir: str, ref: RefName) -> bool:
    """Put the notes that `ref` lacks of this clone's commits back into it; return whether there were any.

    Where `ref` holds something other than notes, it is replaced. Raises `GitFailed`, `Moved` or `Unreadable`.
    """
    own = record.read(coord_dir, record.OWN)
    if not own:
        return False
    stands = revision.leads_to(git, ref)
    notes = of(git, stands) if stands else {}
    lacking = revision.present(git, [commit for commit in own if commit not in (notes or {})])
    if not lacking:
        return False
    # --force: what a sync that died left is replaced.
    made = view.stream(_BEGUN, {commit: own[commit] for commit in lacking}, stands if notes else Oid(""))
    git.run("fast-import", "--quiet", "--force", "--date-format=now", data=made)
    restored = Oid(git.text("rev-parse", "--verify", _BEGUN))
    refs = Refs(git, git.text("rev-parse", "--path-format=absolute", "--git-common-dir"), fsync=False)
    try:
        refs.update([Update(ref, restored, stands or ABSENT), Update(_BEGUN, ABSENT, restored)])
    finally:
        refs.close()
    return True


def drop_lost(git: Git, ref: RefName) -> str:
    """Delete a ref of notes that leads to what is missing, since git then fetches nothing; return what was done, or ''.

    The notes come again: this clone's from its record, those of others from the hub.
    """
    tip = revision.leads_to(git, ref)
    if not tip or git.ask("rev-list", "--quiet", "--objects", "--max-count=1", tip)[0] == 0:
        return ""
    gone = git.ask("update-ref", "-d", ref, tip)[0] == 0
    return f"{ref} led to objects that are missing: it is made anew" if gone else ""


def tend(git: Git, coord_dir: str, ref: RefName) -> tuple[bool, str]:
    """Restore what `ref` lacks; return whether it was moved, and why it could not be, '' where it could."""
    try:
        return restore(git, coord_dir, ref), ""
    except Moved:
        return False, ""  # a hook wrote a note meanwhile: the next sync looks again
    except CoordError as error:
        return False, f"the notes of this clone could not be put back into {ref}: {error.message}"
