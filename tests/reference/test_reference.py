"""The options in the reference and in the man page are those of the commands."""

from __future__ import annotations

import pytest

from .page import MAN, REFERENCE, man, own_options, reference

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:click", "ignore::DeprecationWarning:typer")


def test_the_tables_of_the_reference_are_those_of_the_commands() -> None:
    """Where this fails: `python -m tests.reference` writes them."""
    assert reference(REFERENCE.read_text()) == REFERENCE.read_text()


def test_the_options_in_the_man_page_are_those_of_the_commands() -> None:
    """Where this fails: `python -m tests.reference` writes them."""
    assert man(MAN.read_text()) == MAN.read_text()


def test_a_page_that_differs_is_found_out() -> None:
    """A changed, a missing and a superfluous row are each put right."""
    text = REFERENCE.read_text()
    row = next(line for line in text.splitlines() if line.startswith("| `--purge`"))
    for wrong in (row.replace("purge", "purged"), "", f"{row}\n| `--old` | Old. |"):
        changed = text.replace(row + "\n", wrong and wrong + "\n")
        assert reference(changed) == text != changed
    assert "--purge" in {spelled for option in own_options("uninit") for spelled in option.names}
