"""Why a second factor is asked for or was not taken, and what the person can do."""

from __future__ import annotations

from largesse.kernel.errors import LargesseError


class SecondFactorRequired(LargesseError):
    """This account is guarded by a second factor."""

    code = "second_factor_required"
    next = "Enter the code of your authenticator app, or a recovery code."


class SecondFactorRefused(LargesseError):
    """This code is not right, or it was used before."""

    code = "second_factor_refused"
    next = "Wait for the next code in your app, then try again."


class SecondFactorMissing(LargesseError):
    """This needs a second factor, and your account has none."""

    code = "second_factor_missing"
    next = "Set up an authenticator app under Security, then try again."


class SecondFactorSet(LargesseError):
    """This account has a second factor already."""

    code = "second_factor_set"
    next = "Remove the old one first if you want another."


class StepUpRequired(LargesseError):
    """Confirm this with your second factor."""

    code = "step_up_required"
    next = "Send the same request again with this challenge and a code of your authenticator app."
