"""Rules 7 to 10: sequencing again, what is confirmed, locks."""

from __future__ import annotations

from ..row import Kept, Place

SEQUENCE = "tests/ledger/test_sequence.py::"
AGREEMENT = "tests/hub/test_agreement.py::"
WRONG = "tests/hub/test_wrong.py::"

ROWS = [
    Kept(
        "7",
        "ledger/sequence.py",
        "LAST_IN_LINE",
        'LAST_IN_LINE = frozenset({"take", "retire", "task-again", "adopt"})',
        "LAST_IN_LINE: frozenset[str] = frozenset()",
        SEQUENCE + "test_renewal_of_the_victim_goes_before_the_robbery",
    ),
    Kept(
        "7",
        "ledger/sequence.py",
        "_in_line",
        "    for chain in rest:\n        yield from chain",
        "    for chain in rest:\n        yield from chain[:1]",
        SEQUENCE + "test_take_in_the_middle_cuts_the_chain_and_leaves_nothing_out",
    ),
    Kept(
        "7",
        "ledger/fold.py",
        "merge",
        "if (event.number, event.parent) != (before.number + 1, before.tip):",
        "if event.number > before.number and (event.number, event.parent) != (before.number + 1, before.tip):",
        SEQUENCE + "test_event_that_is_not_next_is_left_out",
    ),
    Kept(
        "7",
        "sync/adopt.py",
        "_in_order",
        "everybody = {**others, clone: mine} if mine else others",
        "everybody = {**others, clone: sorted(mine, key=lambda item: item.session)} if mine else others",
        AGREEMENT + "test_the_order_of_provisional_operations_is_kept",
    ),
    Kept(
        "8",
        "ledger/ledger.py",
        "Ledger._transact",
        "self._publish([Update(log, events[-1].oid, seen), Update(LEDGER, new, tip)])",
        "self._publish([Update(log, events[-1].oid, seen), Update(LEDGER, new, self.store.refs.read(LEDGER))])",
        "tests/ledger/test_transact.py::test_a_ledger_that_moved_is_computed_on_again",
    ),
    Kept(
        "8",
        "sync/adopt.py",
        "_publish",
        "moves.append([Update(ref, archive, ABSENT)])",
        "pass",
        WRONG + "test_restored_and_then_written",
    ),
    Kept(
        "8",
        "domain/claim/record.py",
        "agreed_token",
        "known = item if agreed is None else read(agreed, item.session, item.id)",
        "known = item",
        AGREEMENT + "test_provisional_until_the_hub_is_back",
    ),
    Kept(
        "8",
        "sync/adopt.py",
        "_publish",
        "ledger.move(*moves)",
        "ledger.move(*reversed(moves))",
        WRONG + "test_a_crash_while_it_adopts",
        Place(
            "sync/contact.py",
            "Exchange._stand",
            "while not descent.stands(self._ledger, own, confirmed):",
            "while False:",
        ),
    ),
    Kept(
        "9",
        "ledger/ledger.py",
        "Ledger.transact",
        "with self.store.write_lock():\n            for last in",
        "if True:\n            for last in",
        "tests/ledger/test_transact.py::test_nobody_decides_while_another_writes",
    ),
    Kept(
        "9",
        "ledger/ledger.py",
        "Ledger.settle_crash",
        "self.store.refs.recover(refs, begun)\n            self._sequence_pending()",
        "self.store.refs.recover(refs, begun)",
        "tests/torture/test_crash.py::test_crash_between_log_and_ledger_is_finished_by_the_next",
    ),
    Kept(
        "10",
        "sync/agree.py",
        "Agreement.meet",
        "if wanted and self._settled(wanted):",
        "if False:",
        AGREEMENT + "test_sessions_of_a_clone_share_pushes",
    ),
    Kept(
        "10",
        "sync/agree.py",
        "Agreement.meet",
        "with lock.held(self._directory / coordfile.HUB_LOCK, patience):",
        "if True:",
        AGREEMENT + "test_sessions_of_a_clone_share_pushes",
    ),
]
