"""Rules 39 and 40: handoffs and adoptions; shared state."""

from __future__ import annotations

from ..row import Kept

HANDOFF = "tests/domain/handoff/test_apply.py::"
STATE = "tests/domain/state/test_apply.py::"

ROWS = [
    Kept(
        "39",
        "domain/handoff/apply.py",
        "_open",
        'if offer.status != "open":',
        "if False:",
        HANDOFF + "test_decline_withdrawal_and_expiry_leave_everything_with_the_giver",
    ),
    Kept(
        "39",
        "domain/handoff/apply.py",
        "_open",
        "if offer.until < operation.time:",
        "if False:",
        HANDOFF + "test_decline_withdrawal_and_expiry_leave_everything_with_the_giver",
    ),
    Kept(
        "39",
        "domain/handoff/apply.py",
        "apply_accept",
        "giver is not None and (known is None or not all(scope in known.scopes for scope in item.scopes))",
        "False",
        HANDOFF + "test_accept_is_all_or_nothing",
    ),
    Kept(
        "39",
        "domain/handoff/apply.py",
        "apply_accept",
        '    record.close(state, operation, offer, "accepted", me.id)\n',
        "",
        HANDOFF + "test_accept_moves_all_in_one_operation",
    ),
    Kept(
        "39",
        "domain/handoff/apply.py",
        "_not_for",
        'if task.holder != (giver.id if giver is not None else ""):',
        "if False:",
        HANDOFF + "test_task_that_another_session_holds_by_now_does_not_move",
    ),
    Kept(
        "39",
        "domain/handoff/apply.py",
        "_in_the_way",
        "        if obstacles:\n            return held(obstacles)\n",
        "",
        HANDOFF + "test_work_that_somebody_took_meanwhile_refuses_the_offer",
    ),
    Kept(
        "39",
        "domain/handoff/apply.py",
        "apply_adopt",
        "if not own and not holds(state, operation, me, victim, None, evidence, tip):",
        "if False:",
        HANDOFF + "test_owner_that_came_back_first_keeps_its_work",
    ),
    Kept(
        "39",
        "domain/handoff/apply.py",
        "apply_adopt",
        'record.close(state, operation, offer, "withdrawn", me.id)',
        "pass",
        HANDOFF + "test_adopt_takes_all_of_a_gone_session_and_ends_it",
    ),
    Kept(
        "39",
        "ledger/sequence.py",
        "LAST_IN_LINE",
        ', "adopt"',
        "",
        "tests/ledger/test_sequence.py::test_adoption_is_last_in_line_too",
    ),
    Kept(
        "40",
        "domain/state/apply/operations.py",
        "_is_stale",
        "return change.saw not in (ANY, old.write if old is not None else before.removed)",
        "return False",
        STATE + "test_a_write_that_did_not_see_the_last_one_is_stale",
    ),
    Kept(
        "40",
        "domain/state/apply/operations.py",
        "apply_state",
        'if saw not in (ANY, before.write) and before.policy == "refuse":',
        "if False:",
        STATE + "test_a_write_that_did_not_see_the_last_one_is_stale",
    ),
    Kept(
        "40",
        "domain/state/apply/operations.py",
        "_drafts",
        "draft: Value | Verdict | None = _both(old, change, made)",
        "draft: Value | Verdict | None = _changed(old, change, made)",
        STATE + "test_both_values_are_kept_where_a_scope_says_so",
    ),
    Kept(
        "40",
        "domain/state/apply/operations.py",
        "apply_rollback",
        "found is None or found.write != write or saw not in (ANY, before.write)",
        "found is None",
        "tests/domain/test_work_model.py::test_a_long_walk_stays_with_the_model",
    ),
    Kept(
        "40",
        "domain/state/record.py",
        "keep_version",
        '    state.copy(keys_directory(scope), f"{where}/keys")\n',
        "",
        STATE + "test_an_earlier_version_is_the_same_tree",
    ),
    Kept(
        "40",
        "domain/state/apply/operations.py",
        "apply_snapshot",
        "elif known != number:",
        "elif False:",
        STATE + "test_a_name_stands_for_one_version_for_ever",
    ),
]
