"""The authorization request that signing in leads back to: its fields, never an address."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response

from auth.provider.pages import note, page
from domain.model.principal import Acr

AUTHORIZE: Final = "/oauth/authorize"
LONGEST: Final = 4000
Fields = Mapping[str, str]


def following(text: str) -> Fields:
    """The fields that a form carried along; who signs in just now need not sign in again."""
    if len(text) > LONGEST:
        return {}
    fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=40))
    prompts = [each for each in fields.pop("prompt", "").split() if each != "login"]
    return {**fields, "prompt": " ".join(prompts)} if prompts else fields


def back_to(fields: Fields) -> Response:
    """To the authorization request; a sign-in without one ends at a page."""
    if "client_id" not in fields:
        return page("登录 · Sign in", note("已登录。 · Signed in."))
    return RedirectResponse(f"{AUTHORIZE}?{urlencode(fields)}", 303, {"Cache-Control": "no-store"})


def wanted_acr(fields: Fields) -> Acr:
    """The first known one of `acr_values`."""
    known = [each for each in fields.get("acr_values", "").split() if each in set(Acr)]
    return Acr(known[0]) if known else Acr.PASSWORD
