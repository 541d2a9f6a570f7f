"""Find an account by its number or in words: `1042100`, `mira:paid`, `house:deferred_revenue`."""

from __future__ import annotations

from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import NotFound
from largesse.ledger import CHART, HOUSE, account, code_named, name_of, word_of
from largesse.payments import PARTIES
from largesse.people import names, person_by_handle
from largesse.reporting.shapes import AccountShown

# The house and the providers; whoever has such a handle is found by number.
OWN = {"house": HOUSE} | PARTIES
_CODES = {line.code for line in CHART}
_WIDTH = 1000


async def account_named(database: Database, text: str) -> AccountShown:
    """The account that a person means; raises `NotFound`.

    A number needs only a line in the chart: the books outlive the people in them.
    """
    async with database.read() as connection:
        number = await _number(connection, text)
        return AccountShown(number, await _words(connection, number), name_of(number))


async def _number(connection: Connection, text: str) -> int:
    who, colon, what = text.partition(":")
    if not colon:
        return _checked(text)
    code = code_named(what)
    if code is None:
        raise NotFound(f"There is no kind of account called {what[:40]!r}.")
    party = OWN.get(who)
    if party is None:
        party = (await person_by_handle(connection, handle=who)).no
    return account(party, code)


def _checked(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
    if not _WIDTH < number < 2**63 or number % _WIDTH not in _CODES:
        raise NotFound(f"There is no account {text[:40]!r}.")
    return number


async def _words(connection: Connection, number: int) -> str:
    party, code = divmod(number, _WIDTH)
    own = {known: name for name, known in OWN.items()}
    person = (await names(connection, [party])).get(party)
    who = own.get(party) or (person.handle if person else None)
    return f"{who}:{word_of(code)}" if who else str(number)
