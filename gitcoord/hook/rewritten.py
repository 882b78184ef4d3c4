"""Commits that a rebase or an amend rewrote: they keep their makers, on record and in the notes."""

from __future__ import annotations

from gitcoord.guard import notes, record
from gitcoord.guard.snapshot import Batch
from gitcoord.hook import note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.context import Context


def carry(context: Context, pairs: list[tuple[str, str]]) -> None:
    """Put on record of each new commit what is known of the ones that it replaces. `pairs` are old and new commits."""
    batch = Batch(context.git)
    try:
        known = notes.Notes(context.git, batch, context.coord_dir)
        made: dict[str, list[str]] = {}
        for old, new in pairs:
            found = known.of(old)
            if found is not None and old != new:
                made.setdefault(new, []).extend(found.lines)
    finally:
        batch.close()
    note.keep(context, {commit: list(dict.fromkeys(filter(None, lines))) for commit, lines in made.items()})


def tidy(context: Context, commits: list[str]) -> None:
    """Let the note of an amended commit say each line once: git appends the old commit's note to the new one's."""
    known = record.read(context.coord_dir)
    for commit in commits:
        status, out, _ = context.git.ask("notes", f"--ref={notes.REF}", "show", commit)
        lines = [line for line in out.decode(errors="replace").splitlines() if line]
        single = known.get(commit) or list(dict.fromkeys(lines))
        if status == 0 and single != lines:
            note.show(context, commit, single)
