"""Reports for operators: statements, trial balance, unused coins, breakage, as CSV or JSON.

The ledger counts; this package names accounts in words, reads dates, and writes
sheets line by line, for the command line and for HTTP alike.
"""

from largesse.reporting.breakage import report_breakage
from largesse.reporting.model import Form, moment, period
from largesse.reporting.sheet import Report, written
from largesse.reporting.statement import report_statement
from largesse.reporting.trial_balance import report_trial_balance
from largesse.reporting.unused_coins import report_unused_coins

__all__ = [
    "Form",
    "Report",
    "moment",
    "period",
    "report_breakage",
    "report_statement",
    "report_trial_balance",
    "report_unused_coins",
    "written",
]
