"""Names that look like secrets, and sizes as people write them."""

from __future__ import annotations

import pytest

from gitcoord.errors import Usage
from gitcoord.policy import size
from gitcoord.policy.secret import looks_secret


@pytest.mark.parametrize("path", [".env", "a/.ENV", ".env.local", "x/server.pem", "id_rsa", "k/deploy.key", ".netrc"])
def test_names_of_secrets(path: str) -> None:
    """In any directory, in any case."""
    assert looks_secret(path)


@pytest.mark.parametrize("path", [".env.example", "id_rsa.pub", "environment", "src/key.py", "pem/readme", "a.env.md"])
def test_names_of_others(path: str) -> None:
    """Templates, public keys and mere likeness are no secrets."""
    assert not looks_secret(path)


def test_sizes() -> None:
    """Units as git has them; anything else is refused."""
    assert [size.parse(text) for text in ("0", "12", "3k", "2M", "1g")] == [0, 12, 3072, 2 << 20, 1 << 30]
    for text in ("", "k", "-1", "1t", "1.5m", "9" * 20):
        with pytest.raises(Usage):
            size.parse(text)
    assert [size.show(count) for count in (1, 500, 2048, 3 << 20)] == ["1 byte", "500 bytes", "2 KiB", "3.0 MiB"]
