"""Offers and coupons: what lowers a price, and how often it may.

One is used up when an order is confirmed and given back when it comes to nothing.
"""
