"""The App Store: what Apple signs, and its financial report.

Everybody else sees the port.
"""
