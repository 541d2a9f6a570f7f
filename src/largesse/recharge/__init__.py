"""Recharge: packs, quotes, orders, and crediting what was paid, exactly once.

An order is reviewed, confirmed, paid on the provider's page and settled from the
provider's notice, the buyer's own check or the sweeper, whichever comes first.
What a provider is called and how it signs is the business of `payments`; how
coins are booked is the ledger's.
"""

from __future__ import annotations

from largesse.recharge.model import Recharge, RechargeRules, State
from largesse.recharge.packs import smallest_fitting_pack
from largesse.recharge.price import Pack
from largesse.recharge.recharging import RechargeNews, Recharging, Tell
from largesse.recharge.sweep import expire_recharges, sweep_recharges
from largesse.recharge.sweep_refunds import sweep_refunds

__all__ = [
    "Pack",
    "Recharge",
    "RechargeNews",
    "RechargeRules",
    "Recharging",
    "State",
    "Tell",
    "expire_recharges",
    "smallest_fitting_pack",
    "sweep_recharges",
    "sweep_refunds",
]
