"""Two detectors with one shape: OpenCV's own people detector, and any ONNX file with YOLOv8's output."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np


@dataclass(frozen=True)
class Detection:
    """Something found: (x, y, width, height) in pixels of the picture, what, and how surely (0 to 1)."""

    box: tuple[int, int, int, int]
    label: str
    confidence: float


class Detector(Protocol):
    """Finds things in a picture."""

    def detect(self, image: np.ndarray) -> list[Detection]:
        """Return what is in a BGR picture."""
        ...


class People:
    """The histogram-of-gradients detector that OpenCV ships: standing people, 64 x 128 pixels and up. No file needed."""

    def __init__(self, confidence: float) -> None:
        self.hog = cv2.HOGDescriptor()
        self.hog.setSVMDetector(cv2.HOGDescriptor.getDefaultPeopleDetector())
        self.confidence = confidence

    def detect(self, image: np.ndarray) -> list[Detection]:
        """Return the people in a BGR picture."""
        if image.shape[0] < 128 or image.shape[1] < 64:
            return []
        boxes, weights = self.hog.detectMultiScale(image, winStride=(8, 8), scale=1.1)
        # A weight is a distance from the dividing plane; this squeezes it to 0..1.
        confidences = 1 / (1 + np.exp(-2 * np.asarray(weights).reshape(-1)))
        found = (
            Detection(_whole(box), "person", float(sure))
            for box, sure in zip(boxes, confidences, strict=True)
        )
        return [detection for detection in found if detection.confidence >= self.confidence]


class Onnx:
    """A model with one input (1, 3, size, size) and one output (1, 4 + classes, candidates), as YOLOv8 exports it."""

    def __init__(self, path: Path, labels: list[str], confidence: float, size: int = 640) -> None:
        self.net = cv2.dnn.readNetFromONNX(str(path))
        self.labels = labels
        self.confidence = confidence
        self.size = size

    def detect(self, image: np.ndarray) -> list[Detection]:
        """Return what the model finds in a BGR picture."""
        height, width = image.shape[:2]
        side = max(height, width)
        square = cv2.copyMakeBorder(image, 0, side - height, 0, side - width, cv2.BORDER_CONSTANT)
        self.net.setInput(cv2.dnn.blobFromImage(square, 1 / 255, (self.size, self.size), swapRB=True))
        candidates = self.net.forward()[
            0
        ].T  # (candidates, 4 + classes): centre x, centre y, width, height, scores
        scores = candidates[:, 4:]
        classes, best = scores.argmax(axis=1), scores.max(axis=1)
        corners = candidates[:, :4] * (side / self.size)
        corners[:, :2] -= corners[:, 2:] / 2
        kept = cv2.dnn.NMSBoxesBatched(
            corners.tolist(), best.tolist(), classes.tolist(), self.confidence, 0.45
        )
        return [
            Detection(_whole(corners[index]), self._label(int(classes[index])), float(best[index]))
            for index in np.asarray(kept, int).reshape(-1)
        ]

    def _label(self, number: int) -> str:
        return self.labels[number] if number < len(self.labels) else str(number)


def _whole(box: np.ndarray) -> tuple[int, int, int, int]:
    x, y, width, height = (round(float(side)) for side in box)
    return x, y, width, height
