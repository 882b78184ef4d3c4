"""A process that takes tasks and completes them until there is none: `worker.py TOP SESSION [SECONDS]`.

Each task it holds SECONDS long. What has been acknowledged is written to standard output, a line each.
"""

from __future__ import annotations

import os
import sys
import time

from gitcoord.domain.session import record as session
from gitcoord.domain.task import giving, record, recording
from gitcoord.domain.workspace import Caller, open_workspace
from gitcoord.errors import NotMine
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId


def main() -> None:
    """Work until every task is over."""
    top, name, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3] if len(sys.argv) > 3 else 0)
    caller = Caller(os.getpid(), "", "tester", "here")
    workspace = open_workspace(discover(top, dict(os.environ)), SystemClock(), RandomIds(), caller)
    me = session.read(workspace.ledger.state(), SessionId(name))
    assert me is not None
    while True:
        given = giving.ask(workspace, me, "")
        if given is None:
            if not record.open_ids(workspace.ledger.state()):
                break
            time.sleep(0.05)
            continue
        outcome = given.outcome
        assert outcome.verdict is not None
        task = outcome.verdict.detail["id"]
        print("got", task, flush=True)
        time.sleep(seconds)
        draft = Draft("task-done", "complete a task", {"id": task, "grant": outcome.event.id})
        try:
            recording.record_all(workspace, me, lambda _, draft=draft: [draft])  # type: ignore[misc]
        except NotMine:
            continue
        print("done", task, flush=True)
    workspace.ledger.store.close()


main()
