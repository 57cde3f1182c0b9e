"""From a caller and a stated purpose to what may be seen and reached."""

from dataclasses import replace

from domain.model.access import ALLOWED, Access
from domain.model.principal import Principal
from domain.policy.purposes import Purpose
from domain.policy.scoping import scope_of


def access_of(principal: Principal, purpose: Purpose | None) -> Access:  # noqa: ARG001 - rulings come next
    """What a caller may see and reach under this purpose."""
    return replace(_SIGNED_IN, scope=scope_of(principal.rights))


_SIGNED_IN = Access("signed in", otherwise=ALLOWED)
