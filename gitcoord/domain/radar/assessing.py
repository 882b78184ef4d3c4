"""Whether pairs of commits merge: a pure layer over `git merge-tree`, which is asked only where two sides can meet.

The verdict on a pair is that of `git merge` in a clean checkout of either side: where their attributes differ, it is
merged both ways. What git cannot answer without running programs of the user's is not assessed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gitcoord.domain.radar import asking, kept
from gitcoord.domain.radar.kept import Verdict
from gitcoord.errors import GitFailed
from gitcoord.kernel import bases, mergetree, staging
from gitcoord.kernel.mergetree import CLEAN, CONFLICT, FAILED, Merged
from gitcoord.policy import touching
from gitcoord.policy.ids import NO_OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gitcoord.domain.radar.asking import Attributes, Setting
    from gitcoord.domain.radar.kept import Change, Kept, Pair
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.git import Git
    from gitcoord.policy.ids import Oid
    from gitcoord.policy.touching import Footprint

NOT_ASSESSED = "not assessed"
UNRELATED = Verdict(NOT_ASSESSED, "no common ancestor")
FORWARD = Verdict("clean")


class Assessor:
    """Assesses pairs, in a directory of its own that has a directory `objects`. `merges` counts what git was asked."""

    def __init__(self, workspace: Workspace, room: Path) -> None:
        self.workspace = workspace
        self._room = room
        (room / "objects").mkdir(exist_ok=True)
        (room / "empty").mkdir(exist_ok=True)
        place = workspace.place
        self.git = mergetree.git_apart(place, room / "objects", room / "empty", mergetree.HASTE)
        self.setting: Setting = asking.setting(place, self.git)
        self.merges = 0
        self._gits: dict[Attributes, Git] = {}
        self._attributes: dict[Oid, Attributes] = {}
        self._directories = asking.Directories(self.git)

    def assess(self, pairs: Iterable[Pair], *, most: int | None = None) -> dict[Pair, Verdict]:
        """Return the verdicts on these pairs; with `most` no more than so many are merged, and the rest is missing.

        With 0 git is asked nothing: only what was found before is known.
        """
        wanted = list(dict.fromkeys(pairs))
        with kept.opened(self.workspace.place.coord_dir, self.setting.key) as known:
            found = {pair: verdict for pair in wanted if (verdict := known.get(pair)) is not None}
            fresh = self._find([pair for pair in wanted if pair not in found], known, most) if most != 0 else {}
            known.put({pair: one for pair, one in fresh.items() if one.why != "failed"}, self.workspace.clock.now())
        return found | fresh

    def _find(self, pairs: Sequence[Pair], known: Kept, most: int | None) -> dict[Pair, Verdict]:
        if not pairs:
            return {}
        tips = list(dict.fromkeys(commit for pair in pairs for commit in pair))
        marks = known.footprints(tips)
        often = Counter(base for base, _ in marks).most_common(1)
        place = {tip: number for number, tip in enumerate(tips)}
        try:
            shared = bases.of_pairs(self.git, tips, often[0][0] if often else NO_OBJECT)
        except GitFailed:
            return dict.fromkeys(pairs, Verdict(NOT_ASSESSED, "failed"))
        if shared is None:
            return dict.fromkeys(pairs, Verdict(NOT_ASSESSED, "their history is too long"))
        of = {pair: shared.get(_ordered(place[pair[0]], place[pair[1]]), []) for pair in pairs}
        found, open_ = _by_history(of)
        single = [pair for pair in open_ if len(of[pair]) == 1]
        changes = dict.fromkeys((of[pair][0], tip) for pair in single for tip in pair)
        fresh = asking.footprints(self.git, [change for change in changes if change not in marks])
        known.put_footprints(fresh)
        marks |= fresh
        meeting = [pair for pair in open_ if len(of[pair]) > 1 or self._meet(pair, of[pair][0], marks)]
        found |= dict.fromkeys(set(open_).difference(meeting), FORWARD)
        chosen = meeting if most is None else meeting[:most]
        # A base of an earlier look may be gone; these are there.
        now = {change: marks[change] for change in changes}
        self._learn_attributes([tip for pair in chosen for tip in pair], now, known)
        return found | self._merge(chosen)

    def _meet(self, pair: Pair, base: Oid, marks: Mapping[Change, Footprint]) -> bool:
        """Whether what the two changed since `base` can meet."""
        first, second = marks[base, pair[0]], marks[base, pair[1]]
        if touching.common(first, second):
            return True
        return self._moved(pair[0], first, second) or self._moved(pair[1], second, first)

    def _moved(self, commit: Oid, mover: Footprint, other: Footprint) -> bool:
        """Whether one may have renamed a directory in which the other has something new."""
        return any(not self._directories.has(commit, path) for path in touching.maybe_renamed(mover, other))

    def _learn_attributes(self, tips: Sequence[Oid], marks: Mapping[Change, Footprint], known: Kept) -> None:
        """Learn the attribute files of commits: those of a base, where a commit changed none of them since."""
        if not tips:
            return
        asked = set(tips)
        same = {
            tip: base
            for (base, tip), mark in marks.items()
            if tip in asked and not any(map(asking.is_attributes, mark.paths))
        }
        wanted = list(dict.fromkeys(same.get(tip, tip) for tip in tips))
        self._attributes |= known.attributes([commit for commit in wanted if commit not in self._attributes])
        new = [commit for commit in wanted if commit not in self._attributes]
        if new:
            there = next((commit for commit in wanted if commit in self._attributes), NO_OBJECT)
            files = self._attributes[there] if there else None
            found = asking.attributes(self.git, new, there or new[0], self.workspace.place.object_format, files)
            known.put_attributes(found)
            self._attributes |= found
        self._attributes |= {tip: self._attributes[same[tip]] for tip in tips if tip in same}

    def _merge(self, pairs: Sequence[Pair]) -> dict[Pair, Verdict]:
        """Merge each pair as in a checkout of either side: once where their attributes are the same."""
        if self.setting.renormalizes:
            return dict.fromkeys(pairs, Verdict(NOT_ASSESSED, "merge.renormalize is set, which runs filters"))
        of = self._attributes
        found = self._one_way(pairs)
        back = [pair[::-1] for pair in pairs if of[pair[0]] != of[pair[1]]]
        for pair, verdict in self._one_way(back).items():
            found[pair[::-1]] = worse(found[pair[::-1]], verdict)
        return found

    def _one_way(self, pairs: Sequence[Pair]) -> dict[Pair, Verdict]:
        """Merge the second commit of each pair into a checkout of the first one."""
        found = {}
        groups: dict[Attributes, list[Pair]] = {}
        for pair in pairs:
            groups.setdefault(self._attributes[pair[0]], []).append(pair)
        for attributes, group in groups.items():
            git = self._git_for(attributes)
            self.merges += len(group)
            merged = mergetree.merge(git, group)
            ran = self.driver_that_ran()
            for pair, one in zip(group, merged, strict=True):
                if ran and one.verdict == CONFLICT:  # one that would have run a driver is among these
                    (one,) = mergetree.merge(git, [pair])
                    driver = self.driver_that_ran()
                    if driver:
                        found[pair] = Verdict(NOT_ASSESSED, f"the merge driver {driver} decides")
                        continue
                found[pair] = verdict_of(one)
        return found

    def driver_that_ran(self) -> str:
        """Return the name of a merge driver that would have run since this was asked last; '' where none would."""
        ran = self._room / "driver"
        if not self.setting.drivers or not ran.exists():
            return ""
        name = ran.read_text(errors="replace").partition("\n")[0]
        ran.unlink()
        return name

    def git_at(self, commit: Oid) -> Git:
        """Return a git in a checkout of a commit, as far as attributes go."""
        if commit not in self._attributes:
            found = asking.attributes(self.git, [commit], commit, self.workspace.place.object_format)
            self._attributes |= found
        return self._git_for(self._attributes[commit])

    def _git_for(self, attributes: Attributes) -> Git:
        git = self._gits.get(attributes)
        if git is None:
            top = self._room / f"attributes-{len(self._gits)}"
            top.mkdir()
            asking.lay_out(self.git, attributes, top)
            objects, overrides = self._room / "objects", mergetree.HASTE | dict(self._overrides())
            git = self._gits[attributes] = mergetree.git_apart(self.workspace.place, objects, top, overrides)
        return git

    def _overrides(self) -> Iterator[tuple[str, str]]:
        """Instead of each configured driver a word is left that it would have run."""
        for number, name in enumerate(self.setting.drivers):
            label = self._room / f"driver-{number}"
            label.write_text(name + "\n")
            yield f"merge.{name}.driver", f"cat '{label}' >>'{self._room / 'driver'}'; exit 1"


def _ordered(first: int, second: int) -> tuple[int, int]:
    return (first, second) if first < second else (second, first)


def _by_history(of: Mapping[Pair, Sequence[str]]) -> tuple[dict[Pair, Verdict], list[Pair]]:
    """Return the verdicts that history alone gives, and the pairs that are open: neither has the other behind it."""
    found: dict[Pair, Verdict] = {}
    still = []
    for pair, shared in of.items():
        if not shared:
            found[pair] = UNRELATED
        elif pair[0] in shared or pair[1] in shared:
            found[pair] = FORWARD
        else:
            still.append(pair)
    return found, still


def verdict_of(merged: Merged) -> Verdict:
    """Return what is to be said of a merge that git was asked for."""
    if merged.verdict == FAILED:
        return Verdict(NOT_ASSESSED, "failed")
    paths = tuple(staging.normal(path) for path in merged.paths)
    if merged.modules and merged.modules.issuperset(merged.paths):
        return Verdict(NOT_ASSESSED, "both moved a submodule", paths)
    return Verdict(merged.verdict, "", paths)


def worse(there: Verdict, back: Verdict) -> Verdict:
    """Return what is to be said of a pair that was merged both ways."""
    if NOT_ASSESSED in (there.verdict, back.verdict):
        return there if there.verdict == NOT_ASSESSED else back
    if CLEAN in (there.verdict, back.verdict):
        return back if there.verdict == CLEAN else there
    return there._replace(paths=tuple(dict.fromkeys((*there.paths, *back.paths))))
