"""Frames, greetings and properties: cut anywhere, and made up."""

import numpy as np
import pytest

from framecast.errors import Broken
from framecast.protocols import zmtp


def frames(raw: bytes, step: int) -> list[zmtp.Frame]:
    reader, found = zmtp.Reader(), []
    for at in range(0, len(raw), step):
        reader.feed(raw[at : at + step])
        found += list(reader.frames())
    return found


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_frames_may_come_in_any_pieces(step: int) -> None:
    wanted = [(0, b""), (zmtp.MORE, b"a"), (zmtp.COMMAND, b"x" * 255), (0, b"y" * 256), (0, b"z" * 4096)]
    raw = b"".join(zmtp.frame(body, flags) for flags, body in wanted)
    assert [(one.flags & ~zmtp.LONG, one.body) for one in frames(raw, step)] == wanted


def test_frame_that_is_too_large_is_refused_before_it_has_come() -> None:
    reader = zmtp.Reader()
    reader.feed(zmtp.header(zmtp.MAX_FRAME_BYTES + 1))
    with pytest.raises(Broken, match="got 4097"):
        list(reader.frames())


def test_greeting_names_its_mechanism() -> None:
    raw = zmtp.greeting(b"CURVE", as_server=True)
    assert len(raw) == zmtp.GREETING_BYTES
    assert raw[32] == 1
    assert zmtp.mechanism_of(raw) == b"CURVE"


def test_greeting_of_something_else_is_refused_at_its_first_byte() -> None:
    reader = zmtp.Reader()
    reader.feed(b"G")
    with pytest.raises(Broken, match="does not speak ZeroMQ"):
        reader.greeting()


def test_properties_survive_the_wire() -> None:
    given = {b"Socket-Type": b"SUB", b"Identity": b"", b"X-Long": b"v" * 300}
    found = zmtp.parse_metadata(zmtp.metadata(given))
    assert found == {name.lower(): value for name, value in given.items()}


def test_noise_is_refused_or_read_but_never_anything_else() -> None:
    random = np.random.default_rng(1)
    for _ in range(3000):
        noise = random.integers(0, 256, random.integers(0, 80), np.uint8).tobytes()
        for read in (zmtp.parse_metadata, zmtp.parse_command, lambda raw: frames(raw, 5)):
            try:
                read(noise)
            except Broken:
                pass
