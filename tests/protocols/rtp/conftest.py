"""These suites run on both implementations of RTP."""

from tests.support.implementations import rtp as rtp
