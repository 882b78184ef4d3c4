"""Pure rules over plain values: scopes, leases, identity, verdicts. Imports nothing but the standard library."""
