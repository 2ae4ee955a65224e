"""What every delivery promises its clients, whatever the encoding, the policy and the transport."""

from __future__ import annotations

import itertools

import pytest

from framecast.fanout.loss import Loss
from tests.fanout.deliveries import DELIVERIES, Delivery, delivery_of

GROUP, KEY_BYTES, DELTA_BYTES = 25, 200_000, 20_000
MANY = 80 * GROUP
MANY_BYTES = 80 * (KEY_BYTES + (GROUP - 1) * DELTA_BYTES)


def publish(delivery: Delivery, first: int, count: int) -> None:
    for number in range(first, first + count):
        is_key = number % GROUP == 0
        starts = is_key or delivery.loss is not Loss.GROUPS
        delivery.publish(number, KEY_BYTES if is_key else DELTA_BYTES, is_key=starts)


@pytest.fixture(params=sorted(DELIVERIES))
def delivery(request: pytest.FixtureRequest) -> Delivery:
    return delivery_of(request.param)


def test_client_that_keeps_up_gets_every_record_once_and_in_order(delivery: Delivery) -> None:
    client, numbers = delivery.join(), []
    for number in range(MANY):
        publish(delivery, number, 1)
        numbers += client.read()
    assert numbers == list(range(MANY))
    assert client.lost == 0


def test_client_begins_where_it_can(delivery: Delivery) -> None:
    client = delivery.join()
    publish(delivery, 3, 2 * GROUP)
    first = client.read()[0]
    if delivery.loss is Loss.GROUPS:
        assert first % GROUP == 0
    else:
        assert first >= 3


def test_late_client_begins_with_what_is_kept(delivery: Delivery) -> None:
    publish(delivery, 0, 2 * GROUP + 5)
    numbers = delivery.join().read()
    newest = 2 * GROUP + 4
    assert numbers == list(range(2 * GROUP, newest + 1)) if delivery.loss is Loss.GROUPS else [newest]


def test_clients_are_sent_the_very_same_objects(delivery: Delivery) -> None:
    clients = [delivery.join(), delivery.join()]
    for number in range(GROUP):
        publish(delivery, number, 1)
        for client in clients:
            client.read()
    one, other = (client.objects() for client in clients)
    assert one == other
    assert len(one) >= GROUP


def test_client_that_does_not_read_costs_bounded_memory_and_hurts_nobody(delivery: Delivery) -> None:
    lazy, quick = [delivery.join() for _ in range(3)], delivery.join()
    numbers, most = [], 0
    for number in range(MANY):
        publish(delivery, number, 1)
        numbers += quick.read()
        most = max(most, delivery.held_bytes)
    assert numbers == list(range(MANY))
    assert quick.lost == 0
    assert most <= delivery.most_bytes(len(lazy)) < MANY_BYTES
    for client in lazy:
        assert client.read()[-1] >= MANY - 2 * GROUP


def test_client_that_reads_again_goes_on_by_its_policy_and_knows_what_it_lost(delivery: Delivery) -> None:
    client = delivery.join()
    publish(delivery, 0, MANY)
    numbers = client.read()
    publish(delivery, MANY, GROUP)
    numbers += client.read()
    assert numbers == sorted(set(numbers))
    gaps = [(a, b) for a, b in itertools.pairwise([-1, *numbers]) if b != a + 1]
    assert gaps
    if delivery.loss is Loss.GROUPS:
        assert all(after % GROUP == 0 for _, after in gaps)
        assert numbers[-GROUP:] == list(range(MANY, MANY + GROUP))
    elif delivery.loss is Loss.QUEUE:
        assert len(gaps) <= 2  # what was on its way, and what is oldest
        assert len(numbers) > GROUP
    else:
        assert len(numbers) <= 4
        assert numbers[-1] == MANY + GROUP - 1
    if delivery.counts_groups:
        assert len({number // GROUP for number in numbers}) + client.lost == MANY // GROUP + 1
    elif client.lost:
        before = numbers[0] if type(delivery).__name__ == "GrpcMessages" else 0
        assert len(numbers) + client.lost == MANY + GROUP - before


def test_slow_client_never_sees_a_hole_within_a_group(delivery: Delivery) -> None:
    client, numbers = delivery.join(), []
    for number in range(MANY):
        publish(delivery, number, 1)
        if number % 711 == 710:
            numbers += client.read()
    numbers += client.read()
    gaps = [(a, b) for a, b in itertools.pairwise(numbers) if b != a + 1]
    assert gaps
    if delivery.loss is Loss.GROUPS:
        assert all(after % GROUP == 0 for _, after in gaps)


def test_client_that_leaves_is_not_held_for(delivery: Delivery) -> None:
    stays, leaves = delivery.join(), delivery.join()
    publish(delivery, 0, 10 * GROUP)
    leaves.close()
    stays.read()
    for number in range(10 * GROUP, 11 * GROUP + 1):
        publish(delivery, number, 1)
        stays.read()
    assert delivery.held_bytes <= KEY_BYTES + GROUP * DELTA_BYTES + 100 * GROUP
