"""Largesse: a self-hosted coin economy for live creators.

One folder a feature, named in the field's words; `main.py` alone knows them all. Which
folder may import which is written in pyproject.toml and explained in CONTRIBUTING.md.
"""

__version__ = "0.1.0"
