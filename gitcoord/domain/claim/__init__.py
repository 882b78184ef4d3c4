"""Claims: scopes that a session holds. Asking for them, waiting, giving them up, taking over what was left behind."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "claim": Summary(
        "Claim paths, globs or named resources.",
        (
            "claim src/auth 'tests/auth/**' -m 'new login'",
            "claim slot:deploy --wait 10m",
            "claim --any port:3000-3099",
        ),
    ),
    "release": Summary(
        "Release what this session holds.", ("release src/auth -m 'the new login is done'", "release --all")
    ),
    "renew": Summary("Renew the lease, or the deadlines of claims.", ("renew", "renew src/auth --ttl 2h"), "renewing"),
    "claims": Summary("List who holds what.", ("claims", "claims src --of alice"), "listing"),
    "check": Summary(
        "Ask whether paths are free or claimed by this session.",
        ("check src/auth/login.py", "check --range origin/main..HEAD"),
        "checking",
    ),
}
