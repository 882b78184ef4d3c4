"""The kinds of operations that begin a halt, answer it and end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.halt import apply, record
from gitcoord.domain.kind import Kind

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.policy.scope import Scope


def _scopes(event: Event) -> tuple[Scope, ...]:
    return record.wanted_in(event.data).scopes


KINDS = (
    Kind("halt", apply.apply_halt, record.tell_halt, _scopes),
    Kind("resume", apply.apply_resume, record.tell_resume),
    Kind("halt-answer", apply.apply_answer, record.tell_answer),
)
