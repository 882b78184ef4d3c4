"""Opening the hub of a repository that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.policy import duration
from gitcoord.sync import looking
from gitcoord.sync.agree import Agreement
from gitcoord.sync.grace import GRACE
from gitcoord.sync.transport import open_hub

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace


def open_agreement(workspace: Workspace) -> Agreement | None:
    """The agreement with the hub that `coord.hub` names, None where there is none."""
    hub = open_hub(workspace.place)
    if hub is None:
        return None
    place = workspace.place
    return Agreement(
        workspace.ledger,
        hub,
        workspace.clone,
        read_only=place.flag("coord.hubreadonly", False),
        grace=duration.parse(place.setting("coord.grace", f"{GRACE}s")),
        skew=workspace.tolerance,
        look_every=duration.parse(place.setting("coord.lookevery", f"{looking.EVERY}s")),
    )
