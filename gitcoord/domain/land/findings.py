"""What `doctor` says of CODEOWNERS where the rule `land owner` goes by it: lines without effect, unknown names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.records import Finding
from gitcoord.domain.rules import record as rules
from gitcoord.errors.remedy import Remedy, step
from gitcoord.guard import owning
from gitcoord.kernel import branches
from gitcoord.kernel.refname import REMOTES
from gitcoord.policy.landing import OWNER
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

SHOWN = 5
"""Lines, and names, that are told."""


def findings(workspace: Workspace, state: State) -> Iterator[Finding]:
    """Say what of CODEOWNERS of the default branch has no effect; nothing where no branch has the rule `owner`."""
    said = rules.read(state)
    if not any(policy == OWNER for _, policy, _ in said.land.get("branches", ())):
        return
    known = branches.look(workspace.place, workspace.place.setting("coord.hub") or "origin")
    base = next((known.tips[ref] for ref in sorted(known.default, key=lambda ref: not ref.startswith(REMOTES))), "")
    table = owning.codeowners(workspace.place.git, base, said.owner_map)
    if table.refusal:
        yield Finding("CODEOWNERS", False, table.refusal, Remedy("{}", "rules owner GLOB NAME|role:R|team:T"))
    if table.problems:
        yield Finding("CODEOWNERS", False, f"lines without effect: {_few(table.problems)}", "correct these lines")
    unknown = sorted({name for line in table.lines for name in table.unknown(line)})
    if unknown:
        hint = Remedy("{}", step("rules owner-map", unknown[0], "NAME|role:R|team:T"))
        yield Finding("CODEOWNERS", True, f"no rule owner-map says who this is: {_few(unknown)}", hint)


def _few(texts: list[str] | tuple[str, ...]) -> str:
    more = f", and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(map(printable, texts[:SHOWN])) + more
