"""The table: the lines that keep a rule, in the order of docs/protocol.md. Not every rule stands in it yet."""

from __future__ import annotations

from .row import Kept

SEQUENCE = "tests/ledger/test_sequence.py::"
AGREEMENT = "tests/hub/test_agreement.py::"

RECORDS = [
    Kept(
        "1",
        "ledger/ledger.py",
        "event_id=draft.id or self.ids.hexadecimal(event.ID_DIGITS),",
        'event_id=draft.id or f"{number:032x}",',
        AGREEMENT + "test_the_order_of_provisional_operations_is_kept",
    ),
    Kept(
        "1",
        "ledger/event.py",
        "if record.tree != EMPTY_TREE:",
        "if not record.tree:",
        "tests/ledger/test_limits.py::test_case",
    ),
    Kept(
        "2",
        "domain/commands/release.py",
        '"claims": claim.named((item.id, part) for item, part in parts),',
        '"claims": claim.named((str(item.token), part) for item, part in parts),',
        AGREEMENT + "test_the_order_of_provisional_operations_is_kept",
    ),
    Kept(
        "3",
        "ledger/fold.py",
        "if (event.number, event.parent) != (before.number + 1, before.tip):",
        "if event.number <= before.number:",
        SEQUENCE + "test_event_that_is_not_next_is_left_out",
    ),
    Kept(
        "3",
        "ledger/sequence.py",
        "and len(self._sessions | {item.session}) < limits.PARENTS",
        "and True",
        SEQUENCE + "test_many_logs_make_a_chain_of_commits",
    ),
    Kept(
        "4",
        "ledger/sequence.py",
        "if not events and found.session == session and found.number < merged.number:",
        "if not events and found.session == session and found.number <= merged.number:",
        SEQUENCE + "test_fork_of_the_same_length_is_not_taken_for_merged",
    ),
    Kept(
        "4",
        "ledger/ledger.py",
        "continue  # its session is told at its next command; nobody else is stopped",
        "raise",
        "tests/torture/test_crash.py::test_damaged_log_of_one_session_stops_nobody_else",
    ),
]

HUB = [
    Kept(
        "11",
        "sync/contact.py",
        "wishes = [Wish(self._hub.ledger, own, lease), Wish(self._hub.announcement(self._clone), own)]",
        "wishes = [Wish(self._hub.ledger, own), Wish(self._hub.announcement(self._clone), own)]",
        AGREEMENT + "test_killed_and_overtaken",
    ),
    Kept(
        "11",
        "sync/contact.py",
        "wishes = [Wish(self._hub.ledger, own, lease), Wish(self._hub.announcement(self._clone), own)]",
        "wishes = [Wish(self._hub.ledger, own, lease)]",
        AGREEMENT + "test_a_claim_is_confirmed_with_one_push",
    ),
    Kept(
        "11",
        "sync/contact.py",
        "while not descent.stands(self._ledger, own, confirmed):",
        "while False:",
        "tests/hub/test_descent.py::test_a_ledger_that_was_set_back_does_not_rewind_the_hub",
    ),
    Kept(
        "12",
        "sync/files.py",
        "pushed = _push(agreement, Wish(at, ours, onward=True), until)",
        "pushed = _push(agreement, Wish(at, ours), until)",
        "tests/hub/test_files.py::test_nothing_at_the_hub_is_lost_where_a_disk_was_restored",
    ),
]

VERDICTS = "tests/domain/test_verdicts.py::"

TAKEOVER = [
    Kept(
        "31",
        "domain/takeover.py",
        "if tip != victim.tip or not lease.ahead(victim.last, operation.time, lease.SKEW):",
        "if not lease.ahead(victim.last, operation.time, lease.SKEW):",
        VERDICTS + "test_a_sign_of_who_is_ahead_makes_the_take_fail",
    ),
    Kept(
        "31",
        "domain/takeover.py",
        "return not any(lease.ahead(other.last, operation.time, lease.SKEW) for other in others)",
        "return True",
        VERDICTS + "test_who_has_others_ahead_too_takes_nothing_as_ahead",
    ),
    Kept(
        "31",
        "sync/grace.py",
        'return first if isinstance(first, int) and first >= over and record.get("sign") == sign else 0',
        'return first if isinstance(first, int) and record.get("sign") == sign else 0',
        "tests/hub/test_ahead.py::test_a_meeting_after_the_watch_is_not_the_first_after_the_lease",
    ),
    Kept(
        "31",
        "policy/lease.py",
        "return now - last >= lease // 2 or last > now",
        "return now - last >= lease // 2",
        "tests/hub/test_ahead.py::test_a_holder_whose_clock_was_set_back_renews_at_once",
    ),
]

ROWS = [*RECORDS, *HUB, *TAKEOVER]
