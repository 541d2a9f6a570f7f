"""Who may come in: the local accounts we name, by what the kernel says they are."""

from __future__ import annotations

from pathlib import Path

from .identity import Identity

SUPERUSER = "postgres"
OWNER = "largesse_owner"
APPLICATION = "largesse_app"

_HBA = """\
# Written at every start. The kernel says who is at the other end of the socket; nobody is
# trusted by word, nobody comes over the network, and there is no password to steal.
local all all peer map=largesse
local replication postgres peer map=largesse
"""


def write_doors(cluster: Path, *, server: Identity, application: Identity) -> None:
    """Let the application in as its two roles, and the server's own account as superuser too.

    Written at every start, because the application's account may change between two.
    """
    lines = [_entry(server, SUPERUSER)]
    for identity in dict.fromkeys((server, application)):
        lines += [_entry(identity, OWNER), _entry(identity, APPLICATION)]
    for name, text in (("pg_hba.conf", _HBA), ("pg_ident.conf", "".join(lines))):
        path = cluster / name
        path.write_text(text)
        path.chmod(0o600)
        server.give(path)


def _entry(identity: Identity, role: str) -> str:
    # Quotes keep a name of odd characters from being read as a pattern or a second field.
    name = identity.name.replace('"', '""')
    return f'largesse "{name}" {role}\n'
