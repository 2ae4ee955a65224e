"""What clients hold open: by whom, since when, and what goes when the server is full or a principal ends."""

from framecast.servers.access.principal import Kind, Principal
from framecast.servers.access.registry import Registry, descriptors_for_connections

SPARE = 4
LINK, OTHER = Principal(Kind.LINK, "a"), Principal(Kind.LINK, "b")


class Peer:
    """A connection that notes that it was closed."""

    closed = False
    ended = False

    def give_way(self) -> None:
        self.closed = True

    def end(self) -> None:
        self.ended = True


def test_connection_that_waits_longest_goes_for_a_new_one() -> None:
    connections = Registry(limit=3)
    peers = [Peer() for _ in range(3)]
    assert all(connections.enter(peer) for peer in peers)
    connections.serve(peers[0])
    assert connections.enter(Peer())
    assert [peer.closed for peer in peers] == [False, True, False]
    connections.wait(peers[0])  # it waits from now on: the third has waited longer
    assert connections.enter(Peer())
    assert [peer.closed for peer in peers] == [False, True, True]
    assert (connections.count, connections.closed_for_others, connections.is_full) == (3, 2, False)


def test_connections_in_use_stay_and_few_more_are_let_in_for_health_checks() -> None:
    connections = Registry(limit=2, spare=SPARE)
    for _ in range(2):
        used = Peer()
        connections.enter(used)
        connections.serve(used)
    spare = [Peer() for _ in range(SPARE)]
    for peer in spare:
        assert connections.enter(peer)
        assert connections.is_full
        connections.serve(peer)
    assert not connections.enter(Peer())
    connections.leave(spare[0])
    assert connections.enter(Peer())


def test_closed_connection_does_not_come_back() -> None:
    connections = Registry(limit=1)
    peer = Peer()
    connections.enter(peer)
    connections.leave(peer)
    connections.leave(peer)
    connections.wait(peer)
    assert connections.count == 0
    assert connections.enter(Peer())
    assert not peer.closed


def test_descriptors_are_left_for_streams() -> None:
    assert 16 <= descriptors_for_connections() <= 16384


def test_everything_of_one_principal_ends_at_once_and_nothing_else() -> None:
    connections = Registry()
    first, second, other, unknown = (Peer() for _ in range(4))
    for peer, principal in ((first, LINK), (second, LINK), (other, OTHER)):
        connections.enter(peer, "10.0.0.1")
        connections.identify(peer, principal)
    connections.enter(unknown, "10.0.0.1")
    assert connections.principals() == {LINK, OTHER}
    assert connections.end(LINK) == 2
    assert [peer.ended for peer in (first, second, other, unknown)] == [True, True, False, False]
    assert connections.end(Principal(Kind.LINK, "c")) == 0


def test_connection_that_waits_for_its_next_request_belongs_to_nobody() -> None:
    """A proxy uses it for another client next."""
    connections = Registry()
    peer = Peer()
    connections.enter(peer)
    connections.identify(peer, LINK)
    connections.wait(peer)
    assert connections.end(LINK) == 0
    assert not peer.ended
    connections.identify(peer, OTHER)
    assert connections.principals() == {OTHER}


def test_registry_says_who_is_connected_from_where_since_when() -> None:
    now = 1000.0
    connections = Registry(now=lambda: now)
    peer = Peer()
    connections.enter(peer, "10.0.0.1")
    connections.identify(peer, LINK, "192.0.2.7")  # the proxy at 10.0.0.1 says so
    ((found, entry),) = connections
    assert (found, entry.address, entry.since, entry.principal) == (peer, "192.0.2.7", now, LINK)
    connections.leave(peer)
    connections.identify(peer, LINK)
    assert not [*connections]


def test_without_a_limit_no_connection_gives_way() -> None:
    connections = Registry()
    peers = [Peer() for _ in range(1000)]
    assert all(connections.enter(peer) for peer in peers)
    assert not any(peer.closed for peer in peers)
    assert not connections.is_full
