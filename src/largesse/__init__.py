"""Largesse: a self-hosted coin economy for live creators."""

__version__ = "0.1.0"
