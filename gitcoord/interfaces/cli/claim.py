"""`git coord claim`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import checkout
from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import view
from gitcoord.domain.wording import SHOWN, quoted
from gitcoord.errors import Offline, Usage
from gitcoord.policy import advice, duration

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    scopes: Annotated[list[str], typer.Argument(metavar="SCOPE...", help="A path, a glob, or kind:name.")] = NONE,
    why: Annotated[str, typer.Option("-m", "--message", metavar="WHY", help="What it is for.")] = "",
    ttl: Annotated[str, typer.Option(metavar="D", help="Release it after this time: 90s, 30m, 2h, 1d.")] = "",
    shared: Annotated[bool, typer.Option("--shared", help="Others may claim it shared, too.")] = False,
    wait: Annotated[str, typer.Option(metavar="D", help="Wait in line up to this long.")] = "",
    any_of: Annotated[bool, typer.Option("--any", help="The first free one of several, or of port:3000-3099.")] = False,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="Fail unless the hub confirms the claim.")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Claim more files than the rule max-files allows.")] = False,
    override: Annotated[
        bool,
        typer.Option("--override", help="Take it although somebody holds it; needs -m, the holder is told."),
    ] = False,
) -> None:
    """Claim scopes for this session."""
    this: Invocation = context.obj
    seconds = duration.parse(wait) if wait else 0
    if any_of and wait:
        raise Usage("--any does not wait", "try again later, or name one with --wait")
    lasting = duration.parse(ttl) if ttl else 0
    workspace = this.call.workspace
    typed = checkout.look(workspace, checkout.ranges(scopes) if any_of else scopes)
    wanted = typed.scopes
    request = claim.Request(wanted, why, lasting, shared, wide, override, confirmed)
    if not wanted:
        raise Usage("nothing to claim", "name a path, a glob such as 'src/**/*.py', or a name such as slot:deploy")
    me = this.call.me()
    if any_of:
        answer = claim.acquire_any(workspace, me, request)
    elif seconds:
        from gitcoord.domain.claim import wait as waiter

        def tell(refusal: claim.Answer) -> None:
            for item in refusal.conflicts:
                this.note(f"{view.conflict(item, this.clock.now())}; waiting, at most {wait}")

        answer = waiter.acquire(workspace, me, request, seconds, tell)
    else:
        answer = claim.acquire(workspace, me, request)
    now = this.clock.now()
    if answer.result == "won":
        if not any_of:
            this.call.warnings += view.absent(typed.absent)
        if not answer.confirmed:
            this.call.warn_if_unheard()
        only_name = [item.scope for item in answer.claims] if any_of and this.quiet else None
        this.answer(answer, only_name or ([] if this.quiet else view.won(answer, now)))
        return
    if answer.result == "unknown":
        this.refuse(answer, answer.why, "try again later; git coord doctor", answer.reason, status=Offline.status)
        return
    if answer.why:
        new = "start a new session: git coord start" if answer.reason == "not_found" else "try again"
        circle = "release your own claims, or ask one of them to release theirs" if answer.conflicts else ""
        this.refuse(answer, answer.why, circle or new, answer.reason)
        return
    told = [view.conflict(item, now) for item in answer.conflicts] or ["refused, but nothing conflicts now: try again"]
    if any_of:
        why = told[0] if answer.conflicts else "only this session holds any of them"
        message, hint = f"none of {len(request.scopes)} is free; {why}", ""
    else:
        message = _together(told)
        hint = advice.wait([quoted([one]) for one in scopes], agent=bool(me.agent), shared=shared)
        if me.agent and answer.conflicts:
            hint += f"; {advice.ask(answer.conflicts[0].held.session)}"
        own = next((item.held.session for item in answer.conflicts if this.call.is_own(item.held.session)), "")
        if own:
            hint = f"that session is your own; to go on as it: git coord start --resume {own}"
    this.refuse(answer, message, hint, answer.reason)


def _together(told: list[str]) -> str:
    """Return all conflicts in one message: the first few in full, and where the rest is to be seen."""
    named = "\n       ".join(told[:SHOWN])
    left = len(told) - SHOWN
    return f"{named}\n       and {left} more: git coord claims" if left > 0 else named
