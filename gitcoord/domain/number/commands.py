"""Give out the next number of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.number.apply import LONGEST_NAME
from gitcoord.domain.wording import provisional
from gitcoord.errors.refusal import NotRecorded
from gitcoord.errors.usage import NotOneLine
from gitcoord.ledger.event import Draft
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Take:
    """Take a number that nobody else was or will be given."""

    name: Annotated[str, Argument("NAME", "What the numbers are for: migrations, ...")]
    at_least: Annotated[int, option("--from", metavar="N", least=1, help="The lowest number to give out.")] = 1


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number that nobody else was or will be given; not `confirmed`, it may become another one."""

    name: str
    number: int
    confirmed: bool


def take(call: Call, request: Take) -> Numbered:
    """Take the next number of a name. Raises `Usage` for a name that cannot be one."""
    name = request.name
    if not name or len(name) > LONGEST_NAME or any(char < " " for char in name):
        raise NotOneLine("a counter's name", LONGEST_NAME)
    data = {"name": name, "from": request.at_least} if request.at_least > 1 else {"name": name}
    done = call.workspace.record(call.me().id, Draft("number", f"number {printable(name)}", data))
    verdict = done.outcomes[0].verdict
    if verdict is None or not verdict.accepted:
        raise NotRecorded("no number was given out", verdict.reason if verdict else "no verdict")
    answer = Numbered(name, verdict.detail["value"], done.outcomes[0].confirmed)
    if unsure := provisional(confirmed=answer.confirmed):
        call.warnings.append(f"{answer.number}{unsure}: it may become another number")
    return answer


def _lines(_: Call, answer: Numbered) -> Iterator[str]:
    yield str(answer.number)


COMMANDS = (Command("number", Take, take, _lines, quiet=_lines),)
