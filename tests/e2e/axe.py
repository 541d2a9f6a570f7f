"""axe-core, run on what is on the screen, in both themes, on a phone's width and a desk's."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.e2e.visitor import Visitor

SCRIPT = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = ((360, 740), (1440, 900))
THEMES = ("dark", "light")

RUN = """async () => {
  await document.fonts.ready;
  await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
  await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => one)));
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, help, nodes }) => ({
    id, help, where: nodes.map((node) => node.html.slice(0, 160) + " -> " + node.failureSummary),
  }));
}"""


@cache
def axe_source() -> str:
    """The checker itself, as the front end's packages bring it."""
    return SCRIPT.read_text(encoding="utf-8")


async def violations(visitor: Visitor, screen: str) -> list[str]:
    """Everything that axe finds on this screen, one line a rule, theme and width."""
    page = visitor.page
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(axe_source())
    found = []
    before = page.viewport_size
    for theme in THEMES:
        await visitor.turns(theme)
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            where = f"{screen}, {theme}, {width} px"
            found += [told(one, where) for one in await page.evaluate(RUN)]
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                found.append(f"{where}: {wide} px wider than the window")
    if before is not None:
        await page.set_viewport_size(before)
    return found


def told(one: dict[str, Any], where: str) -> str:
    """A violation in a line, with the element that breaks the rule."""
    return f"{where}: {one['id']} ({one['help']})\n    {json.dumps(one['where'][:3])}"
