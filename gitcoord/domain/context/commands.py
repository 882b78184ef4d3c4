"""Say what a session should know before it starts, within a stated size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.command import Command, option
from gitcoord.domain.context import asking, digest, gathering
from gitcoord.domain.context.digest import Head, Item
from gitcoord.domain.context.relevance import quoted
from gitcoord.errors.usage import GoesWith
from gitcoord.kernel import textfile
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.call import Call

CHARACTERS, FEWEST = 4000, 500
"""Characters of a digest: where nothing is said, and at least."""

TITLE = 60
"""Characters of the task that stand in the title of a digest."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Say what to know before a task: halts, requests, mail, who works nearby, tasks, interfaces, decisions.

    Without --for it is about what this session works on. With --markdown it is about the project, not about the reader.
    """

    task: Annotated[str, option("--for", metavar="TEXT", help="What is to be done; paths in it count.")] = ""
    max_chars: Annotated[
        int, option("--max-chars", metavar="N", least=FEWEST, help=f"At most so many characters ({CHARACTERS}).")
    ] = CHARACTERS
    markdown: Annotated[bool, option("--markdown", help="As a Markdown file.")] = False
    output: Annotated[str, option("-o", "--output", metavar="FILE", help="Where --markdown goes.")] = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What to know: `items` in the order in which they are shown, the nearest of each section first.

    `chars` is how long the digest is as text, `left_out` how many items of each section did not fit into `max_chars`.
    """

    task: str
    max_chars: int
    chars: int
    items: list[Item] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def context(call: Call, request: Ask) -> Context:
    """Gather what is near to a task, and what fits of it. Raises `Usage`."""
    if request.output and not request.markdown:
        raise GoesWith("-o", "--markdown", example="context --markdown -o FILE")
    call.look()
    items = _gathered(call, request)

    def size(some: Sequence[Item]) -> int:
        return _length(_drawn(call, request, some, digest.left_out(items, some)))

    chosen = digest.choose(items, request.max_chars, size)
    left = digest.left_out(items, chosen)
    lines = _drawn(call, request, chosen, left)
    if request.output:
        textfile.write(call.file(request.output), lines, request.output)
    return Context(request.task, request.max_chars, _length(lines), chosen, left)


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _gathered(call: Call, request: Ask) -> list[Item]:
    """Return everything that may be told; with --markdown nothing that is for the reader alone."""
    workspace = call.workspace
    reader = call.reader(mail=False)
    me = None if request.markdown else reader
    state, seen = call.state, gathering.people(workspace)
    wanted = gathering.interest(call.place, seen, state, me, request.task)
    found = [*gathering.standing(workspace, state, me)]
    if me is not None:
        found += asking.requests(workspace, state, me)
        found += asking.mail(workspace, state, me, wanted, {item.id for item in found})
    found += gathering.sessions(state, seen, me, wanted, call.now)
    found += gathering.work(state, me, wanted, {item.id for item in found})
    found += gathering.offered(workspace, state, me, wanted)
    found += gathering.decided(state, me, wanted)
    return found


def _drawn(call: Call, request: Ask, some: Sequence[Item], left: dict[str, int]) -> list[str]:
    """Return the lines of a digest of some items, of which so many of each section are left out."""
    what = f"What to know for {quoted(request.task, TITLE)}" if request.task.strip() else "What to know"
    draw = digest.as_markdown if request.markdown else digest.lines
    return list(draw(Head(what, f"{Moment(call.now).utc()} UTC"), some, left))


def _lines(call: Call, answer: Context) -> Iterator[str]:
    if call.request.output:
        yield f"written to {printable(call.request.output)}"
    else:
        yield from _drawn(call, call.request, answer.items, answer.left_out)


def _quiet(call: Call, answer: Context) -> Iterator[str]:
    return iter(()) if call.request.output else _lines(call, answer)


COMMANDS = (Command("context", Ask, context, _lines, quiet=_quiet, does="reads"),)
