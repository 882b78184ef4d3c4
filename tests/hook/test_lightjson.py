"""JSON without `import json` says what `json` says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitcoord.kernel import lightjson

VALUES: list[Any] = [
    None,
    True,
    0,
    -3,
    10**19,
    "",
    'a"\\\n\x00\u00e9\u2028\U0001f600\udcff',
    [],
    {},
    [1, ["x", {"k": [None]}]],
]


@pytest.mark.parametrize("value", VALUES)
def test_round_trip(value: object) -> None:
    """What is written is read back, by this and by `json`."""
    text = lightjson.dumps(value)
    assert text.isascii()
    assert json.loads(text) == value
    assert lightjson.loads(f" \n{text}\t ".encode()) == value


def test_bytes_that_are_no_utf8() -> None:
    """A text may have any bytes, as the path of a claim may; they are surrogate escapes, as everywhere."""
    assert lightjson.loads(b'["by\xffte"]') == ["by\udcffte"]


@pytest.mark.parametrize(
    "text",
    [b"", b" ", b"{", b"[1,]", b"{'a': 1}", b"1 2", b"NaN", b"-Infinity", b'"\n"', b"\xff", b"[" * 100_000, b"nul"],
)
def test_malformed(text: bytes) -> None:
    """Anything that is no JSON is a ValueError, NaN included."""
    with pytest.raises(ValueError):
        lightjson.loads(text)


def test_floats_are_read_and_not_written() -> None:
    """Numbers with a point are read; nobody here writes one."""
    assert lightjson.loads(b"1.5e1") == 15.0
    with pytest.raises(TypeError):
        lightjson.dumps(1.5)


@pytest.mark.parametrize("text", [b"[]", b"1", b"null"])
def test_record(text: bytes) -> None:
    """A record is an object and nothing else."""
    assert lightjson.record(b'{"a": 1}') == {"a": 1}
    with pytest.raises(ValueError):
        lightjson.record(text)


def test_without_the_c_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without the C part reads and writes the same."""
    monkeypatch.setitem(sys.modules, "_json", None)
    value: dict[str, Any] = {"a": [1, "\u00e9"]}
    assert lightjson.loads(lightjson.dumps(value).encode()) == value
    for text in (b"{", b"", b"1 2"):
        with pytest.raises(ValueError):
            lightjson.loads(text)


@pytest.mark.parametrize("text", ['{"a": ', '{"a"', '{"a": 1', '["a', "[1,", '"\x00"', "{'a'}"])
def test_malformed_text_where_json_is_not_loaded(text: str) -> None:
    """In a hook the module `json` is not there, whose error the scanner wants to raise: it is a `ValueError` too."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from gitcoord.kernel import lightjson\n"
        "try: lightjson.parse(sys.argv[2].replace('NUL', chr(0)))\n"
        "except ValueError: print('json' in sys.modules)\n"
    )
    root = str(Path(lightjson.__file__).parents[2])
    argv = [sys.executable, "-I", "-S", "-c", script, root, text.replace("\x00", "NUL")]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == "False\n"
