"""Pictures whose colours are known, and how far others are from them."""

import numpy as np
from numpy.typing import NDArray

from framecast.model import Picture

WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
COLOURS = (
    (255, 255, 255),
    (0, 191, 191),
    (191, 191, 0),
    (0, 191, 0),
    (191, 0, 191),
    (0, 0, 191),
    (191, 0, 0),
    (0, 0, 0),
)


def bars(width: int, height: int) -> NDArray[np.uint8]:
    """Return colour bars, BGR."""
    columns = np.arange(width) * len(COLOURS) // width
    return np.ascontiguousarray(np.broadcast_to(np.array(COLOURS, np.uint8)[columns], (height, width, 3)))


def scene(width: int, height: int) -> NDArray[np.uint8]:
    """Return something smooth with every colour in it, BGR."""
    x, y = np.meshgrid((np.arange(width) + 0.5) / width * np.pi, (np.arange(height) + 0.5) / height * np.pi)
    channels = [np.sin(x + y), np.cos(x), np.sin(y - x / 2)]
    return np.stack([127.5 + 110 * channel for channel in channels], axis=-1).astype(np.uint8)


def encoded(image: NDArray[np.uint8], picture: Picture) -> NDArray[np.uint8]:
    """Return BGR as the read-only planes of `picture`, i420 or nv12, by the formulas of H.273: no library in between."""
    red, blue = WEIGHTS[picture.matrix]
    b, g, r = (image[..., channel].astype(float) for channel in range(3))
    y = red * r + (1 - red - blue) * g + blue * b
    u, v = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
    if not picture.full_range:
        y, u, v = y * 219 / 255 + 16, u * 224 / 255, v * 224 / 255
    layout = picture.layout
    pad = ((0, layout.padded_height - picture.height), (0, layout.padded_width - picture.width))
    y, u, v = (np.pad(plane, pad, mode="edge") for plane in (y, u, v))
    small = [
        plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2).mean(axis=(1, 3)) + 128
        for plane in (u, v)
    ]
    chroma = small if picture.format == "i420" else [np.stack(small, axis=-1)]
    flat = np.concatenate(
        [np.clip(np.round(plane), 0, 255).astype(np.uint8).reshape(-1) for plane in (y, *chroma)]
    )
    flat.flags.writeable = False
    return flat


def distance(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> float:
    """Return how many levels two pictures differ in the mean."""
    return float(np.abs(left.astype(int) - right.astype(int)).mean())
