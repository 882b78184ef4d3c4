"""A call for a program that asks over a connection, as MCP and HTTP do: how it is made, fails, and ends."""

from __future__ import annotations

import errno
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from gitcoord.errors import CoordError, Stopped
from gitcoord.errors.remedy import Remedy
from gitcoord.errors.storage import OutOfPlace, of_system
from gitcoord.errors.web import NobodyWaits
from gitcoord.interfaces import background, envelope, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitcoord.domain.call import Call
    from gitcoord.domain.outcome import Outcome
    from gitcoord.interfaces.stopping import Stop
    from gitcoord.kernel.clock import Clock

T = TypeVar("T")


def make(
    environ: Mapping[str, str],
    directory: str,
    session: str,
    stop: Stop,
    *,
    aside: bool = False,
    single: bool = False,
    patient: bool = True,
    data: str = "",
) -> Call:
    """Return a call; whoever opens its workspace ends it, with `answered` or with `end`.

    `aside`: nothing else is done on the way. `single`: whoever asks is one session, and names none with the call.
    `patient` as in `Workspace`. `data` is what the command reads as its standard input.
    """
    from gitcoord.domain.call import Call

    heard: list[str] = []
    around = surroundings.around(
        dict(environ),
        note=heard.append,
        read_input=lambda most: data.encode()[:most],
        output=2,  # standard output may be the protocol's
        jailed=True,
        aside=aside,
        single=single,
        stop=stop.fd,
        patient=patient,
    )
    return Call(around, directory, session, warnings=heard)


def answered(call: Call, ask: Callable[[Call], T], fail: Callable[[CoordError, Call], T]) -> T:
    """Let a function answer with a call, and end it; what is raised on purpose is an answer, too, made by `fail`."""
    try:
        return ask(call)
    except CoordError as error:
        return fail(error, call)
    except OSError as error:
        case = OutOfPlace(error.filename, error.strerror) if error.errno == errno.ENOENT else of_system(error)
        if case is None:
            raise
        return fail(case, call)
    except Stopped:
        return fail(NobodyWaits(), call)
    finally:
        end(call)


def end(call: Call) -> None:
    """End what a call opened. What it left to do a process of its own does: nobody waits for that."""
    if call.opened is not None:
        call.opened.ledger.store.close()
        if not call.around.aside:
            with suppress(OSError):  # the repository may be gone by now
                surroundings.remember(call.opened)
                background.start(call.place, "finish" if not call.hurried else "hurry")
                surroundings.show(call.place)


def record(
    call: Call | None, clock: Clock, answer: Any, outcome: Outcome, request: Callable[[str], dict[str, Any]]
) -> dict[str, Any]:
    """Return an answer as JSON values, of which the session counts as told.

    Its `next` are the steps that help, as `request` makes them; an empty one is a step that the caller cannot ask for.
    A part of the answer that names what helps, such as a finding of `doctor`, has its own `next`.
    """
    made = envelope.answer(call, clock, answer, outcome)
    if call is not None:
        call.note_told()
    for part in made.values():
        _add_requests(part, request)
    if isinstance(outcome.hint, Remedy):
        made["next"] = _requests(outcome.hint, request)
    return made


def _add_requests(part: Any, request: Callable[[str], dict[str, Any]]) -> None:
    """Put beside each hint of the records within an answer what can be asked."""
    if isinstance(part, dict):
        hint = next((value for value in part.values() if isinstance(value, Remedy) and value.steps), None)
        if hint is not None and "next" not in part:
            part["next"] = _requests(hint, request)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _add_requests(each, request)


def _requests(hint: Remedy, request: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for step in hint.steps if (found := request(step))]
