"""Tasks: work that is added once, given to one session at a time, and given again where that session is lost."""
