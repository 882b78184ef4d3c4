"""The tutorial in docs/tutorial.md, played by a test."""
