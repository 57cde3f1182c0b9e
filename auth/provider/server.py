"""authlib's authorization server over Starlette: forms in, responses out, issuer from settings."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc9207 import IssuerParameter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from auth.provider.core import Provider, digest, new_secret, wait_for
from auth.provider.models import ClientModel, Owner
from auth.tokens.minting import ACCESS_LIFETIME, Grant

LARGEST_FORM = 20_000
FIELDS = 40
Values = defaultdict[str, list[str]]
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TooLargeError(Exception):
    """A form with more than any client sends."""


@dataclass(frozen=True, slots=True)
class Form:
    """An HTTP request as authlib needs it, read in the event loop beforehand."""

    method: str
    path: str
    values: Values
    headers: Mapping[str, str]


class _Payload(OAuth2Payload):
    def __init__(self, values: Values) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, str]:
        """The first value of each field."""
        return {name: values[0] for name, values in self._values.items()}

    @property
    def datalist(self) -> Values:
        """All values of each field."""
        return self._values


class FormRequest(OAuth2Request):
    """A form as authlib's request."""

    def __init__(self, form: Form, issuer: str) -> None:
        super().__init__(form.method, issuer + form.path, headers=form.headers)
        self.payload = _Payload(form.values)

    @property
    def args(self) -> dict[str, str]:
        """The fields, wherever they came from."""
        return self._data

    @property
    def form(self) -> dict[str, str]:
        """The fields."""
        return self._data

    @property
    def _data(self) -> dict[str, str]:
        data: dict[str, str] = self.payload.data
        return data


class Answer(Response):
    """A response whose Location authlib's extensions may change."""

    @property
    def location(self) -> str | None:
        """Where it leads."""
        return self.headers.get("location")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["location"] = value


class Server(AuthorizationServer):
    """The authorization server; every method runs in a thread."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator("default", self._new_token)
        self.register_extension(_Issuer)

    def query_client(self, client_id: str) -> ClientModel | None:
        """A client by its id."""
        found = wait_for(self.provider.clients.find, client_id)
        return ClientModel(found) if found else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Keep the refresh token; an access token keeps itself."""
        owner: Owner = request.user
        kept = digest(token["refresh_token"])
        wait_for(self.provider.grants.add_refresh, kept, owner.grant.id, self.provider.clock())

    def _new_token(
        self, *, user: Owner, client: ClientModel, scope: str, **_: object
    ) -> dict[str, Any]:
        caller = user.caller
        asked = Grant(client.get_client_id(), scope, user.grant.id)
        access = wait_for(self.provider.minter.access_token, caller.account, caller.session, asked)
        return {
            "token_type": "Bearer",
            "access_token": access,
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "refresh_token": new_secret(),
            "scope": scope,
        }

    def send_signal(self, name: str, *_: object, **__: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Form | FormRequest) -> FormRequest:
        """A form that was read before."""
        if isinstance(request, FormRequest):
            return request
        return FormRequest(request, self.provider.issuer)

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> Answer:
        """A response that nobody keeps."""
        content = orjson.dumps(body) if isinstance(body, dict) else str(body)
        answer = Answer(content, status, {**dict(headers), **NO_STORE})
        if status == 401:
            # authlib's own challenge has no realm, without which it is none (RFC 7617).
            answer.headers["WWW-Authenticate"] = 'Basic realm="fourfold"'
        return answer

    def refused(self, request: FormRequest, error: OAuth2Error) -> Answer:
        """The response of an error."""
        answer: Answer = self.handle_error_response(request, error)
        return answer


class _Issuer(IssuerParameter):
    """RFC 9207: who answers stands in the answer."""

    def __init__(self, server: Server) -> None:
        self._issuer = server.provider.issuer
        self(server)

    def get_issuer(self) -> str:
        """The provider's address."""
        return self._issuer


async def read_form(request: Request) -> Form:
    """The fields of a query or of a form. Raises TooLargeError."""
    if request.method == "POST":
        text = (await _body(request)).decode("utf-8", "replace")
    else:
        text = request.url.query
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError as error:
        raise TooLargeError from error
    values: Values = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    headers = {name.title(): value for name, value in request.headers.items()}
    return Form(request.method, request.url.path, values, headers)


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise TooLargeError
    return body


async def in_thread(server: Server, form: Form, work: Callable[[FormRequest], Answer]) -> Answer:
    """A step of authlib in a thread; what its own checks did not foresee is a bad request too."""
    request = FormRequest(form, server.provider.issuer)

    def guarded() -> Answer:
        try:
            return work(request)
        except OAuth2Error as error:
            return server.refused(request, error)
        except ValueError:  # its texts may echo what an error's text must not hold
            return server.refused(request, InvalidRequestError("malformed request"))

    return await run_in_threadpool(guarded)
