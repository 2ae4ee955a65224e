"""The peer of the MJPEG row: a Flask server as people write it. One capture thread, one encode a frame, multipart."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import cv2
from flask import Flask, Response

QUALITY = 75
app = Flask(__name__)


class Camera:
    """A capture thread that keeps the newest JPEG."""

    def __init__(self, source: str) -> None:
        self._capture = cv2.VideoCapture(source)
        self._fresh = threading.Condition()
        self._jpeg = b""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            good, image = self._capture.read()
            if good:
                _, buffer = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
                with self._fresh:
                    self._jpeg = buffer.tobytes()
                    self._fresh.notify_all()

    def frames(self) -> Iterator[bytes]:
        """Yield each new picture as a part."""
        while True:
            with self._fresh:
                self._fresh.wait()
                jpeg = self._jpeg
            yield b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg + b"\r\n"


@app.route("/video")
def video() -> Response:
    """The live picture."""
    return Response(camera.frames(), mimetype="multipart/x-mixed-replace; boundary=frame")


if __name__ == "__main__":
    camera = Camera(sys.argv[1])
    app.run(host="127.0.0.1", port=int(sys.argv[2]), threaded=True)
