"""Stripe: pages, facts, kept methods, and its settlement file.

Types of its SDK stay in here; everybody else sees the port.
"""
