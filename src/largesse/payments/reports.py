"""Which settlement files can be read, by the code of their provider."""

from __future__ import annotations

from collections.abc import Mapping

from largesse.payments.apple.report import read_apple_report
from largesse.payments.google.report import read_google_report
from largesse.payments.settlement import Reader
from largesse.payments.stripe.report import read_stripe_report

REPORTS: Mapping[str, Reader] = {
    "apple": read_apple_report,
    "google": read_google_report,
    # It writes what Stripe writes.
    "sandbox": read_stripe_report,
    "stripe": read_stripe_report,
}
