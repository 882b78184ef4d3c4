"""What needs somebody's attention: each finding says what is wrong, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, wording
from gitcoord.domain.session import record as session
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.policy.scope import Scope

NAMED = 3
"""Of many alike, so many are named."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that needs attention. `text` is a sentence in harmless characters, `hint` what helps.

    `mine`: it is for this session to do something. `sessions` are the ids of those it is about, `scopes` what it is
    about, `messages` the ids of messages.
    """

    what: str
    text: str
    hint: str
    mine: bool
    sessions: list[str]
    scopes: list[str]
    messages: list[str]


def finding(
    what: str,
    text: str,
    hint: str = "",
    *,
    mine: bool = False,
    sessions: Sequence[str] = (),
    scopes: Sequence[str] = (),
    messages: Sequence[str] = (),
) -> Attention:
    """A finding about these sessions, scopes and messages."""
    return Attention(what, text, hint, mine, list(sessions), list(scopes), list(messages))


def few(words: Sequence[str]) -> str:
    """Some words in one harmless line: `a, b, c and 4 more`."""
    return wording.few([printable(word) for word in words], NAMED)


def shown(workspace: Workspace, scopes: Sequence[Scope]) -> list[str]:
    """Scopes as answers name them."""
    return [checkout.shown(workspace, scope) for scope in scopes]


def called(item: Session, me: Session | None, twins: Collection[str]) -> str:
    """Return what a session is called in a sentence; `twins` as in `session.label`."""
    return "you" if me is not None and item.id == me.id else printable(session.label(item, twins))
