"""The operator's reports over HTTP, each as JSON or CSV (`?format=` or Accept)."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter

from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.people import Viewer
from largesse.reporting.answer import ReportOperation, answered
from largesse.reporting.breakage import report_breakage
from largesse.reporting.model import Form, moment, period
from largesse.reporting.shapes import (
    BreakageShown,
    StatementShown,
    TrialBalanceShown,
    UnusedCoinsShown,
)
from largesse.reporting.statement import report_statement
from largesse.reporting.trial_balance import report_trial_balance
from largesse.reporting.unused_coins import report_unused_coins

FormAsked = Annotated[
    Form | None, QueryParameter(name="format", description="Goes before the Accept header.")
]
From = Annotated[
    str | None,
    QueryParameter(name="from", description="A day (its start) or a moment; the beginning."),
]
To = Annotated[
    str | None,
    QueryParameter(name="to", description="A day (its end) or a moment, not included; now."),
]
At = Annotated[
    str | None,
    QueryParameter(name="at", description="A day (its end) or a moment, not included; now."),
]
Asked = Request[Any, Any, Any]


@get(
    "/v1/operator/accounts/{account:str}/statement",
    tags=["operator"],
    operation_class=ReportOperation,
)
async def read_statement(
    account: str,
    operator: Viewer,
    reading: Database,
    clock: Clock,
    request: Asked,
    since: From = None,
    until: To = None,
    form: FormAsked = None,
) -> Response[StatementShown]:
    """Every leg of any account in a period, with opening and closing balance.

    `account` is a number, or words such as `mira:paid` and `house:deferred_revenue`.
    """
    asked = period(since, until, now=clock.now())
    opened = report_statement(reading, account=account, period=asked)
    return await answered(opened, form=form, request=request)


@get("/v1/operator/trial-balance", tags=["operator"], operation_class=ReportOperation)
async def read_trial_balance(
    operator: Viewer,
    reading: Database,
    clock: Clock,
    request: Asked,
    at: At = None,
    form: FormAsked = None,
) -> Response[TrialBalanceShown]:
    """All books at a moment: debit = credit in every asset."""
    opened = report_trial_balance(reading, before=moment(at, now=clock.now()))
    return await answered(opened, form=form, request=request)


@get("/v1/operator/unused-coins", tags=["operator"], operation_class=ReportOperation)
async def read_unused_coins(
    operator: Viewer,
    reading: Database,
    clock: Clock,
    request: Asked,
    at: At = None,
    form: FormAsked = None,
) -> Response[UnusedCoinsShown]:
    """Coins that were unused at a moment, by pool, country and currency, with their value."""
    opened = report_unused_coins(reading, before=moment(at, now=clock.now()))
    return await answered(opened, form=form, request=request)


@get("/v1/operator/breakage", tags=["operator"], operation_class=ReportOperation)
async def read_breakage(
    operator: Viewer,
    reading: Database,
    clock: Clock,
    request: Asked,
    since: From = None,
    until: To = None,
    form: FormAsked = None,
) -> Response[BreakageShown]:
    """Coins that expired or were forfeited by month, and paid coins unused at the end by age."""
    opened = report_breakage(reading, period=period(since, until, now=clock.now()))
    return await answered(opened, form=form, request=request)


routes = [read_statement, read_trial_balance, read_unused_coins, read_breakage]
