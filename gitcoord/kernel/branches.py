"""The branches of a repository and of its remotes, and which of them is the default one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.kernel import refdir, revision
from gitcoord.kernel.refname import HEADS, REMOTES, likely_default
from gitcoord.policy.ids import NO_OBJECT, Oid, RefName

if TYPE_CHECKING:
    from gitcoord.kernel.place import Place

SYMBOLIC = refdir.SYMBOLIC.decode()


@dataclass(frozen=True, slots=True)
class Branches:
    """The tips of all branches by ref, and the names of those that may be the default one, the likeliest first."""

    tips: dict[str, Oid]
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

    def tip(self, branch: str) -> Oid:
        """Return the commit of a branch, here or else at the remote; '' where there is none."""
        return self.tips.get(HEADS + branch) or self.tips.get(f"{REMOTES}{self.remote}/{branch}") or NO_OBJECT


def look(place: Place, remote: str = "origin") -> Branches:
    """Return the branches as they are now; `remote` is the remote whose default branch counts."""
    listed, leads = _in_files(place) or _asked(place)
    tips = {ref: Oid(oid) for ref, oid in listed.items()}
    own = leads.get(f"{REMOTES}{remote}/HEAD", "").removeprefix(f"{REMOTES}{remote}/")
    return Branches(tips, likely_default(own or place.setting("init.defaultbranch")), remote)


def tip(place: Place, name: str) -> Oid:
    """Return the commit of one branch, here or at a remote, by its full name; '' where there is none."""
    found = refdir.one(place.common_dir, RefName(name))
    return Oid(found) if found is not None else revision.leads_to(place.git, name)


def _in_files(place: Place) -> tuple[dict[str, str], dict[str, str]] | None:
    """The tips by ref, and where symbolic refs lead; None where git has to be asked."""
    here, there = (refdir.read(place.common_dir, folder, resolved=False) for folder in (HEADS, REMOTES))
    if here is None or there is None:
        return None
    tips = here | there
    leads = {ref: said.removeprefix(SYMBOLIC).strip() for ref, said in tips.items() if said.startswith(SYMBOLIC)}
    for ref, target in leads.items():
        if target in leads or not target.startswith((HEADS, REMOTES)):
            return None  # that is git's to follow
        if target in tips:
            tips[ref] = tips[target]
        else:
            del tips[ref]  # git lists none that leads to nothing
    return tips, {ref: target for ref, target in leads.items() if ref in tips}


def _asked(place: Place) -> tuple[dict[str, str], dict[str, str]]:
    """The same as git says."""
    listing = place.git.text("for-each-ref", "--format=%(objectname) %(refname) %(symref)", HEADS, REMOTES)
    records = [line.split(" ") for line in listing.splitlines()]
    return {ref: oid for oid, ref, _ in records}, {ref: target for _, ref, target in records if target}
