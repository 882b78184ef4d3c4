"""Loose objects, inflated no further than their header says and the schema allows."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

from gitcoord.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = 32
"""Bytes in which the header of any object ends."""


def read(path: str, most: Mapping[str, int]) -> bytes:
    """The whole of a loose object, its header included.

    `most` says how many bytes an object of each kind may have; no other kind is known. Raises `OSError` where there is
    no such file, `ValueError` where it is damaged, `TooLarge` where its header says that it is larger.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        packed = os.read(fd, 65536)
        stream = zlib.decompressobj()
        start = stream.decompress(packed, _HEADER)
        kind, size = _header(start)
        if kind not in most:
            raise ValueError(f"{path} holds an object of another kind")
        if size > most[kind]:
            raise TooLarge(f"the {kind} {path}", size, most[kind])
        parts = [stream.unconsumed_tail]
        while part := os.read(fd, 65536):
            parts.append(part)
        whole = start + stream.decompress(b"".join(parts), size + _HEADER)
    except zlib.error as error:
        raise ValueError(f"{path} is damaged") from error
    finally:
        os.close(fd)
    if not stream.eof or len(whole) != start.index(b"\0") + 1 + size:
        raise ValueError(f"{path} is damaged")
    return whole


def beginning(path: str, most: int) -> bytes:
    """The first bytes of a loose object's content, `most` of them. Raises `OSError`, `ValueError`."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return zlib.decompressobj().decompress(os.read(fd, most), most).partition(b"\0")[2]
    except zlib.error as error:
        raise ValueError(f"{path} is damaged") from error
    finally:
        os.close(fd)


def _header(start: bytes) -> tuple[str, int]:
    kind, _, size = start.partition(b"\0")[0].decode("ascii", "replace").partition(" ")
    if b"\0" not in start or not size.isascii() or not size.isdigit():
        raise ValueError("an object without a header")
    return kind, int(size)
