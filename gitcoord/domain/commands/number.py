"""Give out the next number of a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain.number import LONGEST_NAME
from gitcoord.errors import Refused, Usage
from gitcoord.ledger.event import Draft
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number that nobody else was or will be given; not `confirmed`, it may become another one."""

    name: str
    number: int
    confirmed: bool


def take(workspace: Workspace, me: Session, name: str, at_least: int) -> Numbered:
    """The next number of `name`, from `at_least` up."""
    if not name or len(name) > LONGEST_NAME or any(char < " " for char in name):
        raise Usage(f"a counter's name is one line of at most {LONGEST_NAME} characters")
    data = {"name": name, "from": at_least} if at_least > 1 else {"name": name}
    done = workspace.record(me.id, Draft("number", f"number {printable(name)}", data))
    verdict = done.outcomes[0].verdict
    if verdict is None or not verdict.accepted:
        raise Refused(f"no number was given out: {verdict.reason if verdict else 'no verdict'}")
    return Numbered(name, verdict.detail["value"], done.outcomes[0].confirmed)
