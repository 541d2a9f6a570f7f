"""Creators: what they earned, how sure it is, and from which gifts.

Eligibility, payouts and rails join here later; the split of one gift is a rule of
`gifts`, because it is stored with the gift.
"""

from largesse.creators.earnings import Earnings, earnings

__all__ = ["Earnings", "earnings"]
