"""Which connection goes when the server is full."""

from framecast.servers.web.connections import SPARE, Connections, descriptors_for_connections


class Peer:
    """A connection that notes that it was closed."""

    closed = False

    def give_way(self) -> None:
        self.closed = True


def test_connection_that_waits_longest_goes_for_a_new_one() -> None:
    connections = Connections(limit=3)
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
    connections = Connections(limit=2)
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
    connections = Connections(limit=1)
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
