"""Nested fields as Stripe's libraries write them: `a[b][0][c]=d`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl


def read_form(text: str) -> dict[str, Any]:
    """The nested form; numbered keys become lists, all values stay text."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        if name.endswith("[]"):
            tree.setdefault(first, {})[str(len(tree.get(first, {})))] = value
            continue
        branch, path = tree, [first, *rest]
        for part in path[:-1]:
            branch = branch.setdefault(part, {})
        branch[path[-1]] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_listed(value[name]) for name in sorted(value, key=int)]
    return {name: _listed(inner) for name, inner in value.items()}
