"""One-time codes of the second factor: each counts once, one step early or late at most."""

import hmac
from datetime import datetime
from typing import Final

import pyotp

WINDOW: Final = 1
STEP_SECONDS: Final = 30
ISSUER: Final = "Fourfold"


def new_secret() -> str:
    """A secret for an authenticator application, base32."""
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """What an authenticator application reads out of a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def counter_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step a code belongs to; None for a wrong code."""
    if not secret or not (code.isascii() and code.isdigit()):
        return None
    step = int(now.timestamp()) // STEP_SECONDS
    for counter in range(step - WINDOW, step + WINDOW + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(counter), code):
            return counter
    return None
