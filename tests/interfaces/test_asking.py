"""What MCP and HTTP add to an answer."""

from __future__ import annotations

from gitcoord.domain.outcome import Outcome
from gitcoord.domain.records import Finding
from gitcoord.errors.remedy import Remedy
from gitcoord.interfaces import asking
from gitcoord.kernel.clock import SystemClock
from gitcoord.setup.doctor import Examination


def test_a_hint_within_an_answer_is_said_as_requests_too() -> None:
    """A finding of `doctor` names what mends it as the caller can ask for it; one without a command has nothing."""
    lost = Finding("sessions", False, "2 gone sessions hold claims", Remedy("{}, or {}", "retire --gone", "demo"))
    found = Examination(False, [Finding("git", True, "git 2.55"), Finding("old", False, "it is old", "wait"), lost])
    outcome = Outcome(3, "unreadable", "sessions", Remedy("{}", "init"))
    said = asking.record(None, SystemClock(), found, outcome, lambda step: {"step": step} if step != "demo" else {})
    assert [item.get("next") for item in said["findings"]] == [None, None, [{"step": "retire --gone"}]]
    assert said["next"] == [{"step": "init"}]
    assert said["findings"][2]["mend"] == "git coord retire --gone, or git coord demo"
