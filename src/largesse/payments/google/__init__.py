"""Google Play: pushes that are hints, purchases read again, and its earnings report.

Everybody else sees the port.
"""
