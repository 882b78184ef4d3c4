"""Roles: what their bearers may do, as the rules of the ledger have it."""
