"""Claims: scopes that a session holds. Asking for them, waiting, giving them up, taking over what was left behind."""
