"""Rules of docs/protocol.md, each with the line that keeps it and the test that fails without that line.

`rows` is the table. `python -m tests.protocol` takes each line out of a copy of the package and runs its test there.
"""
