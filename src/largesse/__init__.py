"""Largesse: a coin economy for live creators."""
