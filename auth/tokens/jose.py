"""Signing and checking of JWTs: three algorithms, each only with its own kind of key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from domain.model.errors import UnauthenticatedError

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
LONGEST_TOKEN: Final = 8192
SKEW: Final = 30
"""Seconds by which clocks may differ."""

_LONG: Final = "n" * (2048 // 6)
"""As long as the modulus of the smallest RSA key that is accepted, in base64."""

_ALWAYS: Final = ("exp", "iat", "sub")

PublicKey = RSAKey | ECKey | OKPKey
Claims = Mapping[str, Any]  # Any: what an issuer writes into a token is checked where it is read


class _AllowedAlgorithms(JWSRegistry):
    """Our own list, in place of the library's, which warns of EdDSA's older name."""

    def get_alg(self, name: str) -> Any:  # noqa: ANN401 - the library does not export its type
        """The algorithm of a header. Raises UnsupportedAlgorithmError."""
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class Peek:
    """What a token says of itself before anything of it is believed."""

    kid: str
    kind: str
    issuer: str


def peek(token: str) -> Peek:
    """Key id, type and issuer. Raises UnauthenticatedError for what is no token at all."""
    if len(token) > LONGEST_TOKEN:
        raise UnauthenticatedError("the token is too long")
    try:
        found = jws.extract_compact(token.encode("ascii"))
        header, claims = found.headers(), json.loads(found.payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise UnauthenticatedError("this is no token") from error
    kid, kind = header.get("kid"), header.get("typ", "")
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    if not (isinstance(kid, str) and isinstance(kind, str) and isinstance(issuer, str)):
        raise UnauthenticatedError("the token names no key, type or issuer")
    return Peek(kid, kind.lower().removeprefix("application/"), issuer)


def checked(token: str, key: PublicKey) -> Claims:
    """The claims of a token whose signature holds. Raises UnauthenticatedError."""
    try:
        return jwt.decode(token, key, registry=_AllowedAlgorithms(strict_check_header=False)).claims
    except (JoseError, ValueError, RecursionError) as error:
        raise UnauthenticatedError("the signature does not hold") from error


def signed(claims: dict[str, Any], private: str, header: Mapping[str, str]) -> str:
    """A token under a private JWK; `header` has alg, kid and typ."""
    key = jwk.import_key(json.loads(private))
    return jwt.encode(dict(header), claims, key, registry=_AllowedAlgorithms())


def public_keys(document: object) -> dict[str, PublicKey]:
    """The usable keys of a JWKS by key id; others are left out, secret ones above all."""
    listed = document.get("keys") if isinstance(document, dict) else None
    keys: dict[str, PublicKey] = {}
    for each in listed if isinstance(listed, list) else []:
        kid = each.get("kid") if isinstance(each, dict) else None
        if isinstance(kid, str) and each.get("use", "sig") == "sig":
            key = _public_key(each)
            if key is not None:
                keys[kid] = key
    return keys


def _public_key(data: dict[str, Any]) -> PublicKey | None:
    if data.get("kty") not in {"RSA", "EC", "OKP"} or len(str(data.get("n", _LONG))) < len(_LONG):
        return None
    bare: dict[str, Any] = {
        name: data[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in data
    }
    try:
        key = jwk.import_key(bare)
    except (JoseError, ValueError, TypeError):
        return None
    is_curve_known = data.get("crv") in {"P-256", "Ed25519"}
    if isinstance(key, RSAKey) or (isinstance(key, ECKey | OKPKey) and is_curve_known):
        return key
    return None


def expect_claims(claims: Claims, wanted: Mapping[str, str], now: datetime) -> None:
    """That these claims are as wanted, the times fit, and somebody is named.

    Raises UnauthenticatedError.
    """
    options: dict[str, ClaimsOption] = {name: {"essential": True} for name in _ALWAYS}
    options |= {name: {"essential": True, "value": value} for name, value in wanted.items()}
    registry = JWTClaimsRegistry(int(now.timestamp()), SKEW, **options)
    try:
        registry.validate(dict(claims))
    except (JoseError, ValueError, TypeError) as error:
        raise UnauthenticatedError("the token has expired or is meant for others") from error
