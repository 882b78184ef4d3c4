"""Names that look like secrets: files that are not to leave this machine, nor to be kept, unless somebody says so."""

from __future__ import annotations

_NAMES = frozenset(
    {
        *(".env", ".envrc", ".netrc", "_netrc", ".pgpass", ".htpasswd", ".git-credentials", ".npmrc", ".pypirc"),
        *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials", "credentials.json", "secrets.json"),
        *("secrets.yml", "secrets.yaml", "service-account.json", "master.key"),
    }
)
_ENDS = (".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".tfstate", ".tfvars")
_HARMLESS = (".example", ".sample", ".template", ".dist", ".pub")


def looks_secret(path: str) -> bool:
    """Whether the name of a file looks like that of a secret: `.env`, `.env.local`, `server.pem`, `id_rsa`."""
    name = path.rpartition("/")[2].lower()
    if name.endswith(_HARMLESS):
        return False
    return name in _NAMES or name.startswith(".env.") or name.endswith(_ENDS)
