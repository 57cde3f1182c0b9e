"""The city file and its overrides as one checked object; read once, by app.py and commands."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from adapters.mapping.findings import Findings
from adapters.mapping.lines import line_index, nearest_line
from adapters.mapping.syntax import syntax_finding
from auth.tokens.outside import check_address
from domain.model.departments import Department
from domain.model.errors import BadInputError, Finding, MappingError
from domain.model.roles import Role
from resolvers.sharing import Collapse

SourceKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Seconds = Annotated[float, Field(gt=0, le=600)]
INTROSPECTING: Final = frozenset(Role) - {Role.UNIT_CLERK, Role.SERVICE}
"""Everybody but unit clerks and service accounts, who work with programs that are built already."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformPart(_Part):
    """`[platform]`: its own database and two secrets (64 hexadecimal digits or more each)."""

    url: SecretStr | None = None
    url_file: Path | None = None
    index_key: SecretStr | None = None
    index_key_file: Path | None = None
    data_key: SecretStr | None = None
    data_key_file: Path | None = None
    old_data_key: SecretStr | None = None
    """The data key of before, as long as `fourfold keys rewrap` has not gone through."""
    old_data_key_file: Path | None = None
    pool_size: int = Field(5, ge=1, le=100)
    issuer: str = "http://127.0.0.1:8000"
    """The platform's own address as browsers reach it; sign-in takes it from nowhere else."""
    division: str | None = Field(None, pattern=r"^[0-9]{2,12}$")
    """Where all that the departments hold lies: whose scope covers it reaches everything."""

    @field_validator("issuer")
    @classmethod
    def _safe_issuer(cls, value: str) -> str:
        return _safe_address(value, "issuer")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("url", "index_key", "data_key"):
            _given_once(self, name)
        if self.old_data_key is not None and self.old_data_key_file is not None:
            raise ValueError("give old_data_key or old_data_key_file, not both")
        return self


class SourcePart(_Part):
    """`[[sources]]`: one departmental source; times in seconds."""

    department: Department
    divisions: list[str] = []
    url: SecretStr | None = None
    url_file: Path | None = None
    mapping: Path
    max_connections: int = Field(4, ge=1, le=200)
    max_waiting: int = Field(512, ge=0, le=10_000)
    max_keys: int = Field(512, ge=1, le=4096)
    connect_timeout: Seconds = 3.0
    statement_timeout: Seconds = 5.0
    deadline: Seconds = 8.0
    breaker_failures: int = Field(3, ge=1, le=1000)
    retry_after: Seconds = 1.0
    retry_at_most: Seconds = 15.0
    cache_seconds: float = Field(0.0, ge=0, le=60)
    """How long rows without personal indicators are kept; 0: not at all."""
    cache_personal: bool = False

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        _given_once(self, "url")
        return self


class BudgetPart(_Part):
    """`[graph.budgets]`: what one signed-in subject may ask for; 0 is no bound."""

    cost_per_minute: int = Field(2_000_000, ge=0)
    lookups_per_day: int = Field(5000, ge=0)
    misses: int = Field(100, ge=0)


class SocketPart(_Part):
    """`[graph.sockets]`: connections for subscriptions, of each process; times in seconds."""

    max_connections: int = Field(1000, ge=1, le=100_000)
    max_per_client: int = Field(30, ge=1, le=100_000)
    max_subscriptions: int = Field(20, ge=1, le=1000)
    init_timeout: Seconds = 8.0
    recheck: float = Field(30.0, gt=0, le=30)
    """A sign-out is honoured within 30 s, whatever is set here."""
    origins: list[str] = []
    """Further pages that may connect, as browsers name them: `https://console.city.example`."""

    @field_validator("origins")
    @classmethod
    def _safe_origins(cls, value: list[str]) -> list[str]:
        for each in value:
            if urlsplit(_safe_address(each, "an origin")).path:
                raise ValueError("an origin has no path")
        return value


class GraphPart(_Part):
    """`[graph]`: bounds of a request; `get = "queries"` lets any query come by GET."""

    debug: bool = False
    get: Literal["trusted", "queries"] = "trusted"
    documents: Literal["open", "report", "locked"] = "open"
    manifest: Path | None = None
    introspection_roles: frozenset[Role] = INTROSPECTING
    max_depth: int = Field(12, ge=1, le=100)
    max_tokens: int = Field(2000, ge=100, le=100_000)
    max_aliases: int = Field(50, ge=0, le=10_000)
    max_root_fields: int = Field(50, ge=1, le=10_000)
    max_directives: int = Field(10, ge=0, le=10_000)
    max_rows: int = Field(20_000, ge=1, le=10_000_000)
    max_cost: int = Field(250_000, ge=1, le=100_000_000)
    max_body_bytes: int = Field(100_000, ge=1000, le=10_000_000)
    body_timeout: Seconds = 10.0
    budgets: BudgetPart = BudgetPart()
    sockets: SocketPart = SocketPart()
    kept_documents: int = Field(200, ge=1, le=10_000)

    @model_validator(mode="after")
    def _a_manifest_where_documents_are_locked(self) -> Self:
        if self.documents != "open" and self.manifest is None:
            raise ValueError(f'documents = "{self.documents}" needs a manifest')
        return self


class ClaimsPart(_Part):
    """Which claims of an outside issuer say what; `roles` turns its names into ours."""

    roles_claim: str = "roles"
    department_claim: str = "department"
    divisions_claim: str = "divisions"
    units_claim: str = "units"
    name_claim: str = "name"
    mfa_acr: list[str] = ["mfa"]
    roles: dict[str, Role] = {}


class IssuerPart(_Part):
    """`[[auth.issuers]]`: an outside issuer whose access tokens are accepted."""

    issuer: str
    audience: str
    keys_url: str | None = None
    token_type: str = "at+jwt"  # noqa: S105 - a media type
    claims: ClaimsPart = ClaimsPart()

    @field_validator("issuer", "keys_url")
    @classmethod
    def _safe(cls, value: str | None) -> str | None:
        return None if value is None else _safe_address(value, "an issuer's address")


class UpstreamPart(_Part):
    """`[auth.upstream]`: another provider that people sign in at; the platform is its client."""

    issuer: str
    client_id: str
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    scope: str = "openid profile"
    claims: ClaimsPart = ClaimsPart()

    @field_validator("issuer")
    @classmethod
    def _safe(cls, value: str) -> str:
        return _safe_address(value, "an issuer's address")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        _given_once(self, "client_secret")
        return self


class AuthPart(_Part):
    """`[auth]`: who may ask; `enabled = false` only where the server listens on this machine."""

    enabled: bool = True
    provider: bool = True
    audience: str = Field("fourfold", min_length=1)
    algorithm: Literal["RS256", "ES256", "EdDSA"] = "RS256"
    issuers: list[IssuerPart] = []
    upstream: UpstreamPart | None = None

    @model_validator(mode="after")
    def _some_issuer(self) -> Self:
        if self.enabled and not self.provider and not self.issuers:
            raise ValueError("without the provider at least one of [[auth.issuers]] is needed")
        return self


class AlertPart(_Part):
    """`[audit.alerts]`: from where on somebody is told; 0 is never.

    Office hours are the city's, Monday to Friday; equal ones are never over.
    """

    persons_per_day: int = Field(200, ge=0)
    refusals: int = Field(10, ge=0)
    refusal_minutes: int = Field(10, ge=1, le=1440)
    office_from: int = Field(7, ge=0, le=24)
    office_until: int = Field(20, ge=0, le=24)
    unit_days: int = Field(30, ge=0, le=366)


class AuditPart(_Part):
    """`[audit]`: who read whom. On where sign-in is; its key lies outside of the database."""

    enabled: bool | None = None
    """Left out: on where sign-in is on, since there is nobody to name where it is off."""
    key: SecretStr | None = None
    key_file: Path | None = None
    """Left out as well as `key`: `audit.key` beside the city file, made at the first start."""
    old_key_files: list[Path] = []
    anchor_file: Path | None = Path("audit-anchors.jsonl")
    """Better on another machine, where who holds the database cannot write."""
    anchor_minutes: int = Field(60, ge=1, le=1440)
    anchor_entries: int = Field(500, ge=1, le=1_000_000)
    """Whichever comes first, in each process."""
    wait_seconds: Seconds = 5.0
    keep_days: int = Field(1095, ge=183)
    """How long entries are kept: three years; the law wants six months."""
    alerts: AlertPart = AlertPart()

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key is not None and self.key_file is not None:
            raise ValueError("give key or key_file, not both")
        return self


class CachePart(_Part):
    """`[cache]`: what is shared and kept for seconds; entries are bounds of one process."""

    collapse: Collapse = Collapse.LARGE
    links_seconds: float = Field(0.0, ge=0, le=60)
    links: int = Field(5000, ge=1, le=1_000_000)
    unit_links_seconds: float = Field(10.0, ge=0, le=60)
    unit_links: int = Field(20_000, ge=1, le=1_000_000)
    rows: int = Field(10_000, ge=1, le=1_000_000)
    """Of each source."""


class LogPart(_Part):
    """`[log]`: JSON lines for machines, or a console form for people."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class Settings(BaseSettings):
    """A whole city file; the environment overrides any key.

    `FOURFOLD_<PART>__<KEY>`, and for a source `FOURFOLD_SOURCES__<NAME>__<KEY>`.
    """

    model_config = SettingsConfigDict(
        extra="forbid", env_prefix="FOURFOLD_", env_nested_delimiter="__", frozen=True
    )

    platform: PlatformPart
    sources: dict[SourceKey, SourcePart] = Field(min_length=1)
    graph: GraphPart = GraphPart()
    auth: AuthPart = AuthPart()
    audit: AuditPart = AuditPart()
    log: LogPart = LogPart()
    cache: CachePart = CachePart()

    @property
    def is_audited(self) -> bool:
        """Whether entries are kept."""
        return self.auth.enabled if self.audit.enabled is None else self.audit.enabled

    @classmethod
    def settings_customise_sources(  # the signature is pydantic's
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - not ours
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not used
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not used
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return env_settings, init_settings


def _safe_address(value: str, name: str) -> str:
    """HTTPS, or HTTP on this machine; no path's end, query or fragment that could be added to."""
    try:
        check_address(value)
    except BadInputError as error:
        raise ValueError(f"{name}: {error}") from error
    if "?" in value or value.endswith("/"):
        raise ValueError(f"{name} has no query and does not end with /")
    return value


def _given_once(part: BaseModel, name: str) -> None:
    given = [key for key in (name, f"{name}_file") if getattr(part, key) is not None]
    if len(given) != 1:
        raise ValueError(f"give exactly one of {name} and {name}_file")


def read_settings(path: Path) -> Settings:
    """The settings of a city file. Raises MappingError with every mistake, its line and remedy."""
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([syntax_finding(path, text, error)]) from error
    findings = Findings(str(path), line_index(text))
    names = _name_sources(data, findings)
    try:
        settings = Settings(**data)
    except ValidationError as error:
        findings.add_validation(error)
        raise MappingError([_at_source(f, findings, names) for f in findings.found]) from error
    if findings.found:
        raise MappingError(findings.found)
    return settings


def source_lines(path: Path) -> dict[str, int]:
    """The line of each source's database in a city file. Raises MappingError."""
    text = _text(path)
    lines = line_index(text)
    listed = tomllib.loads(text).get("sources", [])
    return {
        str(source.get("name")): nearest_line(lines, ("sources", str(number), "url"))
        for number, source in enumerate(listed)
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name the city file with --config; `fourfold demo make` writes one"
        raise MappingError([Finding(str(path), 1, "the file cannot be read", remedy)]) from error


def _name_sources(data: dict[str, Any], findings: Findings) -> list[str]:
    """Turns the array of sources into a table by name; gives the names in file order."""
    listed = data.get("sources")
    if not isinstance(listed, list):
        return []
    named: dict[str, Any] = {}
    for number, source in enumerate(listed):
        name = str(source.pop("name", "")) if isinstance(source, dict) else ""
        if not name or name in named:
            wrong = f"two sources are named {name!r}" if name else "a source has no name"
            findings.add(("sources", str(number)), wrong, "give each source a name of its own")
        named[name or f"source-{number}"] = source
    data["sources"] = named
    return list(named)


def _at_source(finding: Finding, findings: Findings, names: list[str]) -> Finding:
    """The finding at its source's line: pydantic knows the source's name, the file its number."""
    parts = finding.message.partition(":")[0].split(".")
    if parts[0] != "sources" or len(parts) < 2 or parts[1] not in names:
        return finding
    line = findings.line(("sources", str(names.index(parts[1])), *parts[2:]))
    return Finding(finding.file, line, finding.message, finding.remedy)
