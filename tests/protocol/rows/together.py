"""Rules 35 and 36: barriers and workflows; interfaces and decisions."""

from __future__ import annotations

from ..row import Kept

BARRIER = "tests/domain/barrier/test_apply.py::"
WORKFLOW = "tests/domain/workflow/test_apply.py::"

ROWS = [
    Kept(
        "35",
        "domain/barrier/record.py",
        "need_for",
        'for kind in ("session", "role", ""):',
        'for kind in ("", "role", "session"):',
        BARRIER + "test_last_one_completes_it_and_the_task_names_the_branches",
    ),
    Kept(
        "35",
        "domain/barrier/record.py",
        "_is_for",
        'me.name == need["name"] and session.read(state, SessionId(need["session"])) is None',
        'me.name == need["name"]',
        BARRIER + "test_need_for_a_session_that_ended_is_met_by_its_namesake",
    ),
    Kept(
        "35",
        "domain/barrier/apply.py",
        "apply_arrive",
        "tuple(item for item in barrier.arrivals if item.session != me.id)",
        "barrier.arrivals",
        BARRIER + "test_who_arrives_again_stands_where_it_is_now",
    ),
    Kept(
        "35",
        "domain/barrier/apply.py",
        "_integration",
        "    life.add(state, operation, task)\n",
        "",
        BARRIER + "test_last_one_completes_it_and_the_task_names_the_branches",
    ),
    Kept(
        "35",
        "domain/barrier/apply.py",
        "_branches",
        "sorted(barrier.arrivals, key=lambda one: place.get(one.session, len(place)))",
        "barrier.arrivals",
        BARRIER + "test_branches_stand_in_the_order_that_the_last_one_found",
    ),
    Kept(
        "35",
        "domain/workflow/apply.py",
        "_stages",
        "if not ids.issuperset(task.after) or task.after_any or task.parent:",
        "if False:",
        WORKFLOW + "test_what_is_malformed",
    ),
    Kept(
        "35",
        "domain/workflow/apply.py",
        "apply_retry",
        "        left=left,\n",
        "",
        WORKFLOW + "test_stage_that_was_cancelled_early_waits_for_what_it_needs",
    ),
    Kept(
        "35",
        "domain/workflow/record.py",
        "completed",
        "if not _fits(state, name, who_and_where + came_of_it, WHOLE):",
        "if False:",
        WORKFLOW + "test_completed_stage_hands_on_what_came_of_it",
    ),
    Kept(
        "36",
        "domain/export/apply.py",
        "apply_export",
        "        record.retire(state, before, operation)\n",
        "",
        "tests/domain/export/test_apply.py::test_newer_one_of_a_name_supersedes_and_says_by_which",
    ),
    Kept(
        "36",
        "domain/decision/apply.py",
        "apply_decide",
        "if before is not None and before.until:",
        "if False:",
        "tests/domain/decision/test_decisions.py::test_of_two_that_supersede_the_same_the_second_is_refused",
    ),
]
