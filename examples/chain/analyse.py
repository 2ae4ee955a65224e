"""One camera's analyser: sees what moves, and publishes it as a stream of its own.

    python examples/chain/analyse.py front-door          # publishes front-door.motion

Its stream has two tracks: `frames`, the picture whenever something moves in it, and `data`, for every picture how much
moves. It waits where the camera is away, and the camera never waits for it.
"""

import argparse

import cv2
import numpy as np

import framecast

WIDTH = 640
CHANGED = 18  # levels of brightness that make a pixel count as changed


class Motion:
    """The share of the picture that has changed, against a slowly following background."""

    def __init__(self) -> None:
        self.background: np.ndarray | None = None

    def measure(self, gray: np.ndarray) -> float:
        """Return the share of pixels, 0 to 1, that have changed."""
        now = cv2.GaussianBlur(gray, (7, 7), 0).astype(np.float32)
        if self.background is None or self.background.shape != now.shape:
            self.background = now
        changed = cv2.absdiff(now, self.background) > CHANGED
        cv2.accumulateWeighted(now, self.background, 0.1)
        return float(changed.mean())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("camera", help="name of the stream to analyse")
    parser.add_argument(
        "--threshold", type=float, default=0.002, help="share of the picture that must have changed"
    )
    options = parser.parse_args()
    motion = Motion()
    with (
        framecast.open(options.camera, format="bgr", size=(WIDTH, 0)) as camera,
        framecast.publish(f"{options.camera}.motion", tracks=["frames", "data"]) as out,
    ):
        for frame in camera:
            share = motion.measure(frame.gray)
            out.send_data({"motion": round(share, 4), "captured_at": frame.captured_at}, at=frame)
            if share >= options.threshold:
                out.send(frame)


if __name__ == "__main__":
    main()
