"""Who somebody is, and the rules that need nothing but the facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from babel import Locale

from largesse.kernel.errors import Invalid, LargesseError

HANDLE = re.compile(r"[a-z0-9][a-z0-9_.]{1,23}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")

SIGN_UP_AGE = 13
ADULT_AGE = 18
# Majority where it is later (FEATURES 64).
ADULT_AGE_BY_COUNTRY = {"KR": 19, "JP": 20}

# The currency that a country's purses are kept in; elsewhere prices are in dollars.
HOME_CURRENCY = {
    "AE": "AED",
    "BR": "BRL",
    "CA": "CAD",
    "CN": "CNY",
    "DE": "EUR",
    "FR": "EUR",
    "GB": "GBP",
    "ID": "IDR",
    "IN": "INR",
    "JP": "JPY",
    "KR": "KRW",
    "KW": "KWD",
    "MX": "MXN",
    "US": "USD",
}
COUNTRIES = frozenset(
    code for code in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", code)
)


class AgeRestricted(LargesseError):
    """Coins are for adults; this account's birth date is below the age of its country."""

    code = "age_restricted"
    next = "Watching and chatting stay open to you."


class OperatorsOnly(LargesseError):
    """This is for the people who run the house."""

    code = "operators_only"


class HandleTaken(LargesseError):
    """Somebody already goes by this name or e-mail address."""

    code = "handle_taken"
    next = "Choose another name, or sign in if the account is yours."


class WeakPassword(LargesseError):
    """This password is too easy to guess."""

    code = "weak_password"
    next = "Use a few words that do not belong together."


class SignInRefused(LargesseError):
    """Name and password do not fit together."""

    code = "sign_in_refused"
    next = "Check both, or reset the password."


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, as every feature sees them."""

    no: int
    id: UUID
    handle: str
    name: str
    email: str
    country: str
    currency: str
    birth_date: date
    role: str
    visibility: str

    @property
    def is_operator(self) -> bool:
        """Whether this person answers for other people's money."""
        return self.role == "operator"


@dataclass(frozen=True, slots=True)
class PublicName:
    """What everybody may know of a person."""

    id: UUID
    handle: str
    name: str


def age_on(day: date, *, birth_date: date) -> int:
    """Full years of life on a day; who is born on 29 February ages on 1 March."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday)


def adult_age(country: str) -> int:
    """From what age a person of this country may buy and give coins."""
    return ADULT_AGE_BY_COUNTRY.get(country, ADULT_AGE)


def require_adult(viewer: Viewer, *, today: date) -> None:
    """Refuse a minor; called where money moves, not where the button is."""
    age = adult_age(viewer.country)
    if age_on(today, birth_date=viewer.birth_date) < age:
        raise AgeRestricted(f"Coins are for people of {age} and over.", age_min=age)


def require_operator(viewer: Viewer) -> None:
    """Refuse whoever does not run the house."""
    if not viewer.is_operator:
        raise OperatorsOnly


def checked_handle(handle: str) -> str:
    """A handle in its one written form, or `Invalid`."""
    text = handle.strip().lower().removeprefix("@")
    if not HANDLE.fullmatch(text):
        raise Invalid("A handle has 2 to 24 letters, digits, dots or underscores.", field="handle")
    return text


def checked_email(email: str) -> str:
    """An address that can be written to, or `Invalid`."""
    text = email.strip()
    if len(text) > 254 or not EMAIL.fullmatch(text):
        raise Invalid("This is not an e-mail address.", field="email")
    return text


def checked_country(country: str) -> str:
    """An ISO 3166 country code, or `Invalid`."""
    if country not in COUNTRIES:
        raise Invalid("Use a two-letter country code such as US.", field="country")
    return country


def checked_birth_date(birth_date: date, *, today: date) -> date:
    """A believable birth date of somebody old enough for an account."""
    age = age_on(today, birth_date=birth_date)
    if not 0 <= age <= 120:
        raise Invalid("This birth date cannot be right.", field="birth_date")
    if age < SIGN_UP_AGE:
        raise AgeRestricted(
            f"Accounts are for people of {SIGN_UP_AGE} and over.", age_min=SIGN_UP_AGE
        )
    return birth_date


def home_currency(country: str) -> str:
    """The currency a person of this country pays in."""
    return HOME_CURRENCY.get(country, "USD")
