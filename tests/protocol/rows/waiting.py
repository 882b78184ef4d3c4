"""Rule 27: waiting."""

from __future__ import annotations

from ..row import Kept

ROWS = [
    Kept(
        "27",
        "domain/claim/waiting.py",
        "_first_in_line",
        "if (place.shared and ticket.shared) or any(overlap(one, held) for one in ticket.scopes for held in mine):",
        "if place.shared and ticket.shared:",
        "tests/torture/test_waiting.py::test_newcomer_does_not_pass_the_line",
    ),
    Kept(
        "27",
        "domain/claim/waiting.py",
        "_read",
        "return ticket if alive else None",
        "return ticket",
        "tests/domain/claim/test_wait.py::test_waiter_that_was_killed_stalls_nobody",
    ),
    Kept(
        "27",
        "domain/claim/waiting.py",
        "refuse_circle",
        "circle = follow(first, [mine])",
        "circle = None",
        "tests/domain/claim/test_wait.py::test_circle_is_refused_at_once_with_both_named",
    ),
    Kept(
        "27",
        "domain/claim/planning.py",
        "plan",
        "if queued and not request.override:",
        "if False:",
        "tests/torture/test_waiting.py::test_newcomer_does_not_pass_the_line",
    ),
    Kept(
        "27",
        "domain/claim/waiting.py",
        "tickets",
        "if ticket is not None and ticket.until >= now:",
        "if ticket is not None:",
        "tests/domain/claim/test_wait.py::test_a_wait_that_is_over_holds_up_nobody",
    ),
]
