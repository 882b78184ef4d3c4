"""What is put into a file beside the settings of others, and comes out again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.domain.agent import jsontext
from gitcoord.domain.agent.merge import Entry, Plan, put_in, taken_out, wanted
from gitcoord.errors.agent import NotParsed, Unfit

PLACES = (("hooks", "Stop"), ("servers", "coord"))
PLAN = Plan(
    (
        Entry(("permissions", "allow"), "ours *"),
        Entry(("hooks", "Stop"), {"hooks": [{"type": "command", "command": "ours || exit 0"}]}),
        Entry(("servers",), {"command": "git", "args": ["ours"]}, "coord"),
    ),
    lambda path, value: value == "ours *" or (path in PLACES and isinstance(value, dict) and "ours" in str(value)),
)

FOREIGN = {
    "nothing": "{}",
    "two spaces": '{\n  "a": 1,\n  "hooks": {\n    "Stop": [\n      {"hooks": [{"command": "x"}]}\n    ]\n  }\n}\n',
    "four spaces": '{\n    "permissions": {\n        "allow": [\n            "theirs"\n        ]\n    }\n}',
    "tabs": '{\n\t"servers": {\n\t\t"other": {\n\t\t\t"command": "x"\n\t\t}\n\t}\n}\n',
    "windows": '{\r\n  "a": {\r\n    "b": [1, 2]\r\n  },\r\n  "hooks": {"Stop": [1]}\r\n}\r\n',
    "a mark before it": '\ufeff{\n  "a": 1\n}\n',
    "one line": '{"a": 1, "permissions": {"allow": ["theirs"], "deny": ["no"]}, "b": [true, null]}',
    "no space": '{"a":1,"permissions":{"allow":["theirs"]},"servers":{"x":{}}}',
    "comments": '// mine\n{\n  "a": 1, // one, {two}\n  /* "hooks" */\n  "hooks": { // mine\n    "Stop": [1] // last'
    "\n    // more\n  } /* end */ // really\n  // the end,\n}\n// after\n",
    "trailing commas": '{\n  "permissions": {\n    "allow": [\n      "theirs", // and\n    ],\n  },\n  '
    '"hooks": {"Stop": [1,],},\n}\n',
    "space at the ends of lines": '{ \n  "a": 1  ,  \n  "hooks": {"x": 2}  \n}  \n\n',
    "escapes": '{"\\u0061\\"}": "//no, [", "servers": {"\\\\": "/* no */"}}',
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_what_was_put_in_comes_out_and_leaves_every_byte(text: str) -> None:
    """Whatever indents it, ends its lines, comments it or ends in commas: what others wrote stays as it is."""
    whole = put_in(text, PLAN)
    assert put_in(whole, PLAN) == whole
    assert not wanted(whole, PLAN)
    assert taken_out(whole, PLAN) == (text if text != "{}" else None)


def test_what_is_edited_meanwhile_stays() -> None:
    """Behind, before and within what is ours."""
    whole = put_in('{\n  "a": 1\n}\n', PLAN)
    edited = whole.replace('"a": 1', '"a": 2,\n  "new": [3]').replace('"ours *"', '"ours *",\n      "theirs"')
    edited = edited.replace("\n}\n", ',\n  "z": {}\n}\n')
    left = taken_out(edited, PLAN)
    assert left is not None and "ours" not in left
    assert json.loads(left) == {"a": 2, "new": [3], "permissions": {"allow": ["theirs"]}, "z": {}}


def test_what_was_there_before_stays_where_the_text_of_before_is_known() -> None:
    """An empty object, and a line like ours that somebody typed."""
    before = '{\n  "permissions": {"allow": ["ours *"]},\n  "hooks": {}\n}\n'
    whole = put_in(before, PLAN)
    assert taken_out(whole, PLAN) != before, "so the text of before has to be kept"
    left = taken_out(whole.replace("{\n", '{\n  "b": 1,\n', 1), PLAN, before)
    assert left is not None
    assert json.loads(left) == {"b": 1, "permissions": {"allow": ["ours *"]}, "hooks": {}}


@pytest.mark.parametrize(
    "text", ["{", '{"a" 1}', "[1 2]", '{"a": }', "{} x", '{"a": 01}', '{"a": "\n"}', "{a: 1}", "[" * 5000]
)
def test_what_is_not_json_is_refused_with_its_line(text: str) -> None:
    """And not mended by guessing."""
    with pytest.raises(NotParsed):
        put_in(text, PLAN)


@pytest.mark.parametrize("text", ['{"hooks": 1}', '{"permissions": {"allow": {}}}', "[]", '{"servers": []}'])
def test_what_has_another_shape_is_refused(text: str) -> None:
    """An array where an object is needed, a number where an array is."""
    with pytest.raises(Unfit):
        put_in(text, PLAN)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", 'a"b', "//", "x, y", "{", "ä"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)
documents = st.fixed_dictionaries(
    {"k": values},
    optional={
        "permissions": st.fixed_dictionaries({}, optional={"allow": st.lists(values, min_size=1), "deny": values}),
        "hooks": st.dictionaries(st.sampled_from(["Stop", "Start"]), st.lists(values, min_size=1), min_size=1),
        "servers": st.dictionaries(st.sampled_from("xy"), values, min_size=1),
    },
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from([None, 1, 2, 4, "\t"]), st.booleans(), st.randoms(use_true_random=False))
def test_every_text_reads_as_it_did_and_comes_back(document: Any, indent: Any, ascii_: bool, random: Any) -> None:
    """However a program printed it, and with comments strewn in: the same data, ours added, and back again."""
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_)
    if indent is not None:
        lines = text.split("\n")
        text = "\n".join(line + random.choice(["", "", " ", " // c, [", " /* } */"]) for line in lines) + "\n"
    whole = put_in(text, PLAN)
    data = jsontext.parse(whole).plain()
    assert data["k"] == document["k"] and data["servers"]["coord"]["args"] == ["ours"]
    assert data["permissions"]["allow"][-1] == "ours *"
    back = taken_out(whole, PLAN)
    if document.get("permissions") == {}:
        assert taken_out(whole, PLAN, text) is not None
    else:
        assert back == text
