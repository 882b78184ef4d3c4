"""Call a halt, let it be known, and keep what those whom it stops had not committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain import checkout, reaction
from gitcoord.domain.halt import answering, concern, keeping, record, view
from gitcoord.domain.halt.facts import Called
from gitcoord.domain.halt.view import Halts
from gitcoord.domain.role import limits as role_limits
from gitcoord.domain.session import identity
from gitcoord.domain.session import record as session
from gitcoord.domain.wording import provisional
from gitcoord.errors import Refused, Usage
from gitcoord.errors.halt import NobodyToHalt, TooManyHalts
from gitcoord.errors.refusal import NoSuch, NotRecorded
from gitcoord.errors.usage import AtMost, Missing
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.halt.record import Halt, Wanted
    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope

SUBJECT = 100
"""Characters of a reason that stand in the subject of the event and of the message about it."""

TEAM = "team:"


def stop(call: Call, reason: str, only: list[str], wanted: Wanted) -> Halts:
    """Call a halt of everybody, or of the sessions, teams and scopes in `only`, which `wanted` does not name yet.

    Raises `Usage`, `Refused`, and `Forbidden` where the role of the session does not allow it.
    """
    reason = reason.strip()
    if not reason:
        raise Missing("a halt", "a reason", example="halt -m REASON")
    for text, most in ((reason, limits.TEXT), (wanted.require, limits.TEXT)):
        if len(text) > most:
            raise AtMost("a reason or a requirement", most)
    me = call.me()
    role_limits.check(call.state, me, "halt")
    # A word that means nothing here may be the name of a session that the hub knows.
    sessions, scopes = call.workspace.surely(lambda state: _limits(call, state, only), unless=(Usage, Refused))
    wanted = replace(wanted, sessions=sessions, scopes=scopes)
    what = f"halt {text_of(scopes) or ', '.join(sessions) or 'all work'}: {reason}"
    done = call.workspace.record(me.id, Draft("halt", printable(what)[:SUBJECT], wanted.to_json(), reason))
    made = done.outcomes[0]
    if made.verdict is None or not made.verdict.accepted:
        if made.verdict and made.verdict.reason == "forbidden":
            raise role_limits.refusal(done.state, made.verdict.detail)
        if made.verdict and made.verdict.reason == "quota":
            raise TooManyHalts()
        raise NotRecorded("nothing was halted", made.verdict.reason if made.verdict else "no verdict")
    halt = next((one for one in record.standing(done.state, call.now) if one.id == made.event.id), None)
    if halt is not None:  # it still stands
        reaction.follow(call.workspace, "halt", Called(me.id, halt, done.state))
    call.hurry()
    did = _give_back(call, me, done.state, halt) if halt is not None and wanted.auto else []
    saved = list(keeping.save(call, done.state, halt)) if halt is not None and wanted.auto else []
    called = [one for one in view.all_of(call.workspace, done.state) if one.id == made.event.id]
    answer = Halts(called, made.event.id, saved, did)
    if unsure := provisional(confirmed=made.confirmed):
        call.warn_if_unheard()
        call.warnings.append(f"the halt holds in this clone{unsure}")
    return answer


def _limits(call: Call, state: State, texts: list[str]) -> tuple[tuple[SessionId, ...], tuple[Scope, ...]]:
    """Return the ids of the sessions, and the scopes, that a halt is limited to. Raises `Usage`, `NotFound`."""
    names = {item.name for item in session.every(state)} if texts else set()
    sessions = [text for text in texts if session.well_formed(text) or text in names]
    teams = [text for text in texts if text.startswith(TEAM)]
    paths = [text for text in texts if text not in sessions and text not in teams]
    typed = checkout.look(call.workspace, paths)
    if typed.absent:
        name = printable(text_of(typed.absent[:1]))
        raise NobodyToHalt(name)
    ids = [identity.named(call.workspace, state, text).id for text in sessions]
    ids += [one for text in teams for one in _members(state, text)]
    return tuple(dict.fromkeys(ids)), typed.scopes


def _members(state: State, text: str) -> list[SessionId]:
    """The ids of the living members of team:NAME. Raises `NotFound`."""
    found = [item.id for item in session.every(state) if text.removeprefix(TEAM) in item.teams]
    if not found:
        raise NoSuch("member", printable(text))
    return found


def _give_back(call: Call, me: Session, state: State, halt: Halt) -> list[str]:
    """Give back the running tasks of the session that called a halt, where that stops it, too; a sentence for each."""
    if not concern.concerns(state, halt, me):
        return []
    drafts, did = answering.given_back(state, me, [halt])
    if drafts:
        call.workspace.record(me.id, *drafts)
    return did
