"""Rule 33: halts."""

from __future__ import annotations

from ..row import Kept

APPLY = "tests/domain/halt/test_apply.py::"

ROWS = [
    Kept(
        "33",
        "domain/claim/apply.py",
        "apply_claim",
        "halt.refusal(state, operation, wanted.scopes) or ",
        "",
        "tests/hub/test_halt.py::test_a_halt_at_the_hub_refuses_a_claim_that_knows_nothing_of_it",
    ),
    Kept(
        "33",
        "domain/claim/apply.py",
        "apply_take",
        "halt.refusal(state, operation, wanted.scopes) or ",
        "",
        APPLY + "test_a_halt_refuses_new_work_and_nothing_else",
    ),
    Kept(
        "33",
        "domain/session/apply.py",
        "apply_register",
        '    halt.inherit(state, operation.session, data.get("resumes"), operation.time)\n',
        "",
        APPLY + "test_a_halt_of_sessions_stops_them_their_children_and_their_heirs",
    ),
    Kept(
        "33",
        "domain/halt/record.py",
        "family",
        "return (session_id, *(living.ancestors if living is not None else ()))",
        "return (session_id,)",
        APPLY + "test_a_halt_of_sessions_stops_them_their_children_and_their_heirs",
    ),
    Kept(
        "33",
        "domain/halt/apply.py",
        "apply_resume",
        'return Verdict("halted", {"halt": refusing.id})',
        "pass",
        APPLY + "test_no_session_ends_a_halt_that_stops_it",
    ),
    Kept(
        "33",
        "domain/halt/apply.py",
        "may_end",
        "return not halt.scopes or halt.by in ids",
        "return True",
        APPLY + "test_a_halt_of_scopes_is_ended_by_its_caller_or_a_person",
    ),
    Kept(
        "33",
        "guard/decision.py",
        "decide",
        "            return Decision(halt=halt)\n",
        "            pass\n",
        "tests/hook/test_halt.py::test_a_halt_refuses_every_commit",
    ),
    Kept(
        "33",
        "hook/push.py",
        "_halt",
        "return halts.stopping(snapshot, now, committer.mine, paths) if pushed.refs else None",
        "return None",
        "tests/hook/test_halt.py::test_a_halt_refuses_pushes",
    ),
]
