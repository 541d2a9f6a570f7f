"""PayPal: orders that we capture, and notices signed with its certificate.

Everybody else sees the port.
"""
