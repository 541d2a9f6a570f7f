"""The doors: sign up, sign in, sign out, and one's own account."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import Cookie
from msgspec import Meta

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.people import sign_in as door
from largesse.people import store
from largesse.people.factor_routes import routes as factor_routes
from largesse.people.factors import Factors
from largesse.people.model import Viewer
from largesse.people.sign_up import Newcomer, sign_up
from largesse.settings import Settings

Text = Annotated[str, Meta(min_length=1, max_length=256)]


class SignUp(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    handle: Text
    email: Text
    password: Text
    birth_date: date
    country: Annotated[str, Meta(min_length=2, max_length=2)]
    name: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class SignIn(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    login: Text
    password: Text
    otp: Annotated[str, Meta(max_length=16)] | None = None


class ChangeMe(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    visibility: Literal["public", "anonymous"] | None = None


class Account(msgspec.Struct, frozen=True):
    id: str
    handle: str
    name: str
    email: str
    country: str
    currency: str
    birth_date: date
    role: str
    visibility: str


class SignedIn(msgspec.Struct, frozen=True):
    account: Account
    token: str


def account_of(viewer: Viewer) -> Account:
    """A person's own account as they see it."""
    return Account(
        id=ids.show("acc", viewer.id),
        handle=viewer.handle,
        name=viewer.name,
        email=viewer.email,
        country=viewer.country,
        currency=viewer.currency,
        birth_date=viewer.birth_date,
        role=viewer.role,
        visibility=viewer.visibility,
    )


@post("/v1/accounts", status_code=201, tags=["people"])
async def create_account(
    data: SignUp,
    request: Request[Any, Any, Any],
    database: Database,
    clock: Clock,
    settings: Settings,
) -> Response[SignedIn]:
    """Sign up. The answer carries the session token and sets the browser's cookie."""
    now = clock.now()
    newcomer = Newcomer(
        handle=data.handle,
        email=data.email,
        password=data.password,
        birth_date=data.birth_date,
        country=data.country,
        name=data.name,
    )
    viewer = await sign_up(database, newcomer, now=now)
    agent = request.headers.get("user-agent", "")
    token = await door.open_session(database, viewer, now=now, agent=agent)
    return _signed_in(viewer, token, settings)


@post("/v1/sessions", status_code=201, tags=["people"])
async def create_session(
    data: SignIn,
    request: Request[Any, Any, Any],
    factors: Factors,
    clock: Clock,
    settings: Settings,
) -> Response[SignedIn]:
    """Sign in with handle or e-mail address, and `otp` where a second factor guards the account."""
    viewer, token = await door.sign_in(
        factors,
        login=data.login,
        given=data.password,
        otp=data.otp,
        now=clock.now(),
        agent=request.headers.get("user-agent", ""),
    )
    return _signed_in(viewer, token, settings)


@delete("/v1/sessions/current", status_code=204, tags=["people"])
async def delete_session(
    session_token: str, viewer: Viewer, database: Database, settings: Settings
) -> Response[None]:
    """Sign out: the token opens nothing from now on."""
    await door.sign_out(database, token=session_token)
    cookie = Cookie(key=cookie_name(settings), path="/", max_age=0, httponly=True, samesite="lax")
    return Response(None, status_code=204, cookies=[cookie])


@get("/v1/me", tags=["people"])
async def read_me(viewer: Viewer) -> Account:
    """One's own account."""
    return account_of(viewer)


@patch("/v1/me", tags=["people"])
async def change_me(data: ChangeMe, viewer: Viewer, database: Database) -> Account:
    """Change one's shown name or who sees one's gifts."""
    async with database.work() as connection:
        await store.update_person(
            connection,
            no=viewer.no,
            name=data.name or viewer.name,
            visibility=data.visibility or viewer.visibility,
        )
        changed = await store.viewer_by_no(connection, no=viewer.no)
    assert changed is not None
    return account_of(changed)


def cookie_name(settings: Settings) -> str:
    """The session cookie; under HTTPS its name binds it to this very host."""
    return "__Host-largesse" if settings.origin.startswith("https://") else "largesse"


def _signed_in(viewer: Viewer, token: str, settings: Settings) -> Response[SignedIn]:
    cookie = Cookie(
        key=cookie_name(settings),
        value=token,
        path="/",
        max_age=door.SESSION_DAYS * 86_400,
        httponly=True,
        secure=settings.origin.startswith("https://"),
        samesite="lax",
    )
    return Response(SignedIn(account_of(viewer), token), status_code=201, cookies=[cookie])


routes = [create_account, create_session, delete_session, read_me, change_me, *factor_routes]
