"""A command has one view of the ledger: it loads states, and reads the ref, no more often than it has to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.kernel.refs import Refs
from gitcoord.ledger import sequence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.policy.ids import RefName

    from .conftest import Clone

REF = "refs/coord/ledger"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a state is loaded, and the ledger's ref read, from here on."""
    count: Counter[str] = Counter()
    load, read_all = sequence.load, Refs.read_all

    def counting_load(*args: Any, **kwargs: Any) -> Any:
        count["loads"] += 1
        return load(*args, **kwargs)

    def counting_read(self: Refs, *refs: RefName) -> Sequence[str]:
        count["reads"] += REF in refs
        return read_all(self, *refs)

    monkeypatch.setattr(sequence, "load", counting_load)
    monkeypatch.setattr(Refs, "read_all", counting_read)
    return count


@pytest.mark.parametrize(("words", "loads", "reads"), [(("claim", "a.txt"), 3, 5), (("claims",), 1, 4)])
def test_a_command_at_a_hub_has_one_view(
    pair: tuple[Clone, Clone], counted: Counter[str], words: tuple[str, ...], loads: int, reads: int
) -> None:
    """A claim loads the state before it, the one that it builds, and the one after it; who only reads loads one."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "b.txt")
    counted.clear()
    assert one.here(*words, session=alice).status == 0
    assert 0 < counted["loads"] <= loads
    assert 0 < counted["reads"] <= reads
