"""Rule 37: what a role does not allow."""

from __future__ import annotations

from ..row import Kept

APPLY = "tests/domain/role/test_apply.py::"

ROWS = [
    Kept(
        "37",
        "domain/claim/apply.py",
        "apply_claim",
        " or role.claim_refusal(state, me, wanted.scopes)",
        "",
        APPLY + "test_a_change_of_rights_counts_from_then_on",
    ),
    Kept(
        "37",
        "domain/claim/apply.py",
        "apply_take",
        "    if unable is not None:\n        return unable\n",
        "",
        APPLY + "test_overrides_and_halts",
    ),
    Kept(
        "37",
        "domain/task/apply/operations.py",
        "apply_take",
        " or role.claim_refusal(state, me.id, task.scopes)",
        "",
        APPLY + "test_tasks",
    ),
    Kept(
        "37",
        "domain/task/apply/choice.py",
        "_refusal",
        'return {"role": limits.role, "right": "tasks"}',
        "pass",
        APPLY + "test_tasks",
    ),
    Kept(
        "37",
        "domain/handoff/apply.py",
        "_movable",
        " or role.claim_refusal(state, me.id, wanted_scopes)",
        "",
        APPLY + "test_work_is_handed_over_only_to_whom_it_is_allowed",
    ),
    Kept(
        "37",
        "domain/halt/apply.py",
        "apply_halt",
        "    if refused is not None:\n        return refused\n",
        "",
        APPLY + "test_overrides_and_halts",
    ),
    Kept(
        "37",
        "domain/rules/apply.py",
        "apply_rules",
        "    if refused is not None:\n        return refused\n",
        "",
        APPLY + "test_whoever_may_not_manage_changes_no_rule",
    ),
    Kept(
        "37",
        "domain/rules/apply.py",
        "apply_rules",
        '        role.mark_all(state, fields.text(_object(data), "name"))\n',
        "        pass\n",
        APPLY + "test_a_change_of_rights_counts_from_then_on",
    ),
    Kept(
        "37",
        "domain/session/apply.py",
        "apply_register",
        "        inherited = above.bound\n",
        "        pass\n",
        APPLY + "test_marks_stand_for_living_sessions_with_limits",
    ),
    Kept(
        "37",
        "domain/session/apply.py",
        "finish",
        "    role.unmark(state, session)\n",
        "",
        APPLY + "test_marks_stand_for_living_sessions_with_limits",
    ),
    Kept(
        "37",
        "guard/decision.py",
        "decide",
        "return Decision(beyond=beyond)",
        "pass",
        "tests/hook/test_roles.py::test_who_may_instead",
    ),
    Kept(
        "37",
        "hook/push.py",
        "_objections",
        "_forbidden(repository, snapshot, committer, pushed.commits), []",
        "[], []",
        "tests/hook/test_roles.py::test_pushes",
    ),
]
