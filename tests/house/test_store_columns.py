"""The platform database holds no departmental facts: every column stands here with its reason."""

from sqlalchemy import Column, MetaData, String, Table

from store.tables import METADATA

OWNER = {
    "id": "opaque, random; says nothing about anybody",
    "created_at": "when the platform first knew of it",
    "successor_id": "opaque id it was merged into",
}
LINK = {
    "id": "opaque, random",
    "department": "which of the four holds the record",
    "source": "which instance of the department's system",
    "local_key": "the department's own key; empty where that is somebody's ID number",
    "key_hmac": "keyed hash of source and key, for lookup",
    "key_sealed": "the key under AES-SIV, where it is somebody's ID number",
    "level": "how sure the judgement is",
    "evidence": "codes of what it rests on; never the values",
    "author": "who judged",
    "confirmed_by": "the account that confirmed",
    "valid_from": "when the judgement began",
    "valid_to": "when it ended",
    "version": "counts changes of the row",
}
ALLOWED = {
    "person": OWNER,
    "person_number": {
        "number_hash": "keyed hash of the normalised ID number or link key",
        "person_id": "opaque id",
        "key_id": "which secret made the hash",
        "created_at": "when the number was first seen",
    },
    "person_link": LINK | {"person_id": "opaque id"},
    "link_record": {
        "entity": "person or unit",
        "source": LINK["source"],
        "key_hmac": LINK["key_hmac"],
        "department": LINK["department"],
        "local_key": LINK["local_key"],
        "key_sealed": LINK["key_sealed"],
        "content_hmac": "keyed hash of all that is judged: whether the record has changed",
        "number_hmac": "keyed hash of the normalised ID number: who is judged together",
        "shared_hmac": "keyed hash of the link key",
        "block_hmac": "keyed hash of unit and name together: who may be the same person",
        "outcome": "how surely it is linked, or why it is not",
        "is_double": "whether its source has another record of the person",
        "is_linked": "whether it has a link",
        "is_disputed": "whether earlier names were asked for",
    },
    "link_mark": {
        "entity": "person or unit",
        "source": LINK["source"],
        "version": "the newest change seen: a time, or a number of the source's own",
        "rules_digest": "digest of the rules of matching",
        "mapping_digest": "digest of the mapping file",
        "units_digest": "digest of which codes are which units",
    },
    "unit": OWNER,
    "unit_link": LINK | {"unit_id": "opaque id"},
    "account": {
        "sub": "opaque, random; the subject of tokens",
        "login": "what is typed to sign in",
        "name": "what the platform calls the account",
        "roles": "what the account may do",
        "department": "the department whose reviewer or steward it is",
        "divisions": "its scope, by division code",
        "units": "its scope, by standard unit code",
        "password_hash": "argon2id",
        "totp_sealed": "the second factor's secret under AES-SIV",
        "totp_counter": "the last one-time code that was taken",
        "is_disabled": "whether it was closed",
        "created_at": "when it was made",
        "changed_by": "who changed it last",
        "used_at": "last sign-in; unused ones are suspended",
    },
    "session": {
        "sid": "opaque, random",
        "sub": "whose session",
        "cookie_hash": "digest of the browser's secret",
        "acr": "how surely somebody signed in",
        "started_at": "when it began",
        "seen_at": "when it was used last",
        "idle_seconds": "how long it may be unused",
        "ends_at": "when it ends at the latest",
        "ended_at": "when it was ended",
    },
    "revoked": {
        "mark": "id of a token or an authorization",
        "until": "when the last such token expires",
    },
    "signing_key": {
        "kid": "thumbprint of the public key",
        "algorithm": "what it signs with",
        "state": "next, current or old",
        "private_sealed": "the private key under AES-SIV",
        "made_at": "when it was made",
    },
    "sign_in_count": {
        "subject_hmac": "keyed hash of account, client address or both",
        "failures": "failed sign-ins",
        "first_at": "since when they are counted",
        "locked_until": "when the next is let through",
    },
    "budget_count": {
        "key_hmac": "keyed hash of subject, kind of budget and time",
        "used": "how much was asked for",
        "until": "when it begins anew",
    },
    "client": {
        "client_id": "name of a system that signs people in here",
        "name": "what people are shown",
        "secret_hash": "digest of its random secret",
        "redirect_uris": "its addresses",
        "logout_uris": "its addresses after sign-out",
        "back_channel_uri": "its address that is told of ended sessions",
        "is_resource_server": "whether it may ask about other clients' tokens",
        "created_at": "when it was made",
    },
    "client_grant": {
        "id": "opaque, random",
        "code_hash": "digest of the code",
        "client_id": "which system asked",
        "sid": "whose session",
        "redirect_uri": "where the code was sent",
        "scope": "what was asked for",
        "nonce": "the client's own random value",
        "challenge": "the client's PKCE challenge",
        "made_at": "when the code was made",
        "code_spent_at": "when the code was used",
        "revoked_at": "when everything made from it was revoked",
    },
    "cache_change": {
        "id": "counts changes",
        "source": "whose rows were changed; empty: links",
        "token": "keyed hash of a key or opaque id; empty: all there are",
        "made_at": "when it was changed",
    },
    "refresh_token": {
        "token_hash": "digest of the token",
        "grant_id": "what it goes back to",
        "made_at": "when it was made",
        "spent_at": "when it was used",
    },
    "audit_entry": {
        "chain": "opaque, random; one for each process that writes",
        "sequence": "place in the chain",
        "at": "when it happened",
        "key_id": "which secret hashed and sealed it",
        "digest": "of the salted content",
        "previous": "keyed hash of the entry before it",
        "hash": "keyed hash of this entry",
        "payload_sealed": "who asked what for which purpose, under AES-256-GCM; may be erased",
    },
    "audit_subject": {
        "chain": "of the entry",
        "sequence": "of the entry",
        "subject_hmac": "keyed hash of a person, unit, ID number, account or department",
        "at": "when it happened",
    },
    "audit_anchor": {
        "chain": "of the signed head",
        "sequence": "of the signed head",
        "kind": "hourly, at the end of a process, or left by a purge",
        "hash": "of the signed head",
        "at": "when it was signed",
        "key_id": "which secret signed it",
        "mac": "the signature",
    },
    "audit_sighting": {
        "reader_hmac": "keyed hash of an account",
        "kind": "whether a person or a unit was read",
        "subject_hmac": "keyed hash of it",
        "seen_on": "the last day",
    },
}


def unexplained(metadata: MetaData) -> set[str]:
    """Columns that nobody gave a reason for, and reasons without a column."""
    held = {f"{t.name}.{c.name}" for t in metadata.tables.values() for c in t.columns}
    told = {f"{table}.{column}" for table, columns in ALLOWED.items() for column in columns}
    return held ^ told


def test_every_column_of_the_platform_database_has_a_reason() -> None:
    assert unexplained(METADATA) == set()


def test_a_departmental_fact_would_be_noticed() -> None:
    grown = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(grown)
    Table("person", grown, Column("name", String(50)), extend_existing=True)
    Table("pay", grown, Column("gross", String(50)))

    assert unexplained(grown) == {"person.name", "pay.gross"}
