"""The provider's two cookies, and what proves that a form is our own page's."""

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from auth.provider.core import Provider

_SESSION = "sid"
_FORM = "form"
_UPSTREAM = "upstream"


class Cookies:
    """Session and form cookies; `__Host-` needs HTTPS; on this machine HTTP goes without."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        parts = urlsplit(provider.issuer)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._is_secure = parts.scheme == "https"
        # Browsers share cookies between ports: two servers on one machine must not meet.
        self._prefix = "__Host-" if self._is_secure else f"fourfold-{parts.port or 80}-"

    def session_of(self, request: Request) -> str | None:
        """The secret of the browser's session."""
        return request.cookies.get(self._prefix + _SESSION)

    def set_session(self, response: Response, secret: str) -> None:
        """Give the browser its session; it goes when the browser is closed."""
        self._set(response, _SESSION, secret)

    def forget_session(self, response: Response) -> None:
        """Take the session away."""
        self._set(response, _SESSION, "", max_age=0)

    def form_secret(self, request: Request) -> str:
        """The secret that binds forms to this browser; a new one where there is none."""
        return request.cookies.get(self._prefix + _FORM) or secrets.token_urlsafe(24)

    def set_form(self, response: Response, secret: str) -> None:
        """Keep the form secret in the browser."""
        self._set(response, _FORM, secret)

    def form_token(self, secret: str) -> str:
        """What a form of this browser carries."""
        return self._provider.seals.blind_index(secret, "sign-in-form")

    def is_own_form(self, request: Request, token: str) -> bool:
        """Whether a form was sent from our own page in this browser."""
        origin = request.headers.get("origin")
        if origin is not None and origin != self._origin:
            return False
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        secret = request.cookies.get(self._prefix + _FORM)
        return secret is not None and hmac.compare_digest(
            self.form_token(secret).encode(), token.encode()
        )

    def upstream_of(self, request: Request) -> str | None:
        """What was kept of a question to another provider."""
        return request.cookies.get(self._prefix + _UPSTREAM)

    def set_upstream(self, response: Response, sealed: str) -> None:
        """Keep a question to another provider until its answer comes."""
        self._set(response, _UPSTREAM, sealed, max_age=600)

    def forget_upstream(self, response: Response) -> None:
        """The question was answered."""
        self._set(response, _UPSTREAM, "", max_age=0)

    def _set(self, response: Response, name: str, value: str, max_age: int | None = None) -> None:
        response.set_cookie(
            self._prefix + name,
            value,
            max_age=max_age,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )
