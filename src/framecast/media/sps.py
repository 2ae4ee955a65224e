"""What an H.264 sequence parameter set says about the picture (H.264 section 7.3.2.1.1 and annex E): size, pixels, colour, rate.

FFmpeg's decoder reports this only after the first slice; a track is announced before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from framecast.media import annexb
from framecast.protocols.rtp.unit import Damaged

SPS = 7  # the type of the unit
# Profiles whose sets have chroma format, bit depth and scaling lists.
_HIGH = (44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244)
# The baseline profile has no pictures that wait for a later one, nor has the output order that is the order of decoding (8.2.1.3).
_BASELINE, _AS_DECODED = 66, 2
# FFmpeg decodes pictures without colour into 4:2:0 as well.
_PIXELS = {0: "yuv420p", 1: "yuv420p", 2: "yuv422p", 3: "yuv444p"}
_EXTENDED_SAR = 255
_UNSPECIFIED = 2  # H.273
_MAX_SIDE = 16384
_LIMITED, _FULL = 1, 2  # AVColorRange


@dataclass(frozen=True, slots=True)
class PictureParameters:
    """`matrix` and `colour_range` are FFmpeg's numbers; `rate` is None if it is not given.

    `delay` is how many pictures a decoder holds back to put them in order, 0 if it is not given. `is_delay_exact` is True if the
    stream must keep to it.
    """

    width: int
    height: int
    pixels: str
    matrix: int = _UNSPECIFIED
    colour_range: int = 0
    rate: Fraction | None = None
    delay: int = 0
    is_delay_exact: bool = False


def parse(unit: bytes) -> PictureParameters:
    """Return what a sequence parameter set says.

    Raises:
        Damaged: it is not a sequence parameter set.
    """
    if len(unit) < 5 or unit[0] & 31 != 7:
        raise Damaged("no sequence parameter set")
    bits = _Bits(unit[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
    profile = bits.take(8)
    bits.take(16)  # constraints, level
    bits.number()  # seq_parameter_set_id
    chroma, depth = _format(bits) if profile in _HIGH else (1, 8)
    is_ordered = _order(bits) == _AS_DECODED or profile == _BASELINE
    bits.number()  # max_num_ref_frames
    bits.take(1)
    columns, rows = bits.number() + 1, bits.number() + 1
    fields = 1 if bits.take(1) else 2  # frame_mbs_only_flag
    if fields == 2:
        bits.take(1)
    bits.take(1)
    width, height = columns * 16, rows * 16 * fields
    if bits.take(1):  # frame_cropping_flag
        left, right, top, bottom = (bits.number() for _ in range(4))
        width -= (left + right) * (2 if chroma in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1) * fields
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        raise Damaged(f"a picture of {width} x {height}, expected sides of 1 to {_MAX_SIDE}")
    found = PictureParameters(width, height, "", is_delay_exact=is_ordered)
    found = _usability(bits, found)
    name = _PIXELS[chroma]
    if depth > 8:
        name = f"{name}{depth}le"
    elif found.colour_range == _FULL:
        name = name.replace("yuv", "yuvj")
    return replace(found, pixels=name)


def rate_of(extradata: bytes) -> Fraction | None:
    """Return the rate that the first parameter set in Annex B names, None if it names no rate."""
    for unit in annexb.parameter_sets("h264", extradata):
        if annexb.kind("h264", unit) == SPS:
            try:
                return parse(unit).rate
            except Damaged:
                return None
    return None


class _Bits:
    """Bits, the highest of a byte first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """Return the next `count` bits as a number."""
        self._left -= count
        if self._left < 0:
            raise Damaged("a parameter set that is cut off")
        return self._value >> self._left & (1 << count) - 1

    def number(self) -> int:
        """Return an unsigned Exp-Golomb number (9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise Damaged("a number of more than 32 bits")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """Return a signed one (9.1.1)."""
        code = self.number()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def _format(bits: _Bits) -> tuple[int, int]:
    """Chroma format and bit depth; the scaling lists are passed over."""
    chroma = bits.number()
    if chroma not in _PIXELS:
        raise Damaged("an unknown chroma format")
    if chroma == 3:
        bits.take(1)
    depth = 8 + bits.number()
    bits.number()
    bits.take(1)
    if bits.take(1):  # seq_scaling_matrix_present_flag
        for index in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _scaling_list(bits, 16 if index < 6 else 64)
    return chroma, depth


def _scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _order(bits: _Bits) -> int:
    """Frame numbers and picture order counts; returns the type of these."""
    bits.number()
    kind = bits.number()
    if kind == 0:
        bits.number()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.number(), 255)):
            bits.signed()
    return kind


def _usability(bits: _Bits, found: PictureParameters) -> PictureParameters:
    """Matrix, range, rate and reordering of the VUI (E.1.1), as far as it goes."""
    try:
        if not bits.take(1):  # vui_parameters_present_flag
            return found
        if bits.take(1) and bits.take(8) == _EXTENDED_SAR:
            bits.take(32)
        if bits.take(1):  # overscan
            bits.take(1)
        if bits.take(1):  # video_signal_type_present_flag
            found = _colour(bits, found)
        if bits.take(1):  # chroma location
            bits.number()
            bits.number()
        if bits.take(1):  # timing_info_present_flag
            tick, scale = bits.take(32), bits.take(32)
            bits.take(1)
            found = replace(found, rate=Fraction(scale, 2 * tick) if tick and scale else None)
        _buffering(bits)
        if bits.take(1):  # bitstream_restriction_flag
            bits.take(1)
            for _ in range(4):
                bits.number()
            found = replace(found, delay=bits.number(), is_delay_exact=True)
    except Damaged:
        pass  # cut off behind what matters: some cameras do that
    return found


def _colour(bits: _Bits, found: PictureParameters) -> PictureParameters:
    bits.take(3)
    found = replace(found, colour_range=_FULL if bits.take(1) else _LIMITED)
    if bits.take(1):
        bits.take(16)
        found = replace(found, matrix=bits.take(8))
    return found


def _buffering(bits: _Bits) -> None:
    """The parameters of a hypothetical decoder (E.1.2) are passed over."""
    found = False
    for _ in range(2):  # nal_hrd_parameters_present_flag, vcl_hrd_parameters_present_flag
        if bits.take(1):
            _hypothetical(bits)
            found = True
    bits.take(2 if found else 1)  # low_delay_hrd_flag, pic_struct_present_flag


def _hypothetical(bits: _Bits) -> None:
    count = bits.number() + 1
    bits.take(8)
    for _ in range(min(count, 32)):
        bits.number()
        bits.number()
        bits.take(1)
    bits.take(20)
