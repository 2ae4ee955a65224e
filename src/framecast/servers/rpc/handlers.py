"""The methods of a service, registered by hand: what is ready-made bytes goes out as it is, without a second coding.

An implementation has a coroutine for each method, named as the method is in snake case. Of a method with one request it
gets that, else an iterator of them; it returns the one response, or writes each (bytes) to the context. Errors of
Framecast end the call with their status; a request that cannot be read is INVALID_ARGUMENT.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from framecast.errors import FramecastError, Invalid
from framecast.servers.rpc.calls import Calls
from framecast.servers.rpc.status import Context, refuse

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Serve = Callable[[Any, Context], Awaitable[Message | None]]

_NAMES: dict[object, str] = {code.value[0]: code.name for code in grpc.StatusCode}

log = logging.getLogger("framecast.grpc")


def handler_of(
    service: ServiceDescriptor, implementation: object, calls: Calls
) -> grpc.GenericRpcHandler[Any, Any]:
    """Return the handler of a whole service; `calls` counts them.

    Raises:
        AttributeError: the implementation lacks a method.
    """
    methods = {method.name: _method(method, implementation, calls) for method in service.methods}
    return grpc.method_handlers_generic_handler(service.full_name, methods)


def _method(method: MethodDescriptor, implementation: object, calls: Calls) -> Handler:
    implemented: Serve = getattr(implementation, re.sub(r"(?<=.)([A-Z])", r"_\1", method.name).lower())
    read = _reader(method)

    def serve(request: Any, context: Context) -> Awaitable[Message | None]:  # noqa: ANN401  a message or many
        calls.begun[method.name] += 1
        return implemented(request, context)

    explained = _explained(serve, _checked_each if method.client_streaming else _checked)
    handle = _counted(explained, method.name, calls)
    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(handle, read)
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(handle, read)
    return grpc.unary_unary_rpc_method_handler(handle, read, _write)


def _counted(serve: Serve, method: str, calls: Calls) -> Serve:
    """Count how each call ends."""

    async def handle(request: Any, context: Context) -> Message | None:  # noqa: ANN401  a message or many
        try:
            response = await serve(request, context)
        except asyncio.CancelledError:
            calls.ended[method, "CANCELLED"] += 1
            raise
        except BaseException:
            calls.ended[method, _code_of(context)] += 1
            raise
        calls.ended[method, "OK"] += 1
        return response

    return handle


def _code_of(context: Context) -> str:
    """Return the status with which a call was ended; one whose client has left has none."""
    code: object = context.code()
    return code.name if isinstance(code, grpc.StatusCode) else _NAMES.get(code, "CANCELLED")


def _reader(method: MethodDescriptor) -> Callable[[bytes], Message | Invalid]:
    """A deserializer that never raises: gRPC would make an internal error of it, and log it."""
    kind = GetMessageClass(method.input_type)

    def read(data: bytes) -> Message | Invalid:
        try:
            return kind.FromString(data)
        except DecodeError:
            return Invalid(
                f"the {len(data)} bytes of the request are not a {method.input_type.full_name}: "
                "use the messages of proto/framecast/v1"
            )

    return read


def _write(message: Message) -> bytes:
    return message.SerializeToString()


def _checked(request: Message | Invalid) -> Message:
    if isinstance(request, Invalid):
        raise request
    return request


async def _checked_each(requests: AsyncIterator[Message | Invalid]) -> AsyncIterator[Message]:
    async for request in requests:
        yield _checked(request)


def _explained(serve: Serve, checked: Callable[[Any], Any]) -> Serve:
    async def handle(request: Any, context: Context) -> Message | None:  # noqa: ANN401  a message or many
        try:
            return await serve(checked(request), context)
        except FramecastError as error:
            await refuse(context, error)
        except (grpc.RpcError, grpc.aio.BaseError):
            raise  # an abort, or the client is gone
        except Exception:
            log.exception("a call failed")
            await context.abort(grpc.StatusCode.INTERNAL, "the server failed at this; its log says more")
            raise

    return handle
