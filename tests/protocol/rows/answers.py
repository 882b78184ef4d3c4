"""Rules 16 to 18: what a command is answered."""

from __future__ import annotations

from ..row import Kept

AGREEMENT = "tests/hub/test_agreement.py::"

ROWS = [
    Kept(
        "16",
        "domain/workspace.py",
        "Workspace.transact",
        "if here or looked or not self.agreement.refresh():",
        "if True:",
        AGREEMENT + "test_a_refusal_needs_a_fetch_made_after_asking",
    ),
    Kept(
        "16",
        "domain/claim/acquire.py",
        "_won",
        'if said != "quarantined" and not all(outcome.confirmed for outcome in done.outcomes):',
        "if False:",
        AGREEMENT + "test_a_refusal_that_the_hub_has_not_confirmed_is_no_answer",
    ),
    Kept(
        "16",
        "domain/claim/acquire.py",
        "_unknown",
        "and not (outcome.refused and outcome.confirmed)",
        "and not outcome.refused",
        "tests/hub/test_answers.py::test_only_the_hub_refuses_what_was_recorded",
    ),
    Kept(
        "16",
        "domain/claim/undecided.py",
        "claims",
        "*_taken(state, agreed, me), ",
        "",
        AGREEMENT + "test_a_release_counts_although_only_this_clone_believes_in_a_takeover",
    ),
    Kept(
        "16",
        "domain/claim/undecided.py",
        "claims",
        ", *_refused(workspace, agreed, me)]",
        "]",
        "tests/hub/test_answers.py::test_a_lost_claim_that_is_released_is_given_back",
    ),
    Kept(
        "16",
        "sync/looking.py",
        "is_due",
        "return not 0 <= age < agreement.look_every",
        "return False",
        "tests/hub/test_look.py::test_the_first_answer_has_what_the_hub_gave_to_others",
    ),
    Kept(
        "17",
        "ledger/ledger.py",
        "Ledger._transact",
        "self.settle_crash()\n        tip, state = self._base()",
        "tip, state = self._base()",
        "tests/torture/test_crash.py::test_crash_between_log_and_ledger_is_finished_by_the_next",
    ),
    Kept(
        "17",
        "ledger/sequence.py",
        "verdicts",
        "if one.id in wanted and one.id not in found:",
        "if one.id not in found:",
        AGREEMENT + "test_who_waits_for_the_verdict_is_answered_with_it",
    ),
    Kept(
        "17",
        "domain/claim/planning.py",
        "plan",
        "wanted = [scope for scope in request.scopes if scope not in held]",
        "wanted = list(request.scopes)",
        AGREEMENT + "test_killed_between_push_and_confirmation",
    ),
    Kept(
        "18",
        "domain/claim/acquire.py",
        "_unknown",
        "for name, scopes in made:",
        "for name, scopes in made[:0]:",
        AGREEMENT + "test_a_push_that_fails_after_a_fetch_gives_the_claim_back",
    ),
    Kept(
        "18",
        "domain/claim/acquire.py",
        "_unknown",
        "workspace.record(holder, undo, here=True)",
        "workspace.record(holder, undo)",
        "tests/hub/test_race.py::test_who_gave_up_does_not_wait_for_its_opposite",
    ),
    Kept(
        "18",
        "domain/claim/acquire.py",
        "acquire",
        'if request.confirmed and workspace.agreement.status != "none" and not looked:',
        "if False:",
        AGREEMENT + "test_insisting_on_an_absent_hub_leaves_nothing_behind",
    ),
]
