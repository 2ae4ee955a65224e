"""A window that shows a stream's pictures, received by plain ZeroMQ. Quits by Escape, Q, or its button.

Only the newest picture counts: a window that is slow, or is being moved, shows fewer, never old ones.
"""

import argparse
import json

import zmq

try:
    import pygame
except ImportError:
    raise SystemExit(
        "this example shows windows: pip install 'framecast[view]', or pip install pygame-ce"
    ) from None


def options(description):
    """Return a parser with what server and client have in common."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--stream", default="film", help="the stream's name")
    parser.add_argument("--width", type=int, default=640, help="width of the picture; its height follows")
    parser.add_argument("--frames", type=int, default=0, help="end after so many pictures; 0 goes on")
    return parser


def show(address, arguments, title):
    """Show pictures until the window is closed, or as many as were asked for. Returns how many."""
    subscriber = zmq.Context().socket(zmq.SUB)
    subscriber.rcvhwm = 1
    subscriber.linger = 0
    subscriber.subscribe(f"{arguments.stream}/frames/rgb/{arguments.width}x0$")
    subscriber.connect(address)
    pygame.display.init()
    screen, shown = None, 0
    while not arguments.frames or shown < arguments.frames:
        for event in pygame.event.get():
            if event.type == pygame.QUIT or (
                event.type == pygame.KEYDOWN and event.key in (pygame.K_ESCAPE, pygame.K_q)
            ):
                return shown
        if not subscriber.poll(50):
            continue
        _, header, payload = subscriber.recv_multipart(copy=False)
        fields = json.loads(header.bytes)
        height, width, _ = fields["shape"]
        if screen is None or screen.get_size() != (width, height):
            screen = pygame.display.set_mode((width, height))
            pygame.display.set_caption(title)
        screen.blit(pygame.image.frombuffer(payload.buffer, (width, height), "RGB"), (0, 0))
        pygame.display.flip()
        shown += 1
        print(
            f"picture {fields['seq']}: {width} x {height}, {fields['dropped']} left out before it", flush=True
        )
    return shown
