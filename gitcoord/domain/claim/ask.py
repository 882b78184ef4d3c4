"""Ask for a claim as somebody does: wait where that was asked for, and say why it was not won, and what to do now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain.claim import acquire, view
from gitcoord.domain.role import limits
from gitcoord.domain.wording import SHOWN, quoted
from gitcoord.errors import CannotTell, Refused
from gitcoord.errors.remedy import Remedy, join
from gitcoord.policy import advice, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.claim.acquire import Answer, Request
    from gitcoord.domain.records import Conflict
    from gitcoord.domain.session.record import Session


@dataclass(frozen=True, slots=True)
class _Asked:
    """The scopes as somebody wrote them, whether shared, and how many were tried where one of several was wanted."""

    typed: Sequence[str]
    shared: bool
    tried: int = 0


def win(call: Call, me: Session, wanted: Request, typed: Sequence[str], *, wait: str = "") -> Answer:
    """Claim, and wait in line up to `wait` ('' for not at all); who waits is told for whom.

    `typed` are the scopes as somebody wrote them. Raises `Refused` or `CannotTell`, with the answer.
    """
    seconds = duration.parse(wait) if wait else 0

    def tell(refused: Answer) -> None:
        for conflict in refused.conflicts:
            call.note(f"{view.conflict(conflict, call.now)}; waiting, at most {wait}")

    if seconds:
        from gitcoord.domain.claim import wait as line

        answer = line.acquire(call.workspace, me, wanted, seconds, tell)
    else:
        answer = acquire.acquire(call.workspace, me, wanted)
    return _won(call, me, answer, _Asked(typed, wanted.shared))


def win_any(call: Call, me: Session, wanted: Request) -> Answer:
    """Claim the first free one of the scopes. Raises `Refused` or `CannotTell`, with the answer."""
    answer = acquire.acquire_any(call.workspace, me, wanted)
    return _won(call, me, answer, _Asked((), wanted.shared, tried=len(wanted.scopes)))


def _won(call: Call, me: Session, answer: Answer, asked: _Asked) -> Answer:
    """Return an answer that was won; raise what another one says."""
    if answer.result == "won":
        return answer
    message, hint = _said(call, me, answer, asked)
    error = (CannotTell if answer.result == "unknown" else Refused)(message, hint, answer=answer)
    error.reason = answer.reason
    raise error


def _said(call: Call, me: Session, answer: Answer, asked: _Asked) -> tuple[str, str]:
    if answer.result == "unknown":
        return answer.why, Remedy("try again later; {}", "doctor")
    if answer.reason == "halted":
        return answer.why, errors.halt.REMEDY
    if answer.reason == "forbidden":
        return answer.why, limits.SEE
    if answer.why:
        new = Remedy("start a new session: {}", "start") if answer.reason == "not_found" else "try again"
        circle = "release your own claims, or ask one of them to release theirs" if answer.conflicts else ""
        return answer.why, circle or new
    told = [view.conflict(conflict, call.now) for conflict in answer.conflicts]
    told = told or ["refused, but nothing conflicts now: try again"]
    if asked.tried:
        why = told[0] if answer.conflicts else "only this session holds any of them"
        return f"none of {asked.tried} is free; {why}", ""
    return together(told), remedy(call, me, answer.conflicts, asked.typed, shared=asked.shared)


def remedy(
    call: Call, me: Session | None, conflicts: Sequence[Conflict], typed: Sequence[str], *, shared: bool = False
) -> str:
    """Return what helps the session `me` against conflicts: to wait in line for `typed`, or to ask the holder."""
    own = next((one.held.session for one in conflicts if call.is_own(one.held.session)), "")
    if own:
        return Remedy("that session is your own; to go on as it: {}", f"start --resume {own}")
    agent = me is not None and bool(me.agent)
    hint = advice.wait([quoted([word]) for word in typed], agent=agent, shared=shared)
    return join("; ", hint, advice.ask(conflicts[0].held.session)) if agent and conflicts else hint


def to_claim(typed: Sequence[str]) -> str:
    """Return what helps where paths have to be claimed first."""
    return Remedy("{}", f"claim {quoted(typed)}")


def together(told: list[str]) -> str:
    """Return all conflicts in one message: the first few in full, and where the rest is to be seen."""
    named = "\n       ".join(told[:SHOWN])
    left = len(told) - SHOWN
    return join("", named, Remedy(f"\n       and {left} more: {{}}", "claims")) if left > 0 else named
