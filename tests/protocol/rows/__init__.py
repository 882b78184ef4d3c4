"""The table: the lines that keep each rule, in the order of docs/protocol.md."""

from __future__ import annotations

from . import (
    again,
    answers,
    halt,
    handoff,
    hub,
    landing,
    records,
    roles,
    size,
    takeover,
    task,
    teams,
    together,
    waiting,
    wrong,
)

ROWS = [
    *records.ROWS,
    *again.ROWS,
    *hub.ROWS,
    *answers.ROWS,
    *takeover.ROWS,
    *waiting.ROWS,
    *halt.ROWS,
    *task.ROWS,
    *together.ROWS,
    *roles.ROWS,
    *teams.ROWS,
    *handoff.ROWS,
    *landing.ROWS,
    *wrong.ROWS,
    *size.ROWS,
]
