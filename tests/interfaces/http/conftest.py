"""A server for all tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo
    from support.serving import Served


@pytest.fixture(scope="module")
def served(shared_repo: Repo) -> Iterator[Served]:
    """A server of the module's repository."""
    with serving(shared_repo) as found:
        yield found
