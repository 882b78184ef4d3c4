"""What another clone announced is looked at up to a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.ledger import sequence
from gitcoord.policy import limits
from gitcoord.sync import chains

if TYPE_CHECKING:
    import pytest

    from gitcoord.domain.workspace import Workspace


def test_an_announcement_that_is_too_long_is_not_a_chain(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit it is, above it nothing of it is sequenced; the same for one of another root."""
    ledger, tips = workspace.ledger, [workspace.ledger.tip()]
    objects, tree = ledger.store.objects, ledger.state().tree
    for now in range(3):
        tips.append(sequence.mend(objects, tips[-1], tree, [], sequence.Signature("x", "x@x", now)))
    monkeypatch.setattr(limits, "ANNOUNCED", 3)
    assert chains.announced(objects, tips[2], tips[0]) == []
    assert chains.announced(objects, tips[3], tips[0]) is None
    other = sequence.begin(objects, "0" * 32, "x", "x@x", 1)
    assert chains.announced(objects, other, tips[0]) is None
    objects.abandon()
