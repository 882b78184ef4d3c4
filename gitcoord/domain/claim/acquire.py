"""Claim scopes: won, or refused with who is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, field, fields, replace
from gitcoord.domain import checkout, reaction
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.facts import Taken
from gitcoord.domain.claim.freshness import unfresh
from gitcoord.domain.claim.planning import Attempt, Plan, covering, plan
from gitcoord.domain.halt import concern
from gitcoord.domain.halt import record as halts
from gitcoord.domain.records import (
    Conflict,  # noqa: TC001 - the fields of an answer are looked up
    Granted,  # noqa: TC001 - the fields of an answer are looked up
    Holding,  # noqa: TC001 - the fields of an answer are looked up
    Unfresh,  # noqa: TC001 - the fields of an answer are looked up
)
from gitcoord.domain.role import limits
from gitcoord.domain.rules import record as rules
from gitcoord.domain.session import identity
from gitcoord.errors import Forbidden, Halted
from gitcoord.ledger.event import Draft
from gitcoord.policy.scope import Scope, text_of

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State
    from gitcoord.policy.moment import Moment


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `ttl` in seconds, 0 for as long as the session lasts; `heir_of`: whose work goes on.

    `options` are those with which somebody typed it: what helps instead is offered with them.
    """

    scopes: tuple[Scope, ...]
    why: str = ""
    ttl: int = 0
    shared: bool = False
    wide: bool = False
    override: bool = False
    confirmed: bool = False
    heir_of: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Won, refused or unknown. `token` is that of the newest claim; `took_over` what a gone session or a deadline left.

    `confirmed`: it is the hub's word, of a refusal too. `reason` is a word of docs/reference.md, `why` a sentence where
    it takes more than the conflicts to say why it was not won.
    """

    result: str
    token: int | None = None
    confirmed: bool = True
    held_until: Moment | None = None
    files: int = 0
    took_over: list[Holding] = field(default_factory=list)
    stale: list[Unfresh] = field(default_factory=list)
    claims: list[Granted] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    reason: str = ""
    why: str = ""


_OVER = ("not_found", "this session is over")
_REFUSED = {
    "quarantined": ("not_found", "the hub refuses an object that this session wrote; everything it writes is left out"),
    "ended": _OVER,
    "unregistered": _OVER,
    "not_mine": ("not_mine", "the claim that this one replaces is no longer held"),
    "taken": ("not_mine", "the claim that this one replaces was taken over"),
    "halted": ("halted", "the work was halted meanwhile"),
    "forbidden": ("forbidden", "the rights of your role were changed meanwhile"),
}
"""For the verdicts in which no holder is in the way: the word for programs, the sentence for people."""


def acquire(workspace: Workspace, me: Session, request: Request, *, ticket: str = "") -> Answer:
    """Claim all the scopes, or none. `ticket` is the place in the queue of one who waits.

    What the session holds already is renewed, what it holds within a wider scope is widened, and what a gone session
    or a passed deadline left behind is taken over. Raises `Usage` for what can never be granted.
    """
    _check(request)
    files = checkout.count_files(workspace, request.scopes)
    looked = request.confirmed and workspace.agreement.refresh(insist=True, recent=True)
    if request.confirmed and workspace.agreement.status != "none" and not looked:
        why = "the hub does not answer, and --confirmed needs its confirmation: nothing was recorded"
        return Answer("unknown", confirmed=False, files=files, reason="offline", why=why)
    _check_width(workspace, me, request, files)
    attempt = Attempt(workspace, me.id, request, ticket)
    try:
        answer, planned = _record(attempt, looked=looked)
    except (Halted, Forbidden) as stopped:
        return Answer("refused", files=files, reason=stopped.reason, why=stopped.message)
    except errors.claim.InTheWay as refused:
        confirmed = _hubs_word(workspace, refused.conflicts)
        return Answer("refused", confirmed=confirmed, files=files, conflicts=refused.conflicts, reason="held")
    if answer.result == "won":
        robbed = [victim for victim in planned.victims if victim.holder.id != request.heir_of]
        if robbed:
            reaction.follow(workspace, "take", Taken(me.id, robbed, request.why))
    return replace(answer, files=files)


def _check(request: Request) -> None:
    if not request.scopes:
        raise errors.usage.NothingToClaim()
    if len(request.scopes) > claim.MOST_SCOPES:
        raise errors.usage.AtMost("a claim", claim.MOST_SCOPES, "scopes", "claim the directory that holds them")
    if request.override and not request.why:
        raise errors.claim.OverrideWithoutReason()


def _record(attempt: Attempt, *, looked: bool) -> tuple[Answer, Plan]:
    """Record the claim, once more where a holder that we heard of only then can be taken over. Raises `InTheWay`."""
    workspace, request = attempt.workspace, attempt.request
    here = not request.confirmed and all(checkout.is_of_this_machine(workspace, scope) for scope in request.scopes)
    planned = Plan([])

    def decide(state: State) -> list[Draft]:
        nonlocal planned
        planned = plan(attempt, state)
        return planned.drafts

    done = workspace.transact(attempt.holder, decide, here=here, looked=looked)
    answer = _won(attempt, done, planned)
    if answer.reason == "held" and _may_take(attempt, done.state):
        done = workspace.transact(attempt.holder, decide, here=here)
        answer = _won(attempt, done, planned)
    return answer, planned


def _may_take(attempt: Attempt, state: State) -> bool:
    """Whether a claim that was refused by one we heard of only then would be a takeover now."""
    try:
        return bool(plan(attempt, state).drafts)
    except (errors.claim.InTheWay, Halted, Forbidden):
        return False


def _hubs_word(workspace: Workspace, conflicts: list[Conflict]) -> bool:
    """Whether the hub, asked just now, refuses it too, and not only what it has not confirmed yet."""
    status = workspace.agreement.status
    return status == "none" or (status == "ok" and any(item.held.confirmed for item in conflicts))


def _check_width(workspace: Workspace, me: Session, request: Request, files: int) -> None:
    limit = rules.read(workspace.ledger.state()).max_files if me.agent and not request.wide else 0
    if limit and files > limit:
        named = [checkout.to_type(workspace, scope) for scope in request.scopes]
        why = ["-m", request.why] if request.why else []
        raise errors.claim.TooWide(text_of(request.scopes), files, limit, [*named, *why, *request.options, "--wide"])


def _won(attempt: Attempt, done: Done, planned: Plan) -> Answer:
    workspace, holder, request = attempt.workspace, attempt.holder, attempt.request
    me = identity.named(workspace, done.state, holder)
    mine = claim.of(done.state, holder)
    answering = [covering(mine, scope, request.shared) for scope in request.scopes]
    refused = [outcome for outcome in done.outcomes if outcome.refused]
    if refused or None in answering:  # an accepted one may be gone again by the time we know of it: somebody took it
        said = refused[0].verdict.reason if refused and refused[0].verdict else ""
        if said != "quarantined" and not all(outcome.confirmed for outcome in done.outcomes):
            # Only the hub refuses what was recorded: what is in its way here may be gone when it is sequenced there.
            return _unknown(attempt, done, planned)
        reason, why = _REFUSED.get(said, ("held", ""))
        halt = halts.stopping(done.state, holder, workspace.clock.now(), request.scopes) if said == "halted" else None
        why = concern.sentence(halt) if halt is not None else why
        if said == "forbidden" and refused[0].verdict is not None:
            why = limits.refusal(done.state, refused[0].verdict.detail).message
        obstacles = claim.in_the_way(done.state, holder, request.scopes, shared=request.shared) if not why else []
        conflicts = holding.conflicts(workspace, done.state, obstacles)
        confirmed = not conflicts or _hubs_word(workspace, conflicts)
        return Answer("refused", confirmed=confirmed, conflicts=conflicts, reason=reason, why=why)
    if request.confirmed and not all(outcome.confirmed for outcome in done.outcomes):
        return _unknown(attempt, done, planned)
    items = sorted({item.id: item for item in answering if item is not None}.values(), key=lambda item: item.token)
    told = [
        (scope, one)
        for item in items
        for scope, one in zip(item.scopes, holding.granted(workspace, item, me), strict=True)
    ]
    granted = [one for _, one in told]
    exact = [one for scope, one in told if scope in request.scopes]
    return Answer(
        "won",
        token=granted[-1].token if granted else None,
        confirmed=all(one.confirmed for one in granted),
        held_until=min((one.held_until for one in granted), default=None),
        took_over=planned.took_over,
        stale=unfresh(workspace, done.state, holder, request.scopes),
        claims=exact or granted,
    )


def _unknown(attempt: Attempt, done: Done, planned: Plan) -> Answer:
    """Give up waiting: the opposite of each claim whose fate is open is recorded, so whatever becomes of it, it does
    not stay. By its id, also where our own ledger refuses it for the moment: the hub may still accept it.
    """
    made: list[tuple[str, tuple[Scope, ...]]] = [
        (outcome.event.id, claim.scopes_in(outcome.event.data))
        for outcome in done.outcomes
        if outcome.event.kind in ("claim", "take") and not (outcome.refused and outcome.confirmed)
    ]
    workspace, holder = attempt.workspace, attempt.holder
    agreed = workspace.agreement.confirmed()
    # A renewal has no opposite; a claim that it renewed and that nobody has confirmed yet does.
    made += [
        (item.id, item.scopes)
        for item in planned.renewed
        if agreed is not None
        and claim.read(agreed, holder, item.id) is None
        and claim.read(done.state, holder, item.id) is None
    ]
    for name, scopes in made:
        undo = Draft("release", f"release {text_of(scopes)}", {"claims": claim.named([(name, scopes)])})
        workspace.record(holder, undo, here=True)  # the time for waiting is over
    why = "the hub did not confirm the claim in time: the result is unknown, and the claim was released again"
    return Answer("unknown", confirmed=False, reason="offline", why=why)


@dataclass(frozen=True, slots=True)
class First(Answer):
    """The answer of somebody who wants the first free one of several."""


def acquire_any(workspace: Workspace, me: Session, request: Request) -> First:
    """Claim the first of the scopes that nobody holds, not even this session or its parent.

    It ends where the answer is unknown: the next scope would not be answered either.
    """
    state = workspace.ledger.state()
    answer = Answer("refused", reason="held")
    for scope in request.scopes:
        family = {me.id, *me.ancestors}
        if not any(standing.session in family for standing in claim.overlapping(state, scope)):
            answer = acquire(workspace, me, replace(request, scopes=(scope,)))
            if answer.result != "refused" or answer.reason == "halted":
                break
    return First(**{known.name: getattr(answer, known.name) for known in fields(answer)})
