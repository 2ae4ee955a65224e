"""Run one task in a process of its own, from the event loop of a server. The thread that starts the process waits for it; nothing here blocks the loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from framecast.errors import Broken
from framecast.processing.child import Child
from framecast.processing.messages import Order
from framecast.processing.outcome import Refused
from framecast.processing.tasks import TASKS, Limits

__all__ = ["Limits", "Refused", "run_task"]


async def run_task(
    kind: str,
    request: Mapping[str, Any],
    *,
    inputs: Sequence[Path],
    output: Path | None,
    limits: Limits | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Return the checked result of a task. It can read `inputs` (absolute paths) and write into the folder `output`, and nothing else.

    `limits` None: those of the table. `on_progress` is called on the loop. Cancelling this kills the process with everything it has started, and waits for its end; what it has
    written stays in `output`.

    Raises:
        Refused: the file is not accepted; the message is for its owner. Final.
        Broken: the process has died, or took too long, or has handed back what is not valid; it may work next time.
    """
    task = TASKS[kind]
    order = Order(
        kind,
        request,
        tuple(map(str, inputs)),
        None if output is None else str(output),
        limits or task.limits,
        os.getpid(),
    )
    loop = asyncio.get_running_loop()
    child = Child(order)
    pool = ThreadPoolExecutor(1, f"fc:{kind}")

    def told(value: float) -> None:
        loop.call_soon_threadsafe(on_progress, value)

    ended = loop.run_in_executor(pool, child.run, told)
    pool.shutdown(wait=False)
    try:
        result = await asyncio.shield(ended)
    except asyncio.CancelledError:
        child.kill()
        await asyncio.wait([ended])
        ended.exception()
        raise
    try:
        return task.checked(result)
    except ValueError as error:
        raise Broken(f"the process of the task has handed back what is not valid: {error}") from error
