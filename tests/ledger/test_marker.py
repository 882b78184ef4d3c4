"""The marker of a writer: what it says, and that what it said before is gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gitcoord.ledger import marker

if TYPE_CHECKING:
    from pathlib import Path


def test_says_what_was_put_last(tmp_path: Path) -> None:
    """Nothing before the first and after the end; nothing is left of a longer one, and the file does not grow."""
    assert marker.read(tmp_path) == ([], 0.0)
    many = [f"refs/coord/sessions/s-{number:08x}/log" for number in range(1000)]
    for refs in (["refs/a", "refs/b"], ["refs/c"], many, ["refs/d"]):
        before = time.time()
        marker.put(tmp_path, refs)
        found, begun = marker.read(tmp_path)
        assert found == refs
        assert before - 1 < begun < time.time() + 1
        marker.clear(tmp_path)
        assert marker.read(tmp_path)[0] == []
    assert (tmp_path / marker.NAME).stat().st_size <= marker.SMALL
