"""Rule 34: tasks."""

from __future__ import annotations

from ..row import Kept

APPLY = "tests/domain/task/test_apply.py::"

ROWS = [
    Kept(
        "34",
        "domain/task/apply/choice.py",
        "best",
        "if not claim.in_the_way(state, me.id, task.scopes, shared=False):",
        "if True:",
        APPLY + "test_next_passes_on_to_a_task_whose_scopes_are_free",
    ),
    Kept(
        "34",
        "domain/task/apply/life.py",
        "give",
        "        token=operation.number,\n",
        "        token=1,\n",
        APPLY + "test_task_that_is_given_has_token_attempt_and_holder",
    ),
    Kept(
        "34",
        "domain/task/apply/life.py",
        "closes_circle",
        "if name == task.parent or len(seen) > limits.CHILDREN:",
        "if len(seen) > limits.CHILDREN:",
        APPLY + "test_circles_over_every_kind_of_edge_are_refused",
    ),
    Kept(
        "34",
        "domain/task/apply/operations.py",
        "_mine",
        'if task.holder == operation.session and grant in ("", task.grant):',
        "if task.holder == operation.session:",
        APPLY + "test_old_attempt_says_nothing_about_a_new_one",
    ),
    Kept(
        "34",
        "domain/task/apply/operations.py",
        "_is_overdue",
        "skew = 0 if concerned is not None and concerned.clone == me.clone else lease.SKEW",
        "skew = 0",
        APPLY + "test_task_is_offered_again_only_on_evidence",
    ),
    Kept(
        "34",
        "domain/task/apply/operations.py",
        "apply_keep",
        'life.give_up(state, operation, task, "returned")',
        "pass",
        APPLY + "test_keep_gives_back_what_the_hub_gave_instead",
    ),
    Kept(
        "34",
        "domain/claim/apply.py",
        "free",
        'life.give_back(state, operation, holder, "ended" if holder == operation.session else "retired")',
        "pass",
        APPLY + "test_session_that_is_retired_loses_its_tasks",
    ),
    Kept(
        "34",
        "domain/task/giving.py",
        "_keep",
        'workspace.record(me.id, Draft("task-keep", f"keep task {recording.called(task)}", data), here=True)',
        "pass",
        "tests/hub/test_tasks.py::test_task_taken_while_the_hub_is_away_is_provisional",
    ),
]
