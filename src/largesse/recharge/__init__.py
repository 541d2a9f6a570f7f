"""Recharge: packs, quotes, orders, and crediting what was paid, exactly once.

An order is reviewed, confirmed, paid on the provider's page and settled from the
provider's notice, the buyer's own check or the sweeper, whichever comes first.
What a provider is called and how it signs is the business of `payments`; how
coins are booked is the ledger's.
"""

from __future__ import annotations

from largesse.recharge.auto.run import sweep_auto_recharges
from largesse.recharge.codes.model import CodeKind
from largesse.recharge.codes.redeem import issue_codes, void_codes
from largesse.recharge.help.health import probe_providers
from largesse.recharge.model import Recharge, RechargeRules, State
from largesse.recharge.packs import smallest_fitting_pack
from largesse.recharge.paper import Issuer
from largesse.recharge.papers.receipt import PaperPrinter
from largesse.recharge.papers.receipts import number_papers
from largesse.recharge.price import Pack
from largesse.recharge.recharging import RechargeNews, Recharging, Tell
from largesse.recharge.reductions.add_coupon import NewCoupon, add_coupon
from largesse.recharge.refunds.sweep import sweep_refunds
from largesse.recharge.saved.ways import forget_methods
from largesse.recharge.settlement.reconcile import reconcile_file
from largesse.recharge.settlement.store import OddLine, SettlementFile, odd_lines
from largesse.recharge.stores.acknowledge import acknowledge_purchases
from largesse.recharge.stores.watch import watch_stores
from largesse.recharge.sweep import expire_recharges, sweep_recharges

__all__ = [
    "CodeKind",
    "Issuer",
    "NewCoupon",
    "OddLine",
    "Pack",
    "PaperPrinter",
    "Recharge",
    "RechargeNews",
    "RechargeRules",
    "Recharging",
    "SettlementFile",
    "State",
    "Tell",
    "acknowledge_purchases",
    "add_coupon",
    "expire_recharges",
    "forget_methods",
    "issue_codes",
    "number_papers",
    "odd_lines",
    "probe_providers",
    "reconcile_file",
    "smallest_fitting_pack",
    "sweep_auto_recharges",
    "sweep_recharges",
    "sweep_refunds",
    "void_codes",
    "watch_stores",
]
