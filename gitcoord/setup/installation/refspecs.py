"""What the user's own `git fetch` does to our refs: `remote.*.fetch` of a mirror, or one for notes, replaces them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.kernel.refname import COORD, LEDGER, NOTES, TRACKING, confirmed
from gitcoord.setup.installation.config import Config

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.kernel.git import Git
    from gitcoord.policy.ids import RefName

STATE = (LEDGER, confirmed("hub"))
"""Names that stand for the refs which hold the coordination state."""


_OURS = {STATE[0]: f"{COORD}/*", STATE[1]: f"{TRACKING}/*", NOTES: NOTES}


class Overwriting(NamedTuple):
    """A fetch pattern that replaces or prunes refs of ours: `key` = `value`, and a negative one for each such ref."""

    key: str
    value: str
    spared_by: tuple[str, ...]

    @property
    def covers_state(self) -> bool:
        """Whether it replaces more than the notes: claims and messages would be lost."""
        return self.spared_by != (f"^{NOTES}",)

    @property
    def what(self) -> str:
        """The refs that it replaces, for people."""
        return ", ".join(spared.removeprefix("^") for spared in self.spared_by)

    @property
    def mend(self) -> str:
        """A command that keeps `git fetch` from our refs and leaves the rest of the pattern as it is."""
        add = f"git config --add {shlex.quote(self.key)}"
        return " && ".join(f"{add} {shlex.quote(spared)}" for spared in self.spared_by)


def overwriting(git: Git, common_dir: Path, *, notes_only: bool = False) -> list[Overwriting]:
    """Return the fetch patterns of remotes that cover refs of ours and are not kept from them.

    `notes_only`: the coordination state is in a store of its own, where no fetch of the user's comes.
    """
    config, found = Config(git, common_dir), []
    for key in config.matching(r"^remote\..*\.fetch$"):
        values = [each.value for each in config.in_force(key)]
        spared = [value[1:] for value in values if value.startswith("^")]
        for value in values:
            if value.startswith("^"):
                continue
            target = value.removeprefix("+").rpartition(":")[2]
            covered = [ref for ref in ((NOTES,) if notes_only else (*STATE, NOTES)) if _covers(target, ref)]
            left = tuple(f"^{_OURS[ref]}" for ref in covered if not any(_covers(one, ref) for one in spared))
            if left:
                found.append(Overwriting(key, value, left))
    return found


def _covers(pattern: str, ref: RefName) -> bool:
    before, star, after = pattern.partition("*")
    return ref == pattern or (bool(star) and ref.startswith(before) and ref.endswith(after))
