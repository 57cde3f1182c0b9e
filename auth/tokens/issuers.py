"""Who may issue tokens, and how another issuer's claims become our roles and scope."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from auth.tokens.jose import Claims, PublicKey, public_keys
from auth.tokens.outside import Ask, OutsideError, ask
from domain.model.departments import Department
from domain.model.keys import DivisionCode, UnitCode
from domain.model.roles import Rights, Role

ACCESS_TOKEN: Final = "at+jwt"  # noqa: S105 - a media type
_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class ClaimMap:
    """Which claims of an outside issuer say what; a dot leads into an object.

    `roles` turns the issuer's own names into ours; where it is empty the names are ours.
    """

    roles_claim: str = "roles"
    department_claim: str = "department"
    divisions_claim: str = "divisions"
    units_claim: str = "units"
    name_claim: str = "name"
    mfa_acr: tuple[str, ...] = ("mfa",)
    roles: Mapping[str, Role] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutsideIssuer:
    """An issuer whose tokens are accepted beside our own; `kind` is the `typ` of its tokens."""

    issuer: str
    audience: str
    keys_url: str | None = None
    kind: str = ACCESS_TOKEN
    claims: ClaimMap = ClaimMap()

    async def load_keys(self) -> Mapping[str, PublicKey]:
        """Its public keys, from the address in its discovery document unless one is set."""
        url = self.keys_url or str((await discovered(self.issuer)).get("jwks_uri"))
        keys = public_keys(await ask(Ask(url)))
        if not keys:
            raise OutsideError("there is no usable key")
        return keys


async def discovered(issuer: str) -> Mapping[str, object]:
    """An issuer's discovery document. Raises OutsideError when it is another issuer's."""
    document = await ask(Ask(issuer.rstrip("/") + _DISCOVERY))
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise OutsideError("the discovery document is another issuer's")
    return document


def rights_of(claims: Claims, names: ClaimMap) -> Rights:
    """Roles and scope out of claims; what is not known here is left out, never guessed."""
    department = _found(claims, names.department_claim)
    roles = (_role(each, names) for each in _texts(_found(claims, names.roles_claim)))
    return Rights(
        roles=frozenset(role for role in roles if role is not None),
        department=next((each for each in Department if each.value == department), None),
        divisions=tuple(
            DivisionCode(each) for each in _texts(_found(claims, names.divisions_claim))
        ),
        units=tuple(UnitCode(each) for each in _texts(_found(claims, names.units_claim))),
    )


def _role(name: str, names: ClaimMap) -> Role | None:
    if names.roles:
        return names.roles.get(name)
    return Role(name) if name in set(Role) else None


def _found(claims: Claims, path: str) -> object:
    if path in claims:
        return claims[path]
    value: object = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _texts(value: object) -> list[str]:
    listed = value.split() if isinstance(value, str) else value
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
