"""What the radar keeps of commits: it has a limit, and what goes beyond is found anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.radar import kept
from gitcoord.policy.ids import Oid
from gitcoord.policy.touching import Footprint

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_footprints_have_a_limit_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few verdicts there are: where there would be too many of them the earlier ones go."""
    monkeypatch.setattr(kept, "FOOTPRINTS", 3)
    mark = Footprint(frozenset({b"a"}))
    base, d, *abc = (Oid(name) for name in ("base", "d", *"abc"))
    with kept.opened(tmp_path, "") as known:
        known.put_footprints({(base, tip): mark for tip in abc})
        known.put_attributes(dict.fromkeys(abc, ()))
        assert set(known.footprints(abc)) == {(base, tip) for tip in abc}
        known.put_footprints({(base, d): mark})
        known.put_attributes({d: ()})
        assert set(known.footprints([*abc, d])) == {(base, d)}
        assert set(known.attributes([*abc, d])) == {d}
