"""People: sign-up, sign-in, sessions and a person's own settings.

Passwords and tokens are kept only as hashes. What a person may spend is the
business of `wallet` and `recharge`; this package only knows who they are.
"""

from largesse.people.factor import FactorKeys
from largesse.people.factors import Factors, has_second_factor
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
from largesse.people.read import (
    addresses,
    names,
    person_by_handle,
    person_by_id,
    person_by_no,
    viewer_of,
)
from largesse.people.record import AccountRecord, account_record
from largesse.people.sign_up import Newcomer, sign_up
from largesse.people.step_up import StepUp, require_step_up

__all__ = [
    "AccountRecord",
    "AgeRestricted",
    "FactorKeys",
    "Factors",
    "Newcomer",
    "OperatorsOnly",
    "PublicName",
    "StepUp",
    "Viewer",
    "account_record",
    "addresses",
    "adult_age",
    "age_on",
    "grant_operator",
    "has_second_factor",
    "names",
    "person_by_handle",
    "person_by_id",
    "person_by_no",
    "require_adult",
    "require_operator",
    "require_step_up",
    "revoke_operator",
    "sign_up",
    "viewer_of",
]
