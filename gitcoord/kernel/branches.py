"""The branches of a repository and of its remotes, and which of them is the default one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.kernel.refname import HEADS, REMOTES, likely_default

if TYPE_CHECKING:
    from gitcoord.kernel.place import Place


@dataclass(frozen=True, slots=True)
class Branches:
    """The tips of all branches by ref, and the names of those that may be the default one, the likeliest first."""

    tips: dict[str, str]
    likely: tuple[str, ...]
    remote: str

    @property
    def default(self) -> list[str]:
        """The default branch here and at the remote, by their refs, as far as they are there."""
        return [ref for ref in self._refs(self.default_name) if ref in self.tips]

    @property
    def default_name(self) -> str:
        """The name of the default branch, '' where there is none."""
        return next((name for name in self.likely if name and any(ref in self.tips for ref in self._refs(name))), "")

    def _refs(self, name: str) -> tuple[str, str]:
        return HEADS + name, f"{REMOTES}{self.remote}/{name}"

    def tip(self, branch: str) -> str:
        """Return the commit of a branch, here or else at the remote; '' where there is none."""
        return self.tips.get(HEADS + branch) or self.tips.get(f"{REMOTES}{self.remote}/{branch}") or ""


def look(place: Place, remote: str = "origin") -> Branches:
    """Return the branches as they are now; `remote` is the remote whose default branch counts."""
    listing = place.git.text("for-each-ref", "--format=%(objectname) %(refname) %(symref)", HEADS, REMOTES)
    records = [line.split(" ") for line in listing.splitlines()]
    tips = {ref: oid for oid, ref, *_ in records}
    said = next((leads for _, ref, leads in records if ref == f"{REMOTES}{remote}/HEAD"), "")
    own = said.removeprefix(f"{REMOTES}{remote}/")
    return Branches(tips, likely_default(own or place.setting("init.defaultbranch")), remote)
