"""JSON values whose numbers stay as they are written, and places in them (JSON Pointer, RFC 6901)."""

from __future__ import annotations

import json
from typing import Any

from gitcoord.errors import Malformed
from gitcoord.kernel.lightjson import loads
from gitcoord.policy import limits


class Number(str):
    """A number as somebody wrote it."""

    __slots__ = ()


def parse(text: object) -> Any:
    """Return the value that a JSON text says, its numbers as `Number`. Raises `Malformed`."""
    if not isinstance(text, str):
        raise Malformed("a value is not a text")
    try:
        content = text.encode()
        if len(content) > limits.VALUE_BYTES:
            raise Malformed(f"a value has more than {limits.VALUE_BYTES} bytes")
        loads(content)  # within the limits of the schema: depth, digits, members of one name
        return _sound(json.loads(text, parse_int=Number, parse_float=Number))
    except ValueError as error:
        raise Malformed("a value is not JSON within the limits") from error


def _sound(value: Any) -> Any:
    """Return the value. Raises `ValueError` where a text in it cannot be written: half of a character."""
    write(value).encode()
    return value


def write(value: Any) -> str:
    """Return the one JSON text of a value: no spaces, members in their order, numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{write(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def steps(pointer: str) -> list[str]:
    """Return the steps of a JSON Pointer. Raises `Malformed`."""
    if not pointer:
        return []
    if pointer[0] != "/" or pointer.count("/") > limits.JSON_DEPTH:
        raise Malformed("a path into a value begins with a slash")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def place(value: Any, where: list[str]) -> Any:
    """Return what stands at a place. Raises `LookupError` where nothing does."""
    for step in where:
        value = value[_index(step, value)] if isinstance(value, list) else _member(value, step)
    return value


def changed(value: Any, where: list[str], new: Any) -> Any:
    """Return the value with `new` at a place; `-` in a list is behind its end. Raises `LookupError`."""
    if not where:
        return new
    above = place(value, where[:-1])
    if isinstance(above, list):
        at = len(above) if where[-1] == "-" else _index(where[-1], above)
        above[at : at + 1] = [new]
    elif isinstance(above, dict):
        above[where[-1]] = new
    else:
        raise LookupError(where[-1])
    return value


def without(value: Any, where: list[str]) -> Any:
    """Return the value without what stands at a place. Raises `LookupError` where nothing does."""
    above = place(value, where[:-1])
    place(above, where[-1:])
    del above[_index(where[-1], above) if isinstance(above, list) else where[-1]]
    return value


def _member(value: Any, step: str) -> Any:
    if not isinstance(value, dict):
        raise LookupError(step)
    return value[step]


def _index(step: str, value: list[Any]) -> int:
    plain = step.isascii() and step.isdigit() and len(step) <= 9 and (step == "0" or step[0] != "0")
    if not plain or int(step) >= len(value):
        raise LookupError(step)
    return int(step)
