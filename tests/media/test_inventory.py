"""What the media libraries say about themselves."""

from framecast.media import inventory


def test_codecs_are_told_from_those_that_are_not_there() -> None:
    assert inventory.can_decode("h264")
    assert inventory.can_encode("libx264")
    assert not inventory.can_decode("no-such-codec")
    assert not inventory.can_encode("vp8-but-not-really")


def test_versions_are_told() -> None:
    assert "libavcodec" in inventory.ffmpeg()
    assert any(library.startswith("OpenCV 4") for library in inventory.libraries())


def test_hardware_that_is_not_here_says_why() -> None:
    for decoder in inventory.hardware_decoders():
        assert decoder.name
        assert isinstance(decoder.error, str)
