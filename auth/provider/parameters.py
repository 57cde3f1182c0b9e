"""Parameters of an authorization request that authlib leaves alone; empty ones are as left out."""

import re
from typing import Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oidc.core.errors import RequestNotSupportedError, RequestURINotSupportedError

from auth.provider.models import ClientModel
from auth.provider.returning import Fields

_SECONDS: Final = re.compile(r"[0-9]{1,18}")
_NOT_SUPPORTED: Final[dict[str, type[OAuth2Error]]] = {
    "request": RequestNotSupportedError,
    "request_uri": RequestURINotSupportedError,
}


def check_request_objects(fields: Fields, client: ClientModel | None) -> None:
    """Refuses a request object before anything else: what stands beside it may be half a request.

    Source: OpenID Connect Core 1.0 section 6. Raises OAuth2Error, which leads to the client only
    where the address is its own.
    """
    for name, error in _NOT_SUPPORTED.items():
        if fields.get(name):
            wanted = fields.get("redirect_uri", "")
            is_own = client is not None and client.check_redirect_uri(wanted)
            reason = f"{name} is not supported: send the parameters themselves"
            raise error(reason, redirect_uri=wanted if is_own else None)


def check_max_age(fields: Fields, redirect_uri: str) -> None:
    """Raises InvalidRequestError: somebody who is asked again too late is worse than an error."""
    given = fields.get("max_age")
    if given and not _SECONDS.fullmatch(given):
        raise InvalidRequestError("max_age is a number of seconds", redirect_uri=redirect_uri)
