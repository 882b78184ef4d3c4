"""Much that happens: operations of several sessions at a steady rate, all made by this process."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId
from support.torture import TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conftest import Repo

RATE = 50
"""Operations a second, where the machine makes as many."""

SECONDS = 60 if TIMES > 1 else 2


def messages(repo: Repo, sessions: Sequence[str]) -> Iterator[str]:
    """Send messages to everybody, one session after the other; yields the subject of each."""
    ledger = repo.workspace().ledger
    began = time.monotonic()
    try:
        for number, session in zip(range(RATE * SECONDS), itertools.cycle(sessions), strict=False):
            data = {"to": {"all": ""}, "type": "note", "subject": f"number {number}"}
            ledger.record(SessionId(session), Draft("message", f"to all: number {number}", data))
            yield f"number {number}"
            time.sleep(max(0.0, began + (number + 1) / RATE - time.monotonic()))
        print(f"{RATE * SECONDS} operations, {RATE * SECONDS / (time.monotonic() - began):.0f} a second")
    finally:
        ledger.store.close()
