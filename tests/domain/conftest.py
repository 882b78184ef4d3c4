"""What the tests of the nouns have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.world import ME, OTHER, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A ledger with two sessions and nothing else."""
    world = World(tmp_path / "store.git")
    world.start(ME)
    world.start(OTHER)
    return world
