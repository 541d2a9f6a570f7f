"""Coins that an app store sold: proved, acknowledged, watched, and compared with the web.

One store purchase credits one order.
"""
