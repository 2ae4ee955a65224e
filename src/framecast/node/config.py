"""The configuration of a node: `framecast.yaml`, above it the environment, above that the flags.

Unknown keys are refused by name, wherever they come from. Nothing here shows a value in an error: values may be secrets.
"""

from __future__ import annotations

import difflib
import os
import pwd
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from framecast.bus.runtime import runtime_dir
from framecast.errors import Denied, Invalid
from framecast.model import StreamSpec, number
from framecast.model.sentence import key_of, sentence
from framecast.model.text import check_text, named, shown, without_halves
from framecast.node import small_file, yaml_document
from framecast.node.sections import (
    SECTIONS,
    Folder,
    GrpcConfig,
    LogConfig,
    Network,
    Whole,
    ZmqConfig,
    is_loopback,
)

FILE_NAME = "framecast.yaml"
ENV_PREFIX = "FRAMECAST_"
DEFAULT_PORT = 8080
# The key of a stream that stands for `source` where the address is a secret of its own.
SOURCE_FILE = "source_file"
MAX_TOKEN = 4096  # characters
_PATHS = ("_dir", "_file")  # keys whose values may have any bytes


def _stream_schema() -> dict[str, Any]:
    """The JSON schema of one stream: a source, or a mapping of `StreamSpec`'s fields."""
    hints = get_type_hints(StreamSpec)
    given: dict[str, Any] = {"source": (str, ...)}
    for field in fields(StreamSpec):
        if field.default is not MISSING:
            given[field.name] = (hints[field.name], field.default)
    named = create_model("Stream", __config__=ConfigDict(extra="forbid"), **given)
    hidden_given = {
        SOURCE_FILE: (str, ...),
        **{key: value for key, value in given.items() if key != "source"},
    }
    hidden = create_model("HiddenStream", __config__=ConfigDict(extra="forbid"), **hidden_given)
    return {"anyOf": [{"type": "string"}, named.model_json_schema(), hidden.model_json_schema()]}


Streams = Annotated[
    dict[str, Any],
    WithJsonSchema({"type": "object", "additionalProperties": _stream_schema()}, mode="validation"),
]


def _data_dir() -> Path:
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    if given.is_absolute():  # as the specification wants it
        return given / "framecast"
    home = Path(os.environ.get("HOME", ""))
    if not home.is_absolute():
        try:
            home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        except KeyError:  # a container's user without a name
            return runtime_dir() / "data"
    return home / ".local" / "share" / "framecast"


class Config(BaseSettings):
    """Every key of `framecast.yaml`. Made by `load`, which knows where each value came from."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        validate_default=False,
    )

    streams: Streams = Field(
        default_factory=dict, description="name: source, or name: {source: ..., option: ...}"
    )
    defaults: dict[str, Any] = Field(default_factory=dict, description="options of every stream of this file")
    host: str = Field("127.0.0.1", description="address that the web server listens on")
    port: Whole = Field(DEFAULT_PORT, ge=0, le=65535, description="its TCP port; 0 takes a free one")
    hosts: list[str] = Field(default_factory=list, description="names by which browsers call this server")
    origins: list[str] = Field(
        default_factory=list,
        description="other sites whose pages may show players, such as https://intra.example",
    )
    trusted_proxies: list[Network] = Field(
        default_factory=list,
        description="addresses of proxies, such as 127.0.0.1 or 10.0.0.0/8, that say truly who their clients are",
    )
    base_path: str = Field("", description="path prefix under which a reverse proxy shows the web server")
    media_dirs: list[Folder] = Field(
        default_factory=list,
        description="folders whose files may be named over the network; nobody but the owner of the node names others",
    )
    data_dir: Path = Field(default_factory=_data_dir, description="folder for what has to survive a restart")
    runtime_dir: Path = Field(default_factory=runtime_dir, description="folder of node.sock")
    socket_mode: Whole = Field(
        0o600, description="file mode of node.sock, such as '0660' for programs of a group"
    )
    access_token: SecretStr | None = Field(None, description="what clients must show; at least 1 character")
    access_token_file: Path | None = Field(None, description="a file whose first line is the access token")
    insecure: bool = Field(
        False, description="true allows another address than loopback without an access token"
    )
    grpc: GrpcConfig = GrpcConfig()
    zmq: ZmqConfig = ZmqConfig()
    log: LogConfig = LogConfig()

    _path: Path | None = PrivateAttr(None)
    _specs: dict[str, StreamSpec] = PrivateAttr(default_factory=dict)

    @property
    def path(self) -> Path | None:
        """The file that was read, None where there is none."""
        return self._path

    def specs(self) -> dict[str, StreamSpec]:
        """Return the configured streams, with the defaults applied and the sources that were in files."""
        return dict(self._specs)

    @property
    def source_files(self) -> list[Path]:
        """The files that sources were read from."""
        streams = [given for given in self.streams.values() if isinstance(given, dict)]
        return sorted({Path(str(given[SOURCE_FILE])) for given in streams if SOURCE_FILE in given})

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
        """Return the access token, '' where there is none.

        Raises:
            Invalid: its file cannot be read, or is empty.
        """
        if self.access_token is not None:
            return self.access_token.get_secret_value()
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

    def check_exposure(self) -> None:
        """Refuse to be open to other machines without access control.

        Raises:
            Denied: with what to do.
        """
        if not self.insecure:
            self.zmq.check_exposure()
        if self.insecure or self.token():
            return
        grpc_host = self.grpc.host if self.grpc.enabled else ""
        for key, host in (("host", self.host), ("grpc.host", grpc_host or self.host)):
            if not is_loopback(host):
                raise Denied(
                    f"{key} {host} lets other machines in, and no access token is set: set FRAMECAST_ACCESS_TOKEN, "
                    "or write 'insecure: true' if everybody there may see and change the streams"
                )

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: list[str]) -> list[str]:
        for one in origins:
            parts = urlsplit(one)
            if (
                parts.scheme not in ("http", "https")
                or not parts.netloc
                or parts.path.strip("/")
                or parts.query
            ):
                raise Invalid("must be origins such as 'https://intra.example' or 'http://10.0.0.5:8123'")
        return origins

    @field_validator("socket_mode", mode="before")
    @classmethod
    def _octal(cls, given: object) -> object:
        if isinstance(given, str):
            try:
                return number.integer(given, 0, 0o7777, 8)
            except ValueError as error:
                raise Invalid("must be an octal number such as '0660'") from error
        return given

    @field_validator("socket_mode")
    @classmethod
    def _usable_mode(cls, mode: int) -> int:
        if mode & ~0o777 or mode & 0o600 != 0o600:
            raise Invalid("must let the owner read and write, such as '0600' or '0660'")
        return mode

    @field_validator("access_token")
    @classmethod
    def _not_empty(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None or not token.get_secret_value().strip():
            raise Invalid("must not be empty: put a token that begins with a sign into quotes")
        check_text("it", token.get_secret_value(), MAX_TOKEN)
        return token

    @model_validator(mode="after")
    def _check_streams(self) -> Config:
        self.spec("defaults", {"source": "pattern:"})
        # Read once: what was valid here is what the node gets, whatever happens to the files meanwhile.
        self._specs.update({name: self.spec(name, given) for name, given in self.streams.items()})
        return self


# Keys that have keys of their own.
def load(path: Path | None = None, **flags: object) -> Config:
    """Return the configuration: flags before the environment before the file at `path` before the defaults.

    Without `path` the file is `framecast.yaml` of the current folder, where there is one. A flag that is None is not given.

    Raises:
        Invalid: a file that cannot be read, an unknown key, a wrong value; the message names place and key.
    """
    path = path or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    in_file = yaml_document.read(path) if path else {}
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    _refuse_unknown_variables()

    class Loaded(Config):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=in_file)

    try:
        config = Loaded(**given)
    except ValidationError as error:
        # The cause is left out: a validation error carries the values, and these may be secrets.
        raise Invalid(_sentence(error, in_file, path)) from None
    except (SettingsError, RecursionError) as error:
        # The sentence of a SettingsError names the key, not its value.
        why = (
            "JSON that is nested too deeply" if isinstance(error, RecursionError) else shown(str(error), 200)
        )
        raise Invalid(f"the environment cannot be read: {why}") from None
    config._path = path
    return config


def schema() -> dict[str, Any]:
    """Return the JSON schema of `framecast.yaml`."""
    return Config.model_json_schema()


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


def _refuse_unknown_variables(environ: Mapping[str, str] = os.environ) -> None:
    for variable, value in sorted(environ.items()):
        key = variable.removeprefix(ENV_PREFIX).partition("__")[0].lower()
        if variable.startswith(ENV_PREFIX) and key not in Config.model_fields:
            raise Invalid(
                f"environment variable {variable} is not known: {_nearest(key, Config.model_fields)}"
            )
        if variable.startswith(ENV_PREFIX) and not key.endswith(_PATHS) and without_halves(value) != value:
            raise Invalid(f"environment variable {variable} is not UTF-8 text: set it in UTF-8")


def _sentence(error: ValidationError, in_file: Mapping[str, Any], path: Path | None) -> str:
    """The first problem, with its place and key and without its value."""
    found = error.errors(include_url=False)[0]
    keys = [str(part) for part in found["loc"]]
    name = key_of(found["loc"])
    where = str(path) if keys and keys[0] in in_file else "the configuration"
    if found["type"] == "extra_forbidden":
        section = SECTIONS.get(keys[0]) if len(keys) > 1 else None
        known = (section or Config).model_fields
        return f"{where} has the unknown key {named(name)}: {_nearest(keys[-1], known)}"
    message = sentence(found)
    return f"{where}: {name}: {message}" if name else f"{path or 'the configuration'}: {message}"


def _nearest(key: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(key[:80], known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
