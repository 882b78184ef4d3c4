"""`python -m gitcoord`: the same as `git coord`."""

from gitcoord.interfaces.cli.main import main

main()
