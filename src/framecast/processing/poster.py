"""The task `poster`: the picture of a time that somebody has chosen. Runs in a throw-away process, confined to its inputs and its output folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from framecast.errors import Invalid
from framecast.media.poster import encoded, picture_at
from framecast.media.storedfile import Input
from framecast.processing.manifest import manifest
from framecast.processing.order import PublishOrder
from framecast.processing.outcome import Refused

_NAME, _QUALITY = "poster.jpg", 85


def run(request: Mapping[str, Any], report: Callable[[float], None]) -> dict[str, Any]:
    """Write `poster.jpg` into `output`, and return a manifest with it.

    `request`: as for `publish`, `at_s`, and `main`, the file that is played, if there is one.

    Raises:
        Refused: there is no picture at this time.
    """
    order = PublishOrder.of(request)
    main = request.get("main")
    source = Input(Path(main), "mov") if main else order.input
    try:
        image = picture_at(source, request["at_s"])
    except Invalid as error:
        raise Refused(str(error)) from error
    (order.output / _NAME).write_bytes(encoded(image, _QUALITY))
    report(1.0)
    return manifest(order.output, [], poster=_NAME)
