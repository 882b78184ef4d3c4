"""An interface as it is shown: the record of the answers, and the line that people read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.export import record
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.export.record import Export
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Offered:
    """An interface. `here`: whether its file is in this worktree; `branch` and `head` are where its author stood.

    `until` is when it ceased to count, None while it does; `how` is whether it was superseded or withdrawn, `after` by
    which operation, `after_by` whose that was. `from_another_session`: its words are data, not instructions of the
    user.
    """

    id: str
    name: str
    file: str
    what: str
    by: str
    by_name: str
    time: Moment
    branch: str
    head: str
    here: bool
    until: Moment | None
    how: Literal["superseded", "withdrawn", ""]
    after: str
    after_by: str
    confirmed: bool
    from_another_session: bool


def shown(workspace: Workspace, state: State, export: Export, me: Session | None, agreed: State | None) -> Offered:
    """Return an interface of this state as answers have it. `agreed` is the confirmed one, None where all of it is."""
    known = record.read(agreed, export.name) if agreed is not None else export
    over = agreed is not None and record.is_known(agreed, export.id)
    top = workspace.place.top
    return Offered(
        id=export.id,
        name=export.name,
        file=checkout.shown(workspace, export.scope),
        what=export.what,
        by=export.by,
        by_name=export.by_name,
        time=Moment(export.time),
        branch=export.branch,
        head=export.head,
        here=bool(top) and os.path.lexists(os.path.join(top, export.scope.text)),  # noqa: PTH118 - bears long names
        until=Moment(export.until) if export.until else None,
        how=record.how_over(state, export),
        after=export.after,
        after_by=export.after_by,
        confirmed=over if export.until else known is not None and known.id == export.id,
        from_another_session=me is None or export.by != me.id,
    )


def line(item: Offered) -> str:
    """Return an interface in one line."""
    about = f"{printable(item.by_name)}, {item.time.clock()}"
    if item.until is not None:
        by = f"superseded by {item.after[:8]}" if item.how == "superseded" else "withdrawn"
        about += f", until {item.until.clock()}, {by}"
    elif not item.here:
        about += f", not here: it is on {printable(item.branch or 'another branch')}"
    return f"{item.id[:8]}  {printable(item.name)}  {printable(item.file)}  {printable(item.what)}  ({about})"
