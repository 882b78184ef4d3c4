"""Look for everything that can be wrong, as somebody asks for it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.agent import examine
from gitcoord.domain.command import Command, option
from gitcoord.domain.outcome import DONE, Outcome
from gitcoord.domain.records import Finding
from gitcoord.errors import CoordError
from gitcoord.setup import doctor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Examine:
    """Check that everything works, and say how to fix what does not."""

    full: Annotated[bool, option("--full", help="Check the whole ledger, and test the hub.")] = False


def run(call: Call, request: Examine) -> doctor.Examination:
    """Examine the place, the ledger, the hub, and the hooks of agents.

    Raises `NoRepository`: outside there is nothing to examine.
    """
    workspace = None
    with suppress(CoordError):
        workspace = call.workspace
    found = doctor.examine(call.place, workspace, full=request.full)
    agents = [Finding(*one) for one in examine.findings(call)]
    ok = found.ok and all(finding.ok for finding in agents)
    reason = found.reason or ("" if ok else CoordError.reason)
    return replace(found, ok=ok, findings=[*found.findings, *agents], reason=reason)


def _lines(_: Call, answer: doctor.Examination) -> Iterator[str]:
    for finding in answer.findings:
        yield f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.message}"
        if finding.mend:
            yield f"     mend: {finding.mend}"


def _faults(call: Call, answer: doctor.Examination) -> Iterator[str]:
    """Show everything where something is wrong."""
    if not answer.ok:
        yield from _lines(call, answer)


def _outcome(_: Call, answer: doctor.Examination) -> Outcome:
    wrong = [finding for finding in answer.findings if not finding.ok]
    if not wrong:
        return DONE
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return Outcome(CoordError.status, answer.reason, f"{wrong[0].name}: {wrong[0].message}{more}", wrong[0].mend)


COMMANDS = (Command("doctor", Examine, run, _lines, quiet=_faults, outcome=_outcome),)
