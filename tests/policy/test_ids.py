"""What has the form of an id."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gitcoord.policy.ids import EventId, Oid, SessionId, StoreOid, may_begin

PACKAGE = Path(__file__).parents[2] / "gitcoord"

SHA1, SHA256, EVENT = "0a" * 20, "0a" * 32, "0a" * 16

FORMS = {
    Oid: ((SHA1, SHA256), (SHA1[:-1], SHA1 + "0", SHA1.upper(), "g" * 40, "0" * 39 + "\n", "")),
    StoreOid: ((SHA1,), (SHA256, SHA1[:-1], "g" * 40, "")),
    EventId: ((EVENT,), (EVENT[:-1], EVENT + "0", EVENT.upper(), SHA1, "../" + "0" * 29, "")),
    SessionId: (("alice-eb8c5664", "a" * 60), ("", "a" * 61, "Alice-eb8c5664", "a/b", "a.b", "a b", "é-eb8c5664")),
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_an_id_is_a_text_of_its_form_and_no_other(form: type[Oid]) -> None:
    """`parse` returns what has the form, as that type, and raises for the rest."""
    right, wrong = FORMS[form]
    for text in right:
        assert type(form.parse(text)) is form
        assert form.parse(text) == text
    for text in wrong:
        with pytest.raises(ValueError, match="is not a"):
            form.parse(text)


@pytest.mark.parametrize(("text", "enough"), [("0a0a", True), ("0a0", False), ("", False), ("0a0g", False)])
def test_four_digits_are_enough_to_name_an_id(text: str, enough: bool) -> None:
    """Fewer digits, or other characters, name nothing."""
    assert may_begin(text) is enough


def test_the_digits_of_an_id_are_looked_at_in_one_place() -> None:
    """Elsewhere nobody writes down again which characters an id has."""
    alphabets = {"0123456789abcdef", "abcdefghijklmnopqrstuvwxyz0123456789-"}
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in alphabets
    }
    assert found == {"policy/ids.py"}
