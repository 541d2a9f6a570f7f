"""Recharge: packs, quotes, orders, and crediting what was paid, exactly once.

An order is reviewed, confirmed, paid on the provider's page and settled from the
provider's notice, the buyer's own check or the sweeper, whichever comes first.
What a provider is called and how it signs is the business of `payments`; how
coins are booked is the ledger's.
"""

from __future__ import annotations

from largesse.recharge.auto_run import sweep_auto_recharges
from largesse.recharge.health import probe_providers
from largesse.recharge.model import Recharge, RechargeRules, State
from largesse.recharge.packs import smallest_fitting_pack
from largesse.recharge.price import Pack
from largesse.recharge.recharging import RechargeNews, Recharging, Tell
from largesse.recharge.reconcile import reconcile_file
from largesse.recharge.saved import forget_methods
from largesse.recharge.settlement_store import OddLine, SettlementFile, odd_lines
from largesse.recharge.sweep import ROUND_MAX, expire_recharges, sweep_recharges
from largesse.recharge.sweep_refunds import sweep_refunds

__all__ = [
    "ROUND_MAX",
    "OddLine",
    "Pack",
    "Recharge",
    "RechargeNews",
    "RechargeRules",
    "Recharging",
    "SettlementFile",
    "State",
    "Tell",
    "expire_recharges",
    "forget_methods",
    "odd_lines",
    "probe_providers",
    "reconcile_file",
    "smallest_fitting_pack",
    "sweep_auto_recharges",
    "sweep_recharges",
    "sweep_refunds",
]
