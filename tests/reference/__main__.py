"""Write the tables of options anew: `python -m tests.reference`."""

from __future__ import annotations

from .page import MAN, REFERENCE, man, reference

if __name__ == "__main__":
    REFERENCE.write_text(reference(REFERENCE.read_text()))
    MAN.write_text(man(MAN.read_text()))
