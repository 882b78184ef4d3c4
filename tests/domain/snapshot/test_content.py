"""What a snapshot says of itself, read back: nothing that leads out of a working tree is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitcoord.domain.snapshot.content import Content, Left, Version, decode, encode
from gitcoord.errors import Unreadable
from gitcoord.kernel.staging import Entry
from gitcoord.policy.ids import Oid

OID = Oid("a" * 40)
ONE = Content(
    OID,
    "main",
    "/home/ana/repo",
    "merge",
    [
        Version(b"caf\xe9\n", Entry("100644", OID), Entry("100755", OID), Entry("120000", OID)),
        Version(b"u", stages=(Entry("100644", OID),) * 3, file=Entry("100644", OID)),
        Version(b"i", file=Entry("100644", OID), intent=True),
    ],
    [Left(".env", "secret", 12)],
)


def test_content_is_read_as_it_was_written() -> None:
    """Odd names, unmerged paths and what was left out come back."""
    assert decode(encode(ONE)) == ONE


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", ".git/hooks/x", "a/.GIT/x", "a\0b", "a/" * 200]
)
def test_path_that_leads_elsewhere_is_refused(path: str) -> None:
    """A snapshot of somebody else may name no path outside of a working tree or in a git directory."""
    record = json.loads(encode(ONE))
    record["paths"] = [{"path": path, "file": ["100644", OID]}]
    with pytest.raises(Unreadable):
        decode(json.dumps(record).encode())


@pytest.mark.parametrize(
    "item",
    [{"path": "a", "file": ["100664", OID]}, {"path": "a", "file": ["100644", "-x"]}, {"path": "a", "file": 3}, 7, {}],
)
def test_malformed_version_is_refused(item: Any) -> None:
    """Modes and ids are git's, or the snapshot is damaged."""
    record = json.loads(encode(ONE))
    record["paths"] = [item]
    with pytest.raises(Unreadable):
        decode(json.dumps(record).encode())
    with pytest.raises(Unreadable):
        decode(b"[" * 100_000)
