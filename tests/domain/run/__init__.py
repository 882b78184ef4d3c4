"""Commands that run while a session holds a claim."""
