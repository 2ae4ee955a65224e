"""The last picture as a message: what is no small JPEG is refused."""

import pytest

from framecast.errors import Invalid
from framecast.model.last_picture import MAX_BYTES, LastPicture

JPEG = b"\xff\xd8 a picture \xff\xd9"


def test_picture_goes_through_json() -> None:
    picture = LastPicture(JPEG, 1_700_000_000_123_456_789)
    assert LastPicture.from_json(picture.to_json()) == picture


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "must have 'jpeg'"),
        ({"jpeg": "!", "captured_at": 1}, "must have 'jpeg'"),
        ({"jpeg": None, "captured_at": 1}, "must have 'jpeg'"),
        ({**LastPicture(JPEG, 1).to_json(), "captured_at": "soon"}, "captured_at"),
        (LastPicture(b"GIF89a", 1).to_json(), "must be a JPEG"),
        (LastPicture(JPEG + bytes(MAX_BYTES), 1).to_json(), f"may have {MAX_BYTES} bytes"),
    ],
)
def test_anything_else_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        LastPicture.from_json(fields)
