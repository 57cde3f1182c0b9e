"""What clients may read of the provider: its discovery document and its public keys."""

from typing import Any

import orjson
from starlette.responses import Response

from auth.provider.core import SCOPES, Provider
from auth.provider.grants import AUTH_METHODS
from auth.provider.models import GRANT_TYPES
from auth.tokens.jose import ALGORITHMS
from auth.tokens.keyring import JWKS_MAX_AGE
from domain.model.principal import Acr

_CLAIMS = ("sub", "name", "roles", "department", "divisions", "units", "acr", "amr", "auth_time")


def discovery(provider: Provider) -> Response:
    """OpenID Connect Discovery 1.0; every address begins with the issuer."""
    return _json(_document(provider.issuer))


async def jwks(provider: Provider) -> Response:
    """The next key stands here before it signs."""
    return _json(await provider.minter.keys.jwks())


def _document(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": list(SCOPES),
        "claims_supported": list(_CLAIMS),
        "acr_values_supported": [each.value for each in Acr],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS[:2],
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login"],
        "ui_locales_supported": ["zh-CN", "en"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def _json(document: dict[str, Any]) -> Response:
    kept = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE}", "Access-Control-Allow-Origin": "*"}
    return Response(orjson.dumps(document), 200, kept, "application/json")
