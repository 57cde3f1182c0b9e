"""From a caller and a stated purpose to what may be seen and reached."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from domain.model.access import Access
from domain.model.errors import ForbiddenError
from domain.model.principal import Acr, Principal
from domain.model.roles import Rights
from domain.policy.compiling import KEPT, Caller, compile_access, may_state
from domain.policy.loading import policy
from domain.policy.purposes import Purpose, PurposeKind
from domain.policy.scoping import scope_of

NOT_YOURS: Final = "此目的不适用于您的角色 (none of your roles may state this purpose)"


def access_of(principal: Principal, purpose: Purpose | None) -> Access:
    """What a caller may see and reach. Raises ForbiddenError for a purpose of other roles."""
    return _access(principal.rights, purpose.kind if purpose else None, principal.acr)


@lru_cache(KEPT)
def _access(rights: Rights, kind: PurposeKind | None, acr: Acr) -> Access:
    """The same for all who have these rights, kept for their next questions."""
    if kind is not None and not may_state(policy(), rights.roles, kind):
        raise ForbiddenError(NOT_YOURS)
    caller = Caller(rights.roles, rights.department, kind, acr)
    return replace(compile_access(caller), scope=scope_of(rights))
