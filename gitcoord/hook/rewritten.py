"""Commits that a rebase or an amend rewrote: they keep their makers, on record and in the notes."""

from __future__ import annotations

from gitcoord.guard import notes, record, view
from gitcoord.guard.notes import Note
from gitcoord.hook import note
from gitcoord.kernel.refname import NOTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.guard.snapshot import Batch
    from gitcoord.hook.context import Context
    from gitcoord.policy.ids import Oid


def carry(
    context: Context,
    batch: Batch,
    pairs: list[tuple[Oid, Oid]],
    disputed: Callable[[list[Oid], Oid], bool] | None = None,
) -> None:
    """Put on record of each new commit what is known of the ones that it replaces. `pairs` are old and new commits,
    `batch` reads their notes.

    Where one of them, or the rewriting, went past the guard, the others do not speak for the new commit: what they may
    change is not all that it changes. `disputed` is asked of a commit that no other hook has put on record, with those
    that it replaces.
    """
    seen = record.read(context.coord_dir)
    replaced: dict[Oid, list[Oid]] = {}
    for old, new in pairs:
        if old != new:
            replaced.setdefault(new, []).append(old)
    known = notes.Notes(context.git, batch, context.coord_dir)
    found: dict[Oid, list[Note]] = {}
    for new, olds in replaced.items():
        sources = found[new] = [Note(seen[new])] if new in seen else []
        if new not in seen and disputed is not None and disputed(olds, new):
            sources.append(Note([notes.OVERTAKEN]))
        sources += [said for old in olds if (said := known.of(old)) is not None]
    made = {commit: _lines(sources) for commit, sources in found.items()}
    note.keep(context, {commit: lines for commit, lines in made.items() if lines and lines != seen.get(commit)})


def _lines(sources: list[Note]) -> list[str]:
    past = [one for one in sources if one.past_the_guard]
    return list(dict.fromkeys(line for one in past or sources for line in one.lines if line))


def tidy(context: Context, commits: list[Oid]) -> None:
    """Let the note of an amended commit say each line once: git appends the old commit's note to the new one's.

    Git and the process that writes the new one's may have been at it at once, so that one of the two is lost.
    """
    known = record.read(context.coord_dir)
    for commit in commits:
        status, out, _ = context.git.ask("notes", f"--ref={NOTES}", "show", commit)
        lines = [line for line in out.decode(errors="replace").splitlines() if line]
        single = known.get(commit) or list(dict.fromkeys(lines))
        if single != (lines if status == 0 else []):
            view.show(context.git, context.coord_dir, commit, single)
