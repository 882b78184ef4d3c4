"""Loose objects: written as git writes them, inflated no further than their header says and the schema allows."""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.policy.ids import StoreOid

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


def write(directory: str, oid: StoreOid, whole: bytes) -> None:
    """Write an object, its header included, below the directory of objects. Raises `OSError`.

    It has its name only when it is whole. What a killed process leaves has the name that git gives to such files, and
    `git gc` removes it.
    """
    fan = f"{directory}/{oid[:2]}"
    beside = f"{fan}/tmp_obj_{os.urandom(6).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        fd = os.open(beside, flags, 0o444)
    except FileNotFoundError:
        os.makedirs(fan, exist_ok=True)  # noqa: PTH103 - for each object
        fd = os.open(beside, flags, 0o444)
    try:
        try:
            data = memoryview(zlib.compress(whole, 1))
            while data:
                data = data[os.write(fd, data) :]
        finally:
            os.close(fd)
        os.rename(beside, f"{fan}/{oid[2:]}")  # noqa: PTH104 - for each object
    except OSError:
        with suppress(OSError):
            os.unlink(beside)  # noqa: PTH108
        raise


def _header(start: bytes) -> tuple[str, int]:
    kind, _, size = start.partition(b"\0")[0].decode("ascii", "replace").partition(" ")
    if b"\0" not in start or not size.isascii() or not size.isdigit():
        raise ValueError("an object without a header")
    return kind, int(size)
