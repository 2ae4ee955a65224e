"""One detector for all cameras: loads its model once, reads every analyser's stream, and answers each with a stream.

    python examples/chain/detect.py front-door garden                  # publishes front-door.objects, garden.objects
    python examples/chain/detect.py front-door --onnx yolov8n.onnx --labels coco.txt

Each answer has a `data` track with {"boxes": [[x, y, width, height], ...], "labels": [...], "confidences": [...], "width",
"height", "seq", "captured_at"} and the frame's own times, and a `frames` track with the boxes drawn. It always takes
the newest picture of the camera that has waited longest: a slow model makes answers rarer, never older.
"""

import argparse
import selectors
from collections import OrderedDict
from pathlib import Path

import cv2
from detectors import Detection, Detector, Onnx, People

import framecast


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cameras", nargs="+", help="cameras whose .motion streams are read")
    parser.add_argument("--onnx", type=Path, help="a YOLOv8-like model instead of OpenCV's people detector")
    parser.add_argument("--labels", type=Path, help="a text file with one label a line, for --onnx")
    parser.add_argument("--confidence", type=float, default=0.5)
    options = parser.parse_args()
    detector = load(options)
    print("model loaded", flush=True)
    selector = selectors.DefaultSelector()
    writers = {}
    for camera in options.cameras:
        selector.register(framecast.open(f"{camera}.motion"), selectors.EVENT_READ, camera)
        writers[camera] = framecast.publish(f"{camera}.objects", tracks=["frames", "data"])
    turns: OrderedDict[str, framecast.Reader] = OrderedDict()
    while True:
        for key, _ in selector.select(timeout=0 if turns else None):
            turns.setdefault(key.data, key.fileobj)  # who has waited stays in front
        if turns:
            camera, reader = turns.popitem(last=False)
            answer(detector, reader, writers[camera])


def load(options: argparse.Namespace) -> Detector:
    if options.onnx is None:
        return People(options.confidence)
    labels = options.labels.read_text().splitlines() if options.labels else []
    return Onnx(options.onnx, labels, options.confidence)


def answer(detector: Detector, reader: framecast.Reader, writer: framecast.Writer) -> None:
    try:
        frame = reader.read(0)
    except framecast.WouldBlock:
        return  # news of the stream, but no picture
    found = detector.detect(frame.bgr)
    result = {
        "boxes": [detection.box for detection in found],
        "labels": [detection.label for detection in found],
        "confidences": [round(detection.confidence, 3) for detection in found],
        "width": frame.width,
        "height": frame.height,
        "seq": frame.seq,
        "captured_at": frame.captured_at,
    }
    writer.send_data(result, at=frame)
    writer.send(draw(frame, found), at=frame)


def draw(frame: framecast.Frame, found: list[Detection]) -> cv2.typing.MatLike:
    image = frame.copy("bgr")
    for detection in found:
        x, y, width, height = detection.box
        cv2.rectangle(image, (x, y), (x + width, y + height), (0, 220, 0), 2)
        text = f"{detection.label} {detection.confidence:.2f}"
        cv2.putText(
            image, text, (x, max(12, y - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 220, 0), 1, cv2.LINE_AA
        )
    return image


if __name__ == "__main__":
    main()
