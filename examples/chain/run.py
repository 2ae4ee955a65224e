"""The whole chain: an analyser for each camera, one detector for all, and whoever dies is started again.

    python examples/chain/run.py front-door garden
    python examples/chain/run.py front-door garden --onnx yolov8n.onnx --labels coco.txt

    camera ──► analyser ──► camera.motion ──┐
    camera ──► analyser ──► camera.motion ──┴► detector (one model) ──► camera.objects, one for each

The members know of each other only by the names of streams, so each of them may die at any moment: its readers wait for the
next writer of the name, and go on.
"""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cameras", nargs="+", help="names of streams of the running node")
    parser.add_argument("--onnx", help="passed on to the detector")
    parser.add_argument("--labels", help="passed on to the detector")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    commands = {f"analyse {camera}": ["analyse.py", camera] for camera in options.cameras}
    model = [
        f"--{key}={value}" for key, value in (("onnx", options.onnx), ("labels", options.labels)) if value
    ]
    commands["detect"] = ["detect.py", *options.cameras, *model]
    members = {name: start(name, command) for name, command in commands.items()}
    try:
        while True:
            time.sleep(0.2)
            for name, member in members.items():
                if member.poll() is not None:
                    print(f"{name} ended with {member.returncode}, starting it again", flush=True)
                    time.sleep(0.5)  # one that cannot start must not keep a core busy
                    members[name] = start(name, commands[name])
    except KeyboardInterrupt:
        pass
    finally:
        for member in members.values():
            member.terminate()
        for member in members.values():
            member.wait()


def start(name: str, command: list[str]) -> subprocess.Popen:
    script, *arguments = command
    member = subprocess.Popen([sys.executable, str(FOLDER / script), *arguments])
    print(f"{name} is process {member.pid}", flush=True)
    return member


if __name__ == "__main__":
    main()
