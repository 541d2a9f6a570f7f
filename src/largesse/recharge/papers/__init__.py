"""Receipts, credit notes and terms: what was agreed and paid, as it was printed.

Numbers have no gaps (decision 9); the same paper is always the same bytes.
"""
