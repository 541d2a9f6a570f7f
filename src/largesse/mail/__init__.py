"""Mail: letters in an outbox that commits with their cause, and the carriers that take them out.

A letter may arrive twice, always under the same Message-ID, and is never lost: it is tried for
three days. What a letter is about is the business of whoever writes it.
"""

from __future__ import annotations

from largesse.mail.carrier import Accepted, Answer, Carrier, Refused, Unknown
from largesse.mail.carriers import Folder, Nowhere, configured
from largesse.mail.messages import (
    Words,
    auto_recharge_asks,
    auto_recharge_notice,
    auto_recharge_paused,
    receipt,
    refund_done,
)
from largesse.mail.model import Attachment, Letter
from largesse.mail.outbox import Printer, put_letters, send_mail
from largesse.mail.smtp import Smtp

__all__ = [
    "Accepted",
    "Answer",
    "Attachment",
    "Carrier",
    "Folder",
    "Letter",
    "Nowhere",
    "Printer",
    "Refused",
    "Smtp",
    "Unknown",
    "Words",
    "auto_recharge_asks",
    "auto_recharge_notice",
    "auto_recharge_paused",
    "configured",
    "put_letters",
    "receipt",
    "refund_done",
    "send_mail",
]
