"""The gRPC API: services, methods, messages, fields with their numbers and types."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import framecast.v1


def lines() -> Iterator[str]:
    """Give the contract's lines."""
    for module in iter_modules(framecast.v1.__path__, "framecast.v1."):
        if module.name.endswith("_pb2"):
            yield from _of_file(import_module(module.name).DESCRIPTOR)


def _of_file(file: Any) -> Iterator[str]:
    for service in file.services_by_name.values():
        for method in service.methods:
            asked = f"{'stream ' if method.client_streaming else ''}{method.input_type.full_name}"
            answered = f"{'stream ' if method.server_streaming else ''}{method.output_type.full_name}"
            yield f"rpc {service.full_name}/{method.name}({asked}) returns ({answered})"
    for enum in file.enum_types_by_name.values():
        yield from _of_enum(enum)
    for message in file.message_types_by_name.values():
        yield from _of_message(message)


def _of_message(message: Any) -> Iterator[str]:
    yield f"message {message.full_name}"
    for field in message.fields:
        type_ = field.message_type or field.enum_type
        name = type_.full_name if type_ else f"scalar {field.type}"
        repeated = "repeated " if field.is_repeated else ""
        oneof = f" in {field.containing_oneof.name}" if field.containing_oneof else ""
        yield f"field {message.full_name}.{field.name} = {field.number}: {repeated}{name}{oneof}"
    for enum in message.enum_types:
        yield from _of_enum(enum)
    for nested in message.nested_types:
        yield from _of_message(nested)


def _of_enum(enum: Any) -> Iterator[str]:
    for value in enum.values:
        yield f"enum {enum.full_name}.{value.name} = {value.number}"
