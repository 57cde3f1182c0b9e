"""From a caller and a stated purpose to what may be seen and reached."""

from dataclasses import replace
from typing import Final

from domain.model.access import Access
from domain.model.errors import ForbiddenError
from domain.model.principal import Principal
from domain.policy.compiling import Caller, compile_access, may_state
from domain.policy.loading import policy
from domain.policy.purposes import Purpose
from domain.policy.scoping import scope_of

NOT_YOURS: Final = "此目的不适用于您的角色 (none of your roles may state this purpose)"


def access_of(principal: Principal, purpose: Purpose | None) -> Access:
    """What a caller may see and reach. Raises ForbiddenError for a purpose of other roles."""
    kind = purpose.kind if purpose else None
    if kind is not None and not may_state(policy(), principal.roles, kind):
        raise ForbiddenError(NOT_YOURS)
    caller = Caller(principal.roles, principal.rights.department, kind, principal.acr)
    return replace(compile_access(caller), scope=scope_of(principal.rights))
