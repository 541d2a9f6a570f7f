"""People: sign-up, sign-in, sessions and a person's own settings.

Passwords and tokens are kept only as hashes. What a person may spend is the
business of `wallet` and `recharge`; this package only knows who they are.
"""

from largesse.people.model import (
    AgeRestricted,
    OperatorsOnly,
    PublicName,
    Viewer,
    adult_age,
    age_on,
    require_adult,
    require_operator,
)
from largesse.people.operators import grant_operator, revoke_operator
from largesse.people.read import addresses, names, person_by_handle, person_by_id, viewer_of
from largesse.people.record import AccountRecord, account_record
from largesse.people.sign_up import Newcomer, sign_up

__all__ = [
    "AccountRecord",
    "AgeRestricted",
    "Newcomer",
    "OperatorsOnly",
    "PublicName",
    "Viewer",
    "account_record",
    "addresses",
    "adult_age",
    "age_on",
    "grant_operator",
    "names",
    "person_by_handle",
    "person_by_id",
    "require_adult",
    "require_operator",
    "revoke_operator",
    "sign_up",
    "viewer_of",
]
