"""Offer an interface, withdraw it, and look for those that others offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout, trial
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.export import record, view
from gitcoord.domain.export.view import Offered, shown
from gitcoord.domain.match import rank
from gitcoord.domain.state.record import is_name
from gitcoord.domain.wording import provisional
from gitcoord.errors import Malformed
from gitcoord.errors.context import WordsRefused
from gitcoord.errors.refusal import NoSuch, NotRecorded, TooMany
from gitcoord.errors.usage import Exclusive, Missing, NotOneLine, NotWritten, UnpairedSurrogate
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.export.record import Export
    from gitcoord.errors import Refused
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

MOST_PAST = 100
"""Interfaces that are over and are listed, the newest."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Offer an interface to others. One of this name that is offered already is superseded, whoever offered it."""

    name: Annotated[str, Argument("NAME", "What others ask for it by.")]
    file: Annotated[str, Argument("FILE", "The file or directory where it stands.")] = ""
    what: Annotated[str, option("-m", "--message", metavar="WHAT", help="What it is for.")] = ""
    withdraw: Annotated[bool, option("--withdraw", help="Stop offering it; -m says why.")] = False


@dataclass(frozen=True, slots=True)
class List:
    """List the interfaces that are offered: with words, those that have one of them, the most fitting first."""

    words: Annotated[list[str], Argument("WORDS", "Words of the name, the file, or what it is for.")] = field(
        default_factory=list
    )
    every: Annotated[bool, option("--all", help="Also those that are over, the last 100.")] = False


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it: `export` is the interface that is offered now, None where it was withdrawn.

    `superseded` is the one that had the name until now, None where nobody had offered one.
    """

    name: str
    export: Offered | None
    superseded: Offered | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """The interfaces that were asked for."""

    exports: list[Offered]


def export(call: Call, request: Offer) -> Made:
    """Offer or withdraw an interface. Raises `Usage`, `NotFound`, `Quota`."""
    data = _payload(call, request)
    verb = "withdraw" if request.withdraw else "export"
    where = "" if request.withdraw else f" in {printable(request.file)}"
    draft = Draft("export", f"{verb} {printable(request.name)}{where}", data, request.what)
    workspace, me = call.workspace, call.me()
    before: Export | None = None

    def make(state: State) -> Draft:
        nonlocal before
        before = record.read(state, request.name)
        return draft

    done = trial.record_one(workspace, me.id, make, lambda _, verdict: _refused(request.name, verdict))
    made = done.outcomes[0]
    agreed, now = workspace.agreement.confirmed(), record.read(done.state, request.name)
    if now is not None and now.id != made.event.id:
        now = None
    call.hurry()
    return Made(
        request.name,
        None if now is None else shown(workspace, done.state, now, me, agreed),
        None if before is None else shown(workspace, done.state, before, me, agreed),
        made.confirmed,
    )


def _payload(call: Call, request: Offer) -> dict[str, Any]:
    """Return what the operation carries. Raises `Usage`."""
    check_words(request.what)
    if not is_name(request.name):
        raise NotOneLine("the name of an interface", limits.NAME_BYTES, "bytes")
    if request.withdraw:
        if request.file:
            raise Exclusive("--withdraw", "a file")
        return {"name": request.name, "withdraw": True}
    if not request.file or not request.what.strip():
        raise Missing("an interface", "a file, and -m for what it is", example="export NAME FILE -m WHAT")
    workspace = call.workspace
    typed = checkout.look(workspace, [request.file])
    (scope,) = typed.scopes
    if not scope.is_path:
        raise NotWritten(printable(request.file), "a path", "the file or directory where the interface stands")
    if typed.absent:
        call.warnings.append(f"there is nothing at {printable(scope.text)} yet")
    elif _is_new(call, scope):
        call.warnings.append(f"{printable(scope.text)} is not committed yet: other worktrees do not have it")
    here = {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}
    return {"name": request.name, "scope": scope.to_json(), **{key: value for key, value in here.items() if value}}


def _is_new(call: Call, scope: Scope) -> bool:
    path = "" if scope.text == "." else scope.text
    return call.place.git.ask("cat-file", "-e", f"HEAD:{path}")[0] != 0


def check_words(text: str) -> None:
    """Raise `Usage` for words that no interface and no decision can have."""
    try:
        record.reason_in(text)
    except UnicodeEncodeError as error:
        raise UnpairedSurrogate() from error
    except Malformed as error:
        raise WordsRefused(error) from error


def _refused(name: str, verdict: Verdict) -> Refused:
    if verdict.reason == "not_found":
        return NoSuch("interface", printable(name))
    if verdict.reason == "quota":
        return TooMany(limits.EXPORTS, "interfaces are offered", example="export NAME --withdraw")
    return NotRecorded("nothing was exported", verdict.reason)


def exports(call: Call, request: List) -> Listed:
    """List the interfaces that are offered."""
    call.look()
    me = call.reader()
    state, workspace = call.state, call.workspace
    found = list(record.standing(state))
    if request.every:
        found += sorted(record.past(state), key=lambda item: (-item.until, item.id))[:MOST_PAST]
    agreed = workspace.agreement.confirmed()
    return Listed([shown(workspace, state, item, me, agreed) for item in _fitting(found, request.words)])


def _fitting(items: list[Export], words: list[str]) -> list[Export]:
    """Return those that have one of the words, those with most of them first; all of them without a word."""
    text = " ".join(words).lower()
    asked = rank.words(text) or set(text.split())
    if not asked:
        return items
    points = {item.id: sum(word in _text_of(item) for word in asked) for item in items}
    return sorted((item for item in items if points[item.id]), key=lambda item: -points[item.id])


def _text_of(item: Export) -> str:
    return f"{item.name} {item.scope.text} {item.what}".lower()


def _made(_: Call, answer: Made) -> Iterator[str]:
    name = printable(answer.name)
    said = f"exported {name}: {printable(answer.export.file)}" if answer.export else f"withdrew {name}"
    before = answer.superseded
    if before is not None and answer.export is not None:
        said += f"; supersedes {printable(before.file)} of {printable(before.by_name)}, {before.time.clock()}"
    yield said + provisional(confirmed=answer.confirmed)


def _lines(_: Call, answer: Listed) -> Iterator[str]:
    yield from map(view.line, answer.exports)
    if not answer.exports:
        yield "no such interface is offered"


def _names(_: Call, answer: Listed) -> Iterator[str]:
    yield from (printable(item.name) for item in answer.exports)


COMMANDS = (
    Command("export", Offer, export, _made),
    Command("exports", List, exports, _lines, quiet=_names, does="reads"),
)
