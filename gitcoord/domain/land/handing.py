"""Handing a branch over to the command that lands it: for hubs whose branches take only pull requests.

The ledger names the command, and whoever may write there could name any. So it runs only where this clone's own
configuration has the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.session.identity import VARIABLE
from gitcoord.errors.landing import CommandFailed, CommandNotAllowed, CommandNotRun
from gitcoord.kernel import timed
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.land.landing import Landing

SETTING = "coord.landCommand"


def over(call: Call, work: Landing, command: str) -> None:
    """Run the command in this worktree. Raises `Forbidden` where it is not allowed here, `Failed`, `NotRun`."""
    if call.place.setting(SETTING.lower()) != command:
        raise CommandNotAllowed(printable(command), command, SETTING)
    plan = work.plan
    environ = {
        **call.environ,
        VARIABLE: work.me.id,
        "GIT_COORD_LAND_BRANCH": plan.branch.name,
        "GIT_COORD_LAND_TIP": plan.branch.tip,
        "GIT_COORD_LAND_ONTO": plan.target.branch,
    }
    where = call.place.top or call.place.common_dir
    status, _ = timed.run(["sh", "-c", command], environ, where, call.around.output, plan.seconds, work.keep)
    if status in (126, timed.NOT_FOUND, timed.TIMED_OUT):
        raise CommandNotRun(printable(command), status)
    if status != 0:
        raise CommandFailed(printable(command), status)
