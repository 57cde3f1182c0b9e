"""Accounts, sessions, keys and counters in the platform database, with several at work at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from auth.accounts.managing import NewAccount
from auth.accounts.signing_in import Credentials, Refusal, Refused, Started
from domain.model.accounts import KeyState
from domain.model.attempts import ADDRESS_FAILURES, PAIR_FAILURES
from domain.model.errors import BadInputError, ForbiddenError, UnauthenticatedError
from domain.model.principal import Acr
from tests.support.links import dump
from tests.support.sign_in import HR_REVIEWER, PASSWORD, SYS_ADMIN, House, open_house


@pytest.fixture(name="house")
async def _house(url: str) -> AsyncIterator[House]:
    async with open_house(url) as opened:
        yield opened


def typed(password: str = PASSWORD, address: str = "10.0.0.1", code: str = "") -> Credentials:
    return Credentials("li.na", password, code, address)


async def test_a_token_leads_to_the_account_as_it_is_now(house: House) -> None:
    account = await house.account()
    token = await house.token(account)

    caller = await house.verifier.principal(token)
    await house.accounts.set_rights(account, SYS_ADMIN, "sec.admin")
    house.clock.move(seconds=31)
    changed = await house.verifier.principal(token)

    assert (caller.sub, caller.rights, caller.acr) == (account.sub, HR_REVIEWER, Acr.PASSWORD)
    assert changed.rights == SYS_ADMIN


async def test_a_verified_token_is_not_looked_up_again_for_half_a_minute(house: House) -> None:
    account = await house.account()
    session = await house.session(account)
    token = await house.token(account, session)
    await house.verifier.principal(token)

    await house.store.sessions.end(session.sid, house.clock())
    house.clock.move(seconds=29)
    kept = await house.verifier.principal(token)
    house.clock.move(seconds=2)

    assert kept.sid == session.sid
    with pytest.raises(UnauthenticatedError, match="session has ended"):
        await house.verifier.principal(token)


async def test_a_verified_token_lasts_no_longer_when_the_clock_is_set_back(house: House) -> None:
    account = await house.account()
    session = await house.session(account)
    token = await house.token(account, session)
    await house.verifier.principal(token)

    await house.store.sessions.end(session.sid, house.clock())
    house.clock.move(seconds=-20)

    with pytest.raises(UnauthenticatedError, match="session has ended"):
        await house.verifier.principal(token)


async def test_a_recheck_looks_past_what_is_remembered_and_ends_it(house: House) -> None:
    account = await house.account()
    session = await house.session(account)
    token = await house.token(account, session)
    await house.verifier.principal(token)

    await house.store.sessions.end(session.sid, house.clock())

    with pytest.raises(UnauthenticatedError, match="session has ended"):
        await house.verifier.recheck(token)
    with pytest.raises(UnauthenticatedError, match="session has ended"):
        await house.verifier.principal(token)


async def test_a_recheck_does_not_put_off_the_end_for_idleness(house: House) -> None:
    account = await house.account()
    session = await house.session(account)
    for _ in range(2):
        house.clock.move(minutes=14)
        await house.verifier.recheck(await house.token(account, session))
    house.clock.move(minutes=3)

    with pytest.raises(UnauthenticatedError, match="session has ended"):
        await house.verifier.recheck(await house.token(account, session))


async def test_an_idle_session_ends_and_a_used_one_lasts_eight_hours(house: House) -> None:
    account = await house.account()
    used, idle = await house.session(account), await house.session(account)
    for _ in range(3 * 8 - 1):
        house.clock.move(minutes=20)
        token = await house.token(account, used)
        await house.verifier.principal(token)

    with pytest.raises(UnauthenticatedError):
        await house.verifier.principal(await house.token(account, idle))
    house.clock.move(minutes=21)
    with pytest.raises(UnauthenticatedError):
        await house.verifier.principal(await house.token(account, used))


async def test_a_revoked_token_and_a_closed_account_are_refused(house: House) -> None:
    account = await house.account()
    session = await house.session(account)
    token = await house.token(account, session)
    claims_id = (await house.verifier.principal(token)).sid
    await house.store.sessions.revoke("mark", house.clock() + timedelta(minutes=10))
    await house.store.sessions.revoke("mark", house.clock() + timedelta(minutes=10))

    assert await house.store.sessions.find_caller(claims_id, ["other"]) is not None
    assert await house.store.sessions.find_caller(claims_id, ["other", "mark"]) is None
    await house.accounts.close(account, "sec.admin")
    house.clock.move(seconds=31)
    with pytest.raises(UnauthenticatedError):
        await house.verifier.principal(token)


async def test_a_login_is_taken_once_and_roles_are_checked(house: House) -> None:
    await house.account()

    with pytest.raises(BadInputError, match="already"):
        await house.account()
    roles = HR_REVIEWER.roles | SYS_ADMIN.roles
    with pytest.raises(BadInputError, match="stands alone"):
        await house.account("both", replace(HR_REVIEWER, roles=roles))
    with pytest.raises(BadInputError, match="password"):
        await house.accounts.add(NewAccount("x", "x", HR_REVIEWER, "short"), "test")


async def test_nobody_gives_roles_to_the_own_account(house: House) -> None:
    account = await house.account()

    with pytest.raises(ForbiddenError):
        await house.accounts.set_rights(account, SYS_ADMIN, account.login)
    with pytest.raises(ForbiddenError):
        await house.accounts.check_administrator(account.login)


async def test_five_failures_lock_the_pair_and_nobody_else(house: House) -> None:
    await house.account()
    for _ in range(PAIR_FAILURES):
        assert await house.sign_in.sign_in(typed("wrong"), Acr.PASSWORD) == Refused(Refusal.WRONG)

    here = await house.sign_in.sign_in(typed(), Acr.PASSWORD)
    elsewhere = await house.sign_in.sign_in(typed(address="10.0.0.2"), Acr.PASSWORD)
    house.clock.move(minutes=31)
    later = await house.sign_in.sign_in(typed(), Acr.PASSWORD)

    assert isinstance(here, Refused)
    assert here.why is Refusal.LOCKED
    assert isinstance(elsewhere, Started)
    assert isinstance(later, Started)


async def test_failures_at_once_in_two_processes_are_counted_each(url: str) -> None:
    async with open_house(url) as one, open_house(url) as other:
        await one.account()
        tried = [
            house.sign_in.sign_in(typed("wrong"), Acr.PASSWORD)
            for house in (one, other)
            for _ in range(4)
        ]
        ended = [each for each in await asyncio.gather(*tried) if isinstance(each, Refused)]

    assert sum(each.why is Refusal.WRONG for each in ended) == PAIR_FAILURES
    assert sum(each.why is Refusal.LOCKED for each in ended) == 8 - PAIR_FAILURES


async def test_one_address_fails_thirty_times_over_all_accounts(house: House) -> None:
    whys = []
    for number in range(ADDRESS_FAILURES + 1):
        given = Credentials(f"nobody{number}", "wrong", "", "10.0.0.9")
        ended = await house.sign_in.sign_in(given, Acr.PASSWORD)
        assert isinstance(ended, Refused)
        whys.append(ended.why)

    assert whys == [Refusal.WRONG] * ADDRESS_FAILURES + [Refusal.LOCKED]


async def test_a_one_time_code_counts_once_and_raises_the_session(house: House) -> None:
    account = await house.account()
    without = await house.sign_in.sign_in(typed(), Acr.MFA)
    secret = await house.accounts.give_totp(account, "sec.admin")
    code = pyotp.TOTP(secret).at(house.clock())

    needed = await house.sign_in.sign_in(typed(), Acr.MFA)
    first = await house.sign_in.sign_in(typed(code=code), Acr.MFA)
    again = await house.sign_in.sign_in(typed(code=code), Acr.MFA)

    assert without == Refused(Refusal.CODE_MISSING)
    assert needed == Refused(Refusal.CODE_NEEDED)
    assert isinstance(first, Started)
    assert first.session.acr is Acr.MFA
    assert again == Refused(Refusal.WRONG)


async def test_an_account_unused_for_ninety_days_is_suspended_until_reopened(house: House) -> None:
    account = await house.account()
    house.clock.move(days=90)
    suspended = await house.sign_in.sign_in(typed(), Acr.PASSWORD)
    await house.accounts.reopen(account, "sec.admin")

    assert suspended == Refused(Refusal.WRONG)
    assert isinstance(await house.sign_in.sign_in(typed(), Acr.PASSWORD), Started)


async def test_processes_that_start_at_once_make_one_pair_of_keys(url: str) -> None:
    async with open_house(url) as one, open_house(url) as other:
        await asyncio.gather(one.minter.keys.prepare(), other.minter.keys.prepare())
        keys = await one.store.signing_keys.list_all()

    assert sorted(key.state for key in keys) == [KeyState.CURRENT, KeyState.NEXT]


async def test_a_key_is_published_before_it_signs(house: House) -> None:
    account = await house.account()
    before = await house.token(account)
    house.clock.move(seconds=1)
    await house.minter.keys.rotate()
    with pytest.raises(BadInputError, match="published"):
        await house.minter.keys.rotate()
    house.clock.move(minutes=11)
    published = {each["kid"] for each in (await house.minter.keys.jwks())["keys"]}
    await house.minter.keys.rotate()
    signing = (await house.minter.keys.current()).kid

    assert signing in published
    assert (await house.verifier.principal(await house.token(account))).sub == account.sub
    with pytest.raises(UnauthenticatedError, match="expired"):
        await house.verifier.principal(before)


async def test_a_leaked_key_verifies_nothing_any_more(house: House) -> None:
    account = await house.account()
    session = await house.session(account)
    token = await house.token(account, session)
    await house.verifier.principal(token)

    await house.minter.keys.replace_leaked()
    house.clock.move(seconds=31)

    with pytest.raises(UnauthenticatedError, match="key"):
        await house.verifier.principal(token)
    fresh = await house.token(account, session)
    assert (await house.verifier.principal(fresh)).sub == account.sub


async def test_no_secret_stands_in_clear_in_the_database(house: House) -> None:
    account = await house.account()
    secret = await house.accounts.give_totp(account, "sec.admin")
    started = await house.sign_in.start(account, Acr.PASSWORD)
    await house.sign_in.sign_in(typed("wrong password"), Acr.PASSWORD)
    key = await house.minter.keys.current()

    async with house.store.database.engine.connect() as connection:
        kept = await connection.run_sync(dump)

    for each in (secret, started.cookie, PASSWORD, "10.0.0.1", key.private, '"d"'):
        assert each not in kept
