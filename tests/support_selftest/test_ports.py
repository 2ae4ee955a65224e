"""Ports of tests that run beside each other."""

from itertools import combinations

from tests.support.ports import share


def test_processes_that_run_tests_share_no_port_nor_do_those_that_replace_crashed_ones() -> None:
    shares = [set(share(f"gw{number}", 4)) for number in range(8)]
    assert all(len(ports) >= 500 for ports in shares)
    assert not [pair for pair in combinations(shares, 2) if pair[0] & pair[1]]
