"""Blurs one picture a second with OpenCV, and shows it where you can see it.

    python examples/blur.py front-door --stream blurred     # a stream of its own: open the node's page
    python examples/blur.py front-door --file blurred.png   # always the newest, in a file
    python examples/blur.py front-door                      # a window, if this OpenCV has any

`max_fps=1` is applied where the pictures come from: this program is not even woken for the others.
"""

import argparse
import os
from contextlib import suppress

import cv2

import framecast


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="a stream's name, a URL, a file or a device")
    parser.add_argument("--stream", help="publish under this name")
    parser.add_argument("--file", help="write to this file")
    parser.add_argument("--sigma", type=float, default=8.0, help="how far to blur, in pixels")
    options = parser.parse_args()
    out = framecast.publish(options.stream) if options.stream else None
    with framecast.open(options.source, max_fps=1) as camera:
        for frame in camera:
            blurred = cv2.GaussianBlur(frame.bgr, (0, 0), options.sigma)
            if out is not None:
                out.send(blurred, at=frame)
            if options.file:
                save(options.file, blurred)
            if not (options.stream or options.file):
                show(blurred)
            print(f"frame {frame.seq} blurred", flush=True)


def save(path: str, image: cv2.typing.MatLike) -> None:
    """Replace the file in one step, so that nobody sees half a picture."""
    name, ending = os.path.splitext(path)
    unfinished = f"{name}.part{ending}"
    cv2.imwrite(unfinished, image)
    os.replace(unfinished, path)


def show(image: cv2.typing.MatLike) -> None:
    try:
        cv2.imshow("blurred", image)
        cv2.waitKey(1)
    except cv2.error as error:
        raise SystemExit(
            f"this OpenCV has no windows: use --stream NAME or --file FILE ({error.err})"
        ) from error


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
