"""The service's configuration: one Struct, read from the environment once per process."""

import os
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import Meta

from activities.common import tracing

_CHECKOUT = Path(__file__).resolve().parent.parent

_CENTURY_DAYS = 36_500

# Larger numbers are typing errors, and some would be beyond the last date.
_Count = Annotated[int, Meta(gt=0, le=1_000_000)]
_CountOrNone = Annotated[int, Meta(ge=0)]
_Days = Annotated[float, Meta(gt=0, le=_CENTURY_DAYS)]
_Wait = Annotated[float, Meta(gt=0, le=3600)]

# A day more than the database itself insists on: clocks differ.
_AuditDays = Annotated[float, Meta(ge=31, le=_CENTURY_DAYS)]

IO_SECRETS = ("smtp_url",)
"""What io workers alone need to know."""

API_SECRETS = ("jwt_secret", "url_secrets", "oidc_client_secret")
"""What the API alone needs to know: with it anybody's token or link can be made."""

_OTHER_NAMES = {"storage_allow_http": "AWS_ALLOW_HTTP"}
"""Settings whose variable has the name that other tools know it by."""

_WRONG = re.compile(r"Expected `(\w+)`(?: (>=|<=|>) (\S+))?.* - at `\$\.(\w+)`", re.DOTALL)
_OUT_OF_RANGE = re.compile(r".* out of range - at `\$\.(\w+)`", re.DOTALL)
PORT = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"
"""A port that there is, as regular expressions have it."""
# A label of Punycode that is empty stands for no name.
_SERVER = rf"(?:(?!(?:.*\.)?xn--(?:[.:/]|$))[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::{PORT})?"
_FORMS = {
    "content_url": (
        rf"https?://(?:[^/?#@]*@)?{_SERVER}(?:/[^?#]*)?",
        "URL such as https://platform.example/api",
    ),
    "temporal_ui_url": (
        rf"https?://{_SERVER}(?:/[^?#]*)?",
        "URL such as https://temporal.example",
    ),
    "content_link_base": (r"https?://[^/?#]+/([^?#]*/)?", "URL such as https://platform.example/"),
    "facets": (
        r"[^,:\x00-\x1f]{1,64}(,[^,:\x00-\x1f]{1,64}){0,19}",
        "list of up to 20 names such as subject,language",
    ),
    "database_url": (
        # What stands before @ may be any text, a password among it.
        (
            r"sqlite://(?:/.*)?|postgresql(?:\+\w+)?://(?:[^@]*@)?"
            rf"(?:\[[0-9A-Fa-f:.]+\]|[^/:?@\[\]]*)(?::{PORT})?(?:[/?].*)?"
        ),
        "URL of SQLite or PostgreSQL such as postgresql://user:password@host/name",
    ),
    "storage_url": (
        r"(?:s3a?|gs|az|azure|adl|abfss?|https?|file|memory)://.+",
        "URL of an object store such as s3://bucket/prefix",
    ),
}
_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
_SWITCHES = {"on": "true", "off": "false"}
"""Other words for true and false."""
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than"}


CANNOT_START = "cannot start: "
"""How the sentence begins that a process says last which cannot start as it is set up."""


class SettingsError(ValueError):
    """An environment variable is missing or has a value that cannot be used."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every field is an environment variable, as `variables` names them."""

    data_dir: str = str(_CHECKOUT / ".data")
    """Directory of the embedded defaults: SQLite, the dev server's state, generated secrets."""
    temp_path: str = "/tmp/exports"  # noqa: S108 - the documented default
    """Directory for export files and staging; `storage_url` replaces it."""
    storage_url: str = ""
    """Any obstore URL (`s3://bucket/prefix`) to keep files in instead of `temp_path`."""
    storage_allow_http: bool = False
    """True if an object store may be called without TLS."""
    database_url: str = ""
    """SQLAlchemy URL of the job records, and of content when the SQL source is used; empty: a
    SQLite file in `data_dir`."""
    content_url: str = ""
    """Base URL of an HTTP content source; empty: content comes from the database."""
    content_token: str = ""
    """Bearer token that the HTTP content source expects."""
    content_seconds: _Wait = 30
    """Seconds that the HTTP content source may be silent; a response may take six times that."""
    media_origins: str = ""
    """Origins, comma-separated, from which pictures in content may be fetched over https; what
    stands behind one after `=` is its network, if that is not public."""
    content_link_base: str = ""
    """What relative links in content are relative to; empty: they lead nowhere."""
    facets: str = "subject,language,target_audience,tags"
    """Members of the metadata, comma-separated, by which content is narrowed down, in the order in
    which the page shows them; `language` is the item's own."""
    themes: str = ""
    """Directory of theme files, one TOML a tenant; empty: every file has the design as it is."""
    id_namespace: str = "export-service"
    """Sets the ids in files that other systems import apart from another service's; they are other
    ids once it changes."""
    host: str = "127.0.0.1"
    """Address that the API listens on."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    """Port that the API listens on."""
    internal_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    """Port of a second listener, for `/metrics` and `/health`, which then leave `port`; 0: none."""
    temporal_ui_url: str = ""
    """Base URL of Temporal's web UI, to which operators are led; empty: they are not."""
    public_url: str = ""
    """Base of all links, whose path is the prefix of everything; empty: taken from each request,
    which only a service on a loopback address does."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses and networks, comma-separated, whose `X-Forwarded-For` and `X-Forwarded-Proto`
    count; `*` is everybody."""
    cors_origins: str = ""
    """Origins, comma-separated, whose pages may call the API."""
    mcp: bool = False
    """True if agents may call the service by the Model Context Protocol, at `/mcp`."""
    retention_days: _Days = 7
    """Days after which a file is removed; fractions allowed."""
    record_retention_days: _Days = 90
    """Days after which a job's record is removed."""
    audit_retention_days: _AuditDays = 365
    """Days after which an entry of the audit log is removed; at least 31."""
    max_items: _Count = 100
    """Items that one export may have."""
    max_file_bytes: Annotated[int, Meta(gt=0, le=1024**5)] = 1024**3
    """Bytes of an export's file, and of each part of it while it is made."""
    render_memory_bytes: Annotated[int, Meta(ge=256 * 1024**2, le=1024**4)] = 1024**3
    """Bytes of memory that one render may take."""
    max_seconds: Annotated[float, Meta(gt=0, le=365 * 86_400)] = 86_400
    """Seconds that an export may take, waiting in queues included."""
    max_body_bytes: Annotated[int, Meta(gt=0, le=1024**3)] = 64 * 1024
    """Bytes of a request's body."""
    max_form_bytes: Annotated[int, Meta(gt=0, le=1024**3)] = 16 * 1024
    """Bytes of a form of the pages, but for the one that says what to export."""
    max_head_bytes: Annotated[int, Meta(gt=0, le=1024**2)] = 32 * 1024
    """Bytes of a request's line and headers."""
    max_headers: Annotated[int, Meta(gt=0, le=10_000)] = 100
    """Headers of a request."""
    head_seconds: _Wait = 10
    """Seconds that a request's line and headers may take, and a new connection until they begin."""
    body_seconds: _Wait = 10
    """Seconds that a request's body may pause, or be behind 500 bytes a second in all."""
    keep_alive_seconds: _Wait = 75
    """Seconds that a connection stays open after a response: longer than the minute for which
    proxies keep idle connections, since they must close first, or a request that is just being
    sent is lost."""
    leave_seconds: Annotated[float, Meta(ge=0, le=600)] = 0
    """Seconds for which an API process that is told to stop still takes connections: as long as a
    balancer needs to notice that `/health/ready` says 503."""
    max_connections: _Count = 10_000
    """Connections that an API process has at once, as far as the limit on open files allows."""
    max_unfinished_bytes: Annotated[int, Meta(gt=0, le=1024**4)] = 16 * 1024**2
    """Bytes of memory that requests which have not come whole may take in an API process."""
    max_page_size: Annotated[int, Meta(gt=0, le=10_000)] = 100
    """Jobs on one page of a list."""
    event_streams: _Count = 2_000
    """Event streams that one API process keeps open."""
    owner_event_streams: _Count = 100
    """Event streams that one owner may have open on one API process."""
    link_ttl_seconds: Annotated[int, Meta(gt=0, le=_CENTURY_DAYS * 86_400)] = 86_400
    """Seconds for which a presigned download URL is valid."""
    owner_jobs_in_flight: _CountOrNone = 200
    """Unfinished jobs that one owner may have; 0 is no limit."""
    owner_jobs_at_once: _Count = 2
    """Jobs that are worked on at once for one owner while no other owner has any; while others
    have some, each owner gets an equal share, at least one. The rest wait. As many as there are
    processors for workers keep these busy; more only make others wait longer.
    """
    owner_jobs_per_hour: _CountOrNone = 2_000
    """Jobs that one owner may create in an hour; 0 is no limit."""
    express: bool = False
    """True if small exports go to the workers of the role express, of which there must be some."""
    traces: bool = False
    """True if traces are sent, over OTLP/HTTP to where OpenTelemetry's own variables say."""
    traces_sql: bool = False
    """True if traces have a span for each statement of the database, most of what they cost."""
    build_id: str = ""
    """Names the code that a worker runs, such as a commit. Given, Temporal keeps every export on
    the build with which it began; empty, any worker takes any export.
    """
    jwt_secret: str = ""
    """Shared secret of HS256 tokens, at least 32 bytes."""
    jwks_url: str = ""
    """URL of the public keys (JWKS, RFC 7517) of RS256, ES256 or EdDSA tokens."""
    jwt_issuer: str = "export-service"
    """Required `iss` of a token."""
    jwt_audience: str = "export-service"
    """Required `aud` of a token."""
    frame_ancestors: str = ""
    """Origins of https, comma-separated, whose pages may show ours in a frame; empty: none."""
    oidc_issuer: str = ""
    """Issuer of an OpenID Connect provider by which people sign in; empty: there is none."""
    oidc_client_id: str = ""
    """What the provider calls this service."""
    oidc_client_secret: str = ""
    """Secret of this service at the provider; empty: a public client."""
    oidc_owner_claim: str = "sub"
    """Claim that is the owner's id in content."""
    oidc_admin_claim: str = ""
    """`claim=value` of those who operate the service, such as `groups=export-admins`; empty:
    nobody operates it who came by this way."""
    oidc_name: str = ""
    """What the provider is called on the page; empty: "your school"."""
    webhook_secrets: str = ""
    """Keys that encrypt the secrets of webhooks, comma-separated: the first encrypts, all decrypt;
    empty: there are no webhooks."""
    webhook_origins: str = ""
    """Origins, comma-separated, that webhooks may name beside the public ones over https; what
    stands behind one after `=` is its network, if that is not public."""
    signing_keys: str = ""
    """Keys that sign receipts and manifests, comma-separated: the first signs, all verify, and
    `public:` with the public key is enough for one that is retired; empty: nothing is signed."""
    payload_secrets: str = ""
    """Keys that encrypt what Temporal is told, comma-separated: the first encrypts, all decrypt;
    `plain` in the first place encrypts nothing yet; empty: it is plain."""
    destinations: str = ""
    """TOML file of the places that files can be delivered to; empty: there are none."""
    smtp_url: str = ""
    """Server that takes mail, such as `smtp://user:password@mail.example:587`, which is to offer
    STARTTLS, or `smtps://`; empty: no mail is sent."""
    mail_from: str = ""
    """Sender of mails: an address, or `Name <address>`; empty: no mail is sent."""
    url_secrets: str = ""
    """Keys that sign download URLs, comma-separated: the first signs, all verify."""
    share_max_days: Annotated[float, Meta(ge=0, le=3_650)] = 30
    """Days for which a share of a file may last; fractions allowed; 0: nothing is shared."""
    owner_pinned: Annotated[int, Meta(ge=0)] = 20
    """Files that one owner may keep until further notice."""
    owner_max_bytes: Annotated[int, Meta(ge=0, le=1024**5)] = 0
    """Bytes that the files of one owner may take, shared and pinned ones among them; 0 is no
    limit."""
    lti_platforms: str = ""
    """TOML file of the platforms whose people come by LTI 1.3; empty: none do."""
    session_seconds: Annotated[int, Meta(gt=0, le=31 * 86_400)] = 28_800
    """Seconds after which somebody who signed in to the pages has to do so again."""

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        # As it stands, `?` and `#` in a path would end it, and `%20` be a space.
        return self.database_url or f"sqlite:///{quote(str(Path(self.data_dir) / 'export.db'))}"

    @property
    def retention(self) -> timedelta:
        """The time after which a file is removed."""
        return timedelta(days=self.retention_days)

    @property
    def record_retention(self) -> timedelta:
        """The time after which a job's record is removed."""
        return timedelta(days=self.record_retention_days)

    @property
    def audit_retention(self) -> timedelta:
        """The time after which an entry of the audit log is removed."""
        return timedelta(days=self.audit_retention_days)

    @property
    def facet_names(self) -> tuple[str, ...]:
        """The facets that are shown, each once."""
        names = (name.strip() for name in self.facets.split(","))
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def link_keys(self) -> tuple[bytes, ...]:
        """The keys that sign download URLs, newest first."""
        return _keys(self.url_secrets)

    @property
    def webhook_keys(self) -> tuple[bytes, ...]:
        """The keys that encrypt the secrets of webhooks, newest first."""
        return _keys(self.webhook_secrets)

    @property
    def listed_signing_keys(self) -> tuple[bytes, ...]:
        """The keys that sign receipts and manifests, newest first."""
        return _keys(self.signing_keys)

    @property
    def payload_keys(self) -> tuple[bytes, ...]:
        """The keys that encrypt what Temporal is told, see `payload_secrets`."""
        return _keys(self.payload_secrets)


def _keys(listed: str) -> tuple[bytes, ...]:
    return tuple(key.strip().encode() for key in listed.split(",") if key.strip())


def variables() -> dict[str, str]:
    """The environment variable of each field of `Settings`."""
    return {
        field.name: _OTHER_NAMES.get(field.name, f"EXPORT_{field.name.upper()}")
        for field in msgspec.structs.fields(Settings)
    }


def from_environment(
    environment: Mapping[str, str] = os.environ, *, unread: Collection[str] = ()
) -> Settings:
    """Read the settings; an empty variable counts as absent.

    Args:
        environment: the variables.
        unread: fields that this process has no use for: they keep their defaults.

    Raises:
        SettingsError: a value is not of its field's type, range or form; it names the variable.
    """
    names = variables()
    given = {
        field: value
        for field, variable in names.items()
        if field not in unread and (value := environment.get(variable, "").strip())
    }
    for known in msgspec.structs.fields(Settings):
        if known.type is bool and known.name in given:
            value = given[known.name]
            given[known.name] = _SWITCHES.get(value.lower(), value)
    for field, (form, wanted) in _FORMS.items():
        if field in given and not re.fullmatch(form, given[field]):
            # Not quoted: it may hold a password.
            raise SettingsError(f"{names[field]}: this is no {wanted}")
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_sentence(str(error), given, names)) from None


def begin_traces(settings: Settings, service: str, roles: str) -> None:
    """Switch traces on if the settings say so; see `tracing.begin`.

    Raises:
        SettingsError: OpenTelemetry's variables ask for what there is not.
    """
    if settings.traces:
        try:
            tracing.begin(service, roles, statements=settings.traces_sql)
        except ValueError as error:
            raise SettingsError(str(error)) from None


def _sentence(message: str, given: Mapping[str, str], names: Mapping[str, str]) -> str:
    """What msgspec says, with the variable's name and without words of Python.

    Only numbers and flags can be wrong here: what is quoted is no secret.
    """
    far = _OUT_OF_RANGE.fullmatch(message)
    if far is not None:
        return f"{names[far[1]]}: {given[far[1]]!r} is too far from 0"
    wrong = _WRONG.fullmatch(message)
    if wrong is None:
        return f"environment: {message}"
    kind, bound, limit, field = wrong.groups()
    wanted = _KINDS.get(kind, kind) + (f" that is {_BOUNDS[bound]} {limit}" if bound else "")
    return f"{names[field]}: {given[field]!r} is not {wanted}"
