"""The kinds of events about messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.kind import Kind
from gitcoord.domain.message import record as message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event

Fields = dict[str, Any]


def _ack(data: Fields) -> Fields:
    read = data.get("read")
    return {"senders": [sender for sender in read if isinstance(sender, str)] if isinstance(read, dict) else []}


def _acknowledged(event: Event) -> Iterator[str]:
    if message.is_one(event):
        yield from message.terms(event)
    else:
        yield f"cursor:{event.session}"


KINDS = (Kind("message", terms=message.terms), Kind("ack", tell=_ack, terms=_acknowledged))
