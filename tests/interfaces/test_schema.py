"""The JSON Schemas of the commands: what the program answers is what they say."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gitcoord.interfaces import registry

if TYPE_CHECKING:
    from conftest import Repo

ASKED = {
    "claim": "claim hello.txt",
    "claims": "claims",
    "check": "check hello.txt",
    "release": "release --all",
    "number": "number migrations",
    "rules": "rules",
    "sessions": "sessions",
    "task add": "task add 'a title'",
    "task list": "task list",
    "state set": "state set plan goal 1",
    "start": "start bob",
    "whoami": "whoami",
    "match": "match 'review the login'",
}


def schema_of(repo: Repo, name: str) -> dict[str, Any]:
    """What the program says of a command."""
    return repo.here("help", "--schema", *name.split(), "--json", check=True).json


@pytest.mark.parametrize("name", sorted(registry.commands()))
def test_every_command_has_schemas(bare_repo: Repo, name: str) -> None:
    """They are schemas, and name every field that is required."""
    said = schema_of(bare_repo, name)
    for part in (said["request"], said["answer"]):
        jsonschema.Draft202012Validator.check_schema(part)
        assert set(part["required"]) <= set(part["properties"])
    assert said["does"] in ("reads", "records", "destroys")


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_is_what_its_schema_says(repo: Repo, name: str) -> None:
    """No field that is required is missing, none has another type."""
    repo.here("start", "alice", check=True)
    said = repo.here(*shlex.split(ASKED[name]), "--json", check=True).json
    schema = schema_of(repo, name)["answer"]
    jsonschema.validate(said, schema)
    assert set(said) <= {*schema["properties"], "reason"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({key: value for key, value in said.items() if key != "as_of"}, schema)


def test_what_has_no_schema_is_said(bare_repo: Repo) -> None:
    """With those that have one."""
    assert "there are: " in bare_repo.here("help", "--schema", "demo").err
    assert bare_repo.here("help", "--schema").status == 2
