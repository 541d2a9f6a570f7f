"""Help that needs nobody: how the providers are, and where somebody's coins are.

Every answer comes from the facts of an order.
"""
