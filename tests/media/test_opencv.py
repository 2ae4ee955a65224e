"""OpenCV is imported by its first use, and then has as many threads as its process may have."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from framecast.media import opencv, pixels, lettering, planes, jpeg
assert "cv2" not in sys.modules
{first}
{second}
found = opencv.cv2.getNumThreads()
assert found == 1, found
assert opencv.cv2.COLOR_BGR2RGB == sys.modules["cv2"].COLOR_BGR2RGB
assert opencv.cv2.resize is sys.modules["cv2"].resize
"""
LOAD, ONE = "opencv.load().setNumThreads(4)", "opencv.use_one_thread()"
LATER = "opencv.cv2.getNumThreads()"


@pytest.mark.parametrize(("first", "second"), [(ONE, LATER), (LOAD, ONE)])
def test_first_use_imports_it_with_one_thread_if_asked(first: str, second: str) -> None:
    code = PROGRAM.format(first=first, second=second)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_name_that_opencv_has_not_is_an_attribute_error() -> None:
    from framecast.media.opencv import cv2

    with pytest.raises(AttributeError, match="no_such_thing"):
        cv2.no_such_thing  # type: ignore[attr-defined]  # noqa: B018
