"""A route for every command of the registry: POST with the fields as JSON, GET with them as a query where it reads."""

from __future__ import annotations

import hashlib
import json
import time
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from gitcoord.errors import CoordError
from gitcoord.errors.usage import UnknownField, WrongField
from gitcoord.errors.web import NotWithGet, OnlyReads, TooManyWaiting, WrongBody
from gitcoord.interfaces import registry
from gitcoord.interfaces.http import paging
from gitcoord.interfaces.http.asking import Said, failure, route
from gitcoord.interfaces.http.gate import Visit, json_response, refusal
from gitcoord.interfaces.http.stamp import READ_FILES, stamp
from gitcoord.interfaces.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from starlette.requests import Request

    from gitcoord.domain.command import Command
    from gitcoord.interfaces.http.paging import Page

LOOKING: dict[str, dict[str, Any]] = {
    "rules": {"value": None},
    "inbox": {"peek": True},
    "halt": {"status": True},
    "snapshot": {"listing": True},
}
"""Commands that only read when they are asked so: by GET they are, and these fields are not to be given."""

STDIN = "stdin"
"""The field of a body with what a command reads where its file is `-`."""

WAITING = ("wait", "every", "length", "timeout")
"""Fields of commands that may take long because they wait."""

AT_ONCE = 8
"""Calls that run at the same time; more of them stand in line."""

PATIENT = 64
"""Calls that wait for something at the same time."""

IN_LINE = 256
"""Calls that may stand in line."""

SLOWEST = 15.0
"""Seconds in which a body has to arrive."""

DEPTH = 64
"""How deep the JSON of a request may nest."""


class Offered(NamedTuple):
    """A command as it is offered. `reads`: it never changes anything; `looks`: asked by GET it does not."""

    command: Command
    reads: bool
    looks: bool
    page: Page
    reads_file: bool

    @property
    def by_get(self) -> bool:
        """Whether it can be asked by GET."""
        return self.reads or self.looks


def offered() -> dict[str, Offered]:
    """Return every command as it is offered, by path."""
    return {
        route(name): Offered(
            command, command.does == "reads", name in LOOKING, paging.page_of(command), "file" in _fields(command)
        )
        for name, command in registry.commands().items()
    }


def _fields(command: Command) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = registry.request_schema(command)["properties"]
    return fields


class Lines:
    """Where calls stand in line for a thread."""

    def __init__(self) -> None:
        self._quick = CapacityLimiter(AT_ONCE)
        self._patient = CapacityLimiter(PATIENT)

    async def run(self, request: Request, work: Callable[[Stop], Said], *, patient: bool = False) -> Said:
        """Let `work` answer on a thread of its own; it is told when its asker has gone."""
        limiter = self._patient if patient else self._quick
        if limiter.statistics().tasks_waiting >= IN_LINE:
            return failure(TooManyWaiting())
        stop, answers = Stop(), list[Said]()

        def answer() -> None:
            try:
                answers.append(work(stop))
            finally:
                stop.close()

        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_watch, request, stop)
                await to_thread.run_sync(answer, limiter=limiter, abandon_on_cancel=True)
                tasks.cancel_scope.cancel()
        except anyio.get_cancelled_exc_class():
            stop.set()
            raise
        return answers[0]


async def _watch(request: Request, stop: Stop) -> None:
    """Tell a call to stop once its asker is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    stop.set()


def routes(lines: Lines) -> list[Route]:
    """Return the routes of all commands."""
    return [
        Route(path, partial(_answer, lines, found), methods=["GET", "POST"] if found.by_get else ["POST"])
        for path, found in offered().items()
    ]


async def _answer(lines: Lines, found: Offered, request: Request) -> Response:
    visit: Visit = request.state.visit
    try:
        looks = request.method != "POST"
        page, given = paging.NONE, dict[str, Any]()
        if looks:
            page, given = paging.split(found.page, request.query_params)
            given = _of_query(found.command, given)
        else:
            given = await body(request)
        data = _data(found, given)
        asked = _asked(found, given, looks=looks)
    except CoordError as error:
        return refusal(error)
    if visit.rights != "all" and not (found.reads or looks):
        return refusal(OnlyReads())
    tag = ""
    if looks and found.command.name not in READ_FILES:
        tag = await to_thread.run_sync(_tag, visit, str(request.query_params))
        if tag and tag in request.headers.get("if-none-match", ""):
            return Response(b"", 304, {"etag": tag, "vary": "coord-session, authorization, cookie"})

    def work(stop: Stop) -> Said:
        answer = visit.project.asker.run(found.command, asked, visit.session, stop, aside=looks, data=data)
        return Said(answer.status, paging.cut(found.page, page, answer.record))

    patient = any(given.get(field) for field in WAITING)
    said = await lines.run(request, work, patient=patient)
    headers = {"vary": "coord-session, authorization, cookie"}
    if looks and tag and said.status == 200:
        headers |= {"etag": tag, "cache-control": "private, no-cache"}
    return json_response(said.record, said.status, headers)


def _data(found: Offered, given: dict[str, Any]) -> str:
    """Take out what a command is to read where its file is `-`. Raises `Usage`."""
    data = given.pop(STDIN, "") if found.reads_file else ""
    if not isinstance(data, str):
        raise WrongField(STDIN, "a text")
    return data


def _asked(found: Offered, given: Mapping[str, Any], *, looks: bool) -> Any:
    """Return the request that is meant. Raises `Usage`."""
    fixed = LOOKING.get(found.command.name, {}) if looks else {}
    taken = [name for name in fixed if name in given]
    if taken:
        raise NotWithGet(taken)
    return registry.request_of(found.command, {**given, **{name: said for name, said in fixed.items() if said}})


def _of_query(command: Command, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the fields that a query gives, as the types that they have. Raises `Usage`."""
    kinds = _kinds(command)
    return {name: of_text(name, kinds.get(name), values) for name, values in given.items()}


@cache
def _kinds(command: Command) -> dict[str, str | None]:
    """Return the types of a command's fields, by name, found once."""
    return {name: said.get("type") for name, said in _fields(command).items()}


def of_text(name: str, kind: str | None, values: list[str]) -> Any:
    """Return the value of a field that a query says. Raises `Usage`."""
    if kind == "array":
        return values
    if len(values) > 1:
        raise WrongField(name, f"one value, not {len(values)}")
    (text,) = values
    if kind == "integer":
        if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 15:
            raise WrongField(name, f"a number, not {text!r}")
        return int(text)
    if kind == "boolean":
        if text not in ("true", "false"):
            raise WrongField(name, "true or false")
        return text == "true"
    return text


def query(request: Request, fields: Collection[str]) -> dict[str, str]:
    """Return what a query says, each of these fields once and nothing else. Raises `Usage`."""
    said = request.query_params
    check_known(said, fields)
    return {name: of_text(name, "string", said.getlist(name)) for name in said}


def check_known(said: Iterable[str], fields: Collection[str]) -> None:
    """Raise `Usage` for a field that a request does not have: it would be dropped without a word."""
    unknown = set(said) - set(fields)
    if unknown:
        raise UnknownField("this request", min(unknown), fields)


async def body(request: Request) -> dict[str, Any]:
    """Return the JSON object of a body; an empty body is an empty one. Raises `Usage`."""
    try:
        with anyio.fail_after(SLOWEST):
            content = await request.body()
    except TimeoutError:
        raise WrongBody("did not arrive in time") from None
    except ClientDisconnect:
        raise WrongBody("did not arrive") from None
    try:
        found = json.loads(content.decode()) if content.strip() else {}
    except (ValueError, RecursionError) as error:
        raise WrongBody(f"is not JSON: {str(error)[:100]}") from error
    if not isinstance(found, dict):
        raise WrongBody("is not a JSON object")
    if not _is_sound(found, DEPTH):
        raise WrongBody(f"nests deeper than {DEPTH}, or holds an unpaired surrogate or a number without end")
    return found


def _is_sound(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, float):
        return value == value and value not in (float("inf"), float("-inf"))
    if isinstance(value, dict):
        return depth > 0 and all(_is_sound(each, depth - 1) for pair in value.items() for each in pair)
    return not isinstance(value, list) or (depth > 0 and all(_is_sound(each, depth - 1) for each in value))


def _tag(visit: Visit, query: str) -> str:
    """Return the entity tag of what is asked: the ledger's tip, and what else the answer depends on."""
    tip, rest = stamp(visit.project.place)
    if not tip:
        return ""
    about = "\n".join((rest, str(int(time.time()) // FRESH), visit.session, visit.project.name, query))
    return f'"{tip[:16]}-{hashlib.sha256(about.encode("utf-8", "surrogateescape")).hexdigest()[:16]}"'


FRESH = 30
"""Seconds for which an answer may stay as it is although nothing was recorded: leases run out by the clock alone."""
