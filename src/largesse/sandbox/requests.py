"""What a merchant sends: to open a checkout, to charge a kept method, to give money back."""

from __future__ import annotations

import msgspec

from largesse.sandbox.model import Faults


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a merchant sends to open a checkout."""

    reference: str
    amount: int
    currency: str
    return_url: str
    method: str = "card"
    description: str = ""
    expires_at: int | None = None
    attempts_max: int = 5
    metadata: dict[str, str] = {}
    faults: Faults = Faults()
    customer: str = ""
    save: bool = False


class Charging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a merchant sends to collect with a kept method."""

    customer: str
    token: str
    reference: str
    amount: int
    currency: str
    method: str = "card"
    description: str = ""


class Refunding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a merchant sends to give money back."""

    amount: int
