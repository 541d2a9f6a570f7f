"""Settlement files: what a provider collected, kept and paid out, matched with our orders.

Fees and payouts are booked with the lines that tell them.
"""
