"""The words of all mails, in one place; English."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_FRAME = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{subject}</title></head>
<body style="margin:0;background:#f7f6fb;color:#1a1724;font:16px/1.5 Figtree,system-ui,sans-serif">
<div style="max-width:520px;margin:0 auto;padding:32px 24px">
<p style="margin:0 0 24px;font-size:20px;font-weight:700;letter-spacing:-.02em">Largesse</p>
<div style="background:#fff;border:1px solid #dad6e6;border-radius:14px;padding:24px">
{body}</div>
<p style="color:#66617a;font-size:14px;margin:24px 0 0">{why}</p>
</div></body></html>
"""
_LINK = '<p style="margin:0 0 16px"><a href="{url}" style="color:#ab3710">{text}</a></p>\n'


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject and its two bodies, which say the same."""

    subject: str
    text: str
    html: str


def receipt(*, name: str, number: str, coins: str, total: str, paid_with: str, url: str) -> Words:
    """Coins were bought; the receipt is attached. `url` is the order's page."""
    return _words(
        f"Your receipt {number}",
        f"Hello {name},",
        f"thank you. You paid {total} with {paid_with} for {coins}. They are in your wallet,"
        f" and your receipt {number} is attached.",
        links=[("See this recharge", url), ("This wasn't me", f"{url}?report=1")],
        why="You get this mail for every recharge, so that none happens without your knowing.",
    )


def auto_recharge_notice(*, name: str, coins: str, total: str, paid_with: str, url: str) -> Words:
    """Coins were bought without the person pressing a button, as they had asked for."""
    return _words(
        f"Recharged for you: {coins}",
        f"Hello {name},",
        f"your coins ran low, so we recharged {coins} for {total} with {paid_with}, as you set"
        " it up. The receipt follows.",
        links=[
            ("See this recharge, or turn auto-recharge off", url),
            ("This wasn't me", f"{url}?report=1"),
        ],
        why="You get this mail for every automatic recharge.",
    )


def auto_recharge_asks(*, name: str, coins: str, total: str, url: str) -> Words:
    """The bank wants its customer before it pays for an automatic recharge."""
    return _words(
        f"Your bank wants you to confirm {total}",
        f"Hello {name},",
        f"your coins ran low, and we tried to recharge {coins} for {total}, as you set it up."
        " Your bank wants you to confirm it first. Nothing has been charged; you have a day.",
        links=[("Confirm with your bank", url)],
        why="You get this mail when an automatic recharge needs you.",
    )


def auto_recharge_paused(*, name: str, why: str, url: str) -> Words:
    """Auto-recharge stopped by itself, and only the person can set it again."""
    return _words(
        "Auto-recharge is paused",
        f"Hello {name},",
        f"we stopped recharging your coins automatically: {why} Nothing more is charged until you"
        " set it again.",
        links=[("See your wallet", url)],
        why="You get this mail when auto-recharge stops.",
    )


def refund_done(*, name: str, number: str, coins: str, amount: str, of: str, url: str) -> Words:
    """Money went back; the credit note is attached. `of` is the receipt's number."""
    return _words(
        f"Your refund of {amount}",
        f"Hello {name},",
        f"{amount} for {coins} goes back to you. Your bank may need some days to show it."
        f" Credit note {number} for receipt {of} is attached.",
        links=[("See this recharge", url)],
        why="You get this mail for every refund.",
    )


def _words(subject: str, hello: str, said: str, *, links: list[tuple[str, str]], why: str) -> Words:
    sentences = [hello, said]
    text = "\n\n".join([*sentences, *(f"{says}:\n{url}" for says, url in links), why]) + "\n"
    body = "".join(f'<p style="margin:0 0 16px">{escape(one)}</p>\n' for one in sentences)
    body += "".join(_LINK.format(url=escape(url), text=escape(says)) for says, url in links)
    html = _FRAME.format(subject=escape(subject), body=body, why=escape(why))
    return Words(subject, text, html)
