"""Suites that receive run on both implementations of RTP."""

from tests.support.implementations import chosen as chosen
