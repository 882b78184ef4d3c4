"""All kinds of events, by name. That of a noun is loaded when the first event of it is folded or shown."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gitcoord.domain import NOUNS
from gitcoord.ledger.event import STATEMENTS

if TYPE_CHECKING:
    from gitcoord.domain.kind import Kind
    from gitcoord.ledger.fold import Apply, Kinds

_NOUN_OF = {kind: noun for noun, has in NOUNS.items() for kind in has.kinds.split()}

NAMES = tuple(_NOUN_OF)
"""Every kind that this program knows; others are shown, too."""


class _Kinds(Mapping[str, "Kind"]):
    """All kinds."""

    def __init__(self) -> None:
        self._loaded: dict[str, Kind] = {}

    def __getitem__(self, name: str) -> Kind:
        if name not in self._loaded:
            module = importlib.import_module(f"gitcoord.domain.{_NOUN_OF[name]}.kinds")
            self._loaded |= {kind.name: kind for kind in module.KINDS}
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


class _Applied(Mapping[str, "Apply"]):
    """What each kind of operation does to the state."""

    def __getitem__(self, name: str) -> Apply:
        if name in STATEMENTS:
            raise KeyError(name)
        apply = ALL[name].apply
        assert apply is not None
        return apply

    def __iter__(self) -> Iterator[str]:
        return (name for name in NAMES if name not in STATEMENTS)

    def __len__(self) -> int:
        return sum(1 for _ in self)


ALL: Mapping[str, Kind] = _Kinds()
KINDS: Kinds = _Applied()
"""What each kind of operation of schema 1 does to the state: what the ledger folds with."""
