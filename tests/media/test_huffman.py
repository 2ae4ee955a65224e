"""Tables for the pictures of cameras that leave them out."""

import numpy as np
import pytest
import simplejpeg

from framecast.media.huffman import complete
from tests.media.pictures import scene

EXIF_THUMBNAIL = b"\xff\xe1\x00\x0aExif\xff\xd8\xff\xc4"


def picture(subsampling: str = "420") -> bytes:
    return bytes(simplejpeg.encode_jpeg(scene(322, 182), 80, colorspace="BGR", colorsubsampling=subsampling))


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Every marker segment up to the first scan, and the rest as one."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        found.append((jpeg[at + 1], jpeg[at:end]))
        at = end
    return [*found, (0xDA, jpeg[at:])]


def without_tables(jpeg: bytes) -> bytes:
    return jpeg[:2] + b"".join(part for kind, part in segments(jpeg) if kind != 0xC4)


def tables(jpeg: bytes) -> bytes:
    """What the segments of Huffman tables say: one segment may hold several tables."""
    return b"".join(part[4:] for kind, part in segments(jpeg) if kind == 0xC4)


def decoded(jpeg: bytes) -> np.ndarray:
    return np.asarray(simplejpeg.decode_jpeg(jpeg, "BGR"))


@pytest.mark.parametrize("subsampling", ["420", "422", "444"])
def test_picture_without_tables_shows_the_same_once_it_has_the_standard_ones(subsampling: str) -> None:
    whole = picture(subsampling)
    bare = without_tables(whole)
    assert tables(bare) == b""
    mended = complete(bare)
    assert mended is not None
    assert tables(mended) == tables(whole), "libjpeg writes the standard tables too"
    assert np.array_equal(decoded(mended), decoded(whole))


def test_picture_with_tables_is_left_as_it_is() -> None:
    whole = picture()
    assert complete(whole) is whole


def test_tables_of_an_embedded_thumbnail_are_not_the_pictures_own() -> None:
    whole = picture()
    bare = without_tables(whole)
    mended = complete(bare[:2] + EXIF_THUMBNAIL + bare[2:])
    assert mended is not None
    assert np.array_equal(decoded(mended), decoded(whole))


def test_padding_between_markers_is_skipped() -> None:
    bare = without_tables(picture())
    mended = complete(bare[:2] + b"\xff\xff" + bare[2:])
    assert mended is not None
    assert decoded(mended).shape == (182, 322, 3)


@pytest.mark.parametrize(
    "wrong", [b"", b"\xff", b"\xff\xd8", b"\x00\x00\x00\x01\x67", b"\xff\xd8\xff\xe0\xff"]
)
def test_what_is_no_picture_is_told(wrong: bytes) -> None:
    assert complete(wrong) is None


def test_picture_that_was_cut_before_its_scan_is_none() -> None:
    whole = without_tables(picture())
    assert complete(whole[:100]) is None
