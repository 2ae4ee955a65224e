"""The configuration of a node: flags override the environment, which overrides `framecast.yaml`.

Reads the values for the table in `settings` and checks them. Unknown keys are refused by name. No error shows a value, because
values may be secrets. Runs in the node's process, at its start and in its loop at each reload; blocks for the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    create_model,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from framecast.errors import Invalid
from framecast.model import StreamSpec, number
from framecast.model.host import is_loopback
from framecast.model.setting import Row, rows, sections
from framecast.model.text import check_text
from framecast.node import small_file, yaml_document
from framecast.node.misconfiguration import (
    ENV_PREFIX,
    Origins,
    refuse_unknown_variables,
    refused_environment,
)
from framecast.node.settings import MAX_TOKEN, Settings
from framecast.servers import certificate

FILE_NAME = "framecast.yaml"
# The key of a stream that replaces `source` if the address is a secret of its own.
SOURCE_FILE = "source_file"
_MOST = (1 << 63) - 1
_STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """The settings with their values, and what follows from them. Made by `load`."""

    path: Path | None = None  # the file that was read, if there was one
    given: frozenset[str] = frozenset()  # the top-level keys that somebody has set
    # The configured streams, with the defaults applied. Sources in files are read once: what was valid then stays.
    specs: Mapping[str, StreamSpec] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.specs:
            self._placed("defaults", {"source": "pattern:"}, ("defaults",))
            specs = {
                name: self._placed(name, given, ("streams", name)) for name, given in self.streams.items()
            }
            object.__setattr__(self, "specs", specs)

    @property
    def source_files(self) -> list[Path]:
        """The files that sources were read from."""
        streams = [given for given in self.streams.values() if isinstance(given, dict)]
        return sorted({Path(str(given[SOURCE_FILE])) for given in streams if SOURCE_FILE in given})

    def _placed(self, name: str, given: object, keys: tuple[str, ...]) -> StreamSpec:
        """As `spec`; the error knows the keys that lead to the stream."""
        try:
            return self.spec(name, given)
        except Invalid as error:
            raise _Misplaced(str(error), keys) from None

    def spec(self, name: str, given: object) -> StreamSpec:
        """Return one stream from a source or a mapping, with the defaults of this configuration.

        Raises:
            Invalid: names the key that is unknown, missing or wrong, or the file that cannot be read.
        """
        if isinstance(given, str | int) and not isinstance(given, bool):
            given = {"source": given}
        if isinstance(given, dict):
            given = {**self.defaults, **given}
            if SOURCE_FILE in given:
                given = _with_source_of_file(name, given)
        return StreamSpec.from_json(name, given).check_shared()

    def token(self) -> str:
        """Return the access token, '' if there is none.

        Raises:
            Invalid: its file cannot be read, or is empty.
        """
        if self.access_token is not None:
            return self.access_token
        if self.access_token_file is None:
            return ""
        try:
            token = small_file.first_line(self.access_token_file)
        except Invalid as error:
            raise Invalid(f"access_token_file {error}") from None
        check_text(f"the token in access_token_file {self.access_token_file}", token, MAX_TOKEN)
        if not token:
            raise Invalid(f"access_token_file {self.access_token_file} has no token in its first line")
        return token

    def oidc_secret(self) -> str | None:
        """Return the secret of this server at the OpenID Connect provider, None without one.

        Raises:
            Invalid: its file cannot be read, or is empty.
        """
        return _secret_of(self.oidc.client_secret, self.oidc.client_secret_file, "oidc.client_secret_file")

    def s3_secret(self) -> str | None:
        """Return the secret of the access key of S3, None without one; raises as `oidc_secret`."""
        s3 = self.library.s3
        return _secret_of(s3.secret_key, s3.secret_key_file, "library.s3.secret_key_file")

    @property
    def certificates(self) -> dict[str, tuple[Path, Path]]:
        """The certificate and the key of each server that speaks TLS, by the server's name."""
        web = self.tls.cert_file, self.tls.key_file
        rpc = self.grpc.tls_cert_file or web[0], self.grpc.tls_key_file or web[1]
        given = {"web": web, **({"grpc": rpc} if self.grpc.enabled else {})}
        return {name: (cert, key) for name, (cert, key) in given.items() if cert and key}

    def check_certificates(self) -> None:
        """Read the certificates, so that a wrong one is reported before a server needs it.

        Raises:
            Invalid: names the file that cannot be read, or the two that do not fit.
        """
        for cert, key in dict.fromkeys(self.certificates.values()):
            certificate.load(cert, key)

    def check_exposure(self) -> None:
        """Refuse ports for other machines that no account and no token could protect: those of ZeroMQ without keys.

        Raises:
            Denied: with what to do.
        """
        if not self.insecure:
            self.zmq.check_exposure()

    @property
    def needs_accounts(self) -> bool:
        """True if other machines reach a port that only accounts can protect: there is no access token, and nobody has said `insecure`."""
        if self.insecure or self.token():
            return False
        grpc_host = self.grpc.host if self.grpc.enabled else ""
        return not all(map(is_loopback, (self.host, grpc_host or self.host)))


class _Misplaced(Invalid):
    """An error of a stream, or of the defaults, in the configuration."""

    def __init__(self, message: str, keys: tuple[str, ...]) -> None:
        super().__init__(message)
        self.keys = keys


def load(path: Path | None = None, **flags: object) -> Config:
    """Return the configuration. `flags` are by key; a mapping is a section, None is a flag that was not given.

    Without `path` the file is `framecast.yaml` of the current folder, if there is one.

    Raises:
        Invalid: a file cannot be read, a key is unknown, a value is wrong; the message names place and key.
    """
    path = path or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    in_file = yaml_document.read(path) if path else {}
    refuse_unknown_variables()
    # A class of its own, because pydantic-settings asks the class, not an instance, for its sources.
    loader = type("Config", (_loader(),), {"in_file": in_file, "__module__": __name__})
    given = {name: value for name, value in flags.items() if value is not None}
    origins = Origins(given, in_file, path)
    try:
        loaded = loader(**given)
    except ValidationError as error:
        # Without the cause: a validation error carries the values, and these may be secrets.
        raise origins.refused_values(error) from None
    except (SettingsError, RecursionError) as error:
        raise refused_environment(error) from None
    values = {one.name: getattr(loaded, one.name) for one in fields(Settings)}
    try:
        return Config(**values, path=path, given=frozenset(loaded.model_fields_set))
    except _Misplaced as error:
        raise origins.refused_stream(error, error.keys) from None


def schema() -> dict[str, Any]:
    """Return the JSON schema of `framecast.yaml`."""
    return _loader().model_json_schema()


# --- the table as models of pydantic


class _Loader(BaseSettings):
    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        validate_default=False,
    )
    in_file: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=dict(cls.in_file))


@cache
def _loader() -> type[_Loader]:
    """The model that reads all settings; made at the first use."""
    given: dict[str, Any] = dict(_fields(Settings))
    streams, default = given["streams"]
    one = {"type": "object", "additionalProperties": _stream_schema()}
    given["streams"] = (Annotated[streams, WithJsonSchema(one, mode="validation")], default)
    given |= _sections(Settings)
    return create_model("Config", __base__=_Loader, __doc__=Settings.__doc__, **given)


def _sections(table: type) -> dict[str, Any]:
    """The sections of a table as pydantic wants its fields, with the sections in them."""
    found: dict[str, Any] = {}
    for name, section in sections(table).items():
        options: dict[str, Any] = {**dict(_fields(section)), **_sections(section)}
        model = create_model(f"{name.title()}Config", __config__=_STRICT, __doc__=section.__doc__, **options)
        found[name] = (Annotated[model, AfterValidator(partial(_filled, section))], section())
    return found


def _fields(table: type) -> Iterable[tuple[str, tuple[Any, Any]]]:
    """The rows of a table as pydantic wants its fields: name, type and validators, default and description."""
    for row in rows(table):
        if "." in row.key:
            continue
        made = row.field.default_factory
        default = {"default": row.default} if made is MISSING else {"default_factory": made}
        row_field = Field(
            **default, description=row.setting.plain_doc, ge=row.setting.low, le=row.setting.high
        )
        yield row.key, (Annotated[(_hint(row), row.setting, *_validators(row))], row_field)


def _hint(row: Row) -> Any:  # noqa: ANN401  a type
    return SecretStr | None if row.setting.is_secret and row.hint == str | None else row.hint


def _validators(row: Row) -> Iterable[AfterValidator | BeforeValidator]:
    if row.setting.parse is not None:
        yield BeforeValidator(row.setting.parse)
    elif int in (row.hint, *get_args(row.hint)):
        yield BeforeValidator(_digits)
    if _hint(row) != row.hint:
        yield AfterValidator(lambda secret: None if secret is None else secret.get_secret_value())
    if row.setting.check is not None:
        yield AfterValidator(row.setting.check)


def _filled(table: type, model: BaseModel) -> object:
    return table(**{name: getattr(model, name) for name in type(model).model_fields})


def _digits(given: object) -> object:
    """A number that the environment gives as text: in ASCII digits, as everywhere."""
    if not isinstance(given, str):
        return given
    try:
        return number.integer(given.strip(), -_MOST, _MOST)
    except ValueError:
        raise Invalid("must be a whole number, got a text") from None


def _stream_schema() -> dict[str, Any]:
    """The JSON schema of one stream: a source, or a mapping of the rows of `StreamSpec`."""
    options: dict[str, Any] = {
        row.key: (row.hint, Field(row.default, description=row.setting.plain_doc)) for row in rows(StreamSpec)
    }
    named = create_model("Stream", __config__=_STRICT, source=(str, ...), **options)
    options = {SOURCE_FILE: (str, ...), **options}
    hidden = create_model("HiddenStream", __config__=_STRICT, **options)
    return {"anyOf": [{"type": "string"}, named.model_json_schema(), hidden.model_json_schema()]}


# --- what is refused


def _secret_of(secret: str | None, path: Path | None, key: str) -> str | None:
    """A secret that is given, or that stands in the file of the setting `key`."""
    if path is None:
        return secret
    try:
        secret = small_file.first_line(path)
    except Invalid as error:
        raise Invalid(f"{key} {error}") from None
    if not secret:
        raise Invalid(f"{key} {path} has no secret in its first line")
    return secret


def _with_source_of_file(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Replace `source_file` by the `source` in its first line."""
    path = Path(str(given[SOURCE_FILE]))
    if "source" in given:
        raise Invalid(f"stream {name} has both 'source' and '{SOURCE_FILE}': leave one out")
    try:
        source = small_file.first_line(path)
    except Invalid as error:
        raise Invalid(f"{SOURCE_FILE} of stream {name}: {error}") from None
    if not source:
        raise Invalid(f"{SOURCE_FILE} {path} of stream {name} has no source in its first line")
    return {key: value for key, value in given.items() if key != SOURCE_FILE} | {"source": source}
