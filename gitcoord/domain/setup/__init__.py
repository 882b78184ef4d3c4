"""Setting a repository up, looking after it, and taking everything out again."""
