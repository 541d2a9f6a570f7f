"""People: sign-up, sign-in, sessions and a person's own settings.

Passwords and tokens are kept only as hashes. What a person may spend is the
business of `wallet` and `recharge`; this package only knows who they are.
"""

from largesse.people.model import (
    AgeRestricted,
    PublicName,
    Viewer,
    adult_age,
    age_on,
    require_adult,
)
from largesse.people.read import names, person_by_handle, person_by_id, viewer_of
from largesse.people.sign_up import Newcomer, sign_up

__all__ = [
    "AgeRestricted",
    "Newcomer",
    "PublicName",
    "Viewer",
    "adult_age",
    "age_on",
    "names",
    "person_by_handle",
    "person_by_id",
    "require_adult",
    "sign_up",
    "viewer_of",
]
