"""One more window on the film: start and close as many as you like.

python examples/broadcast/client.py --address tcp://127.0.0.1:5556
"""

from window import options, show

if __name__ == "__main__":
    parser = options("Shows the film that server.py plays.")
    parser.add_argument("--address", default="tcp://127.0.0.1:5556", help="the server's address")
    given = parser.parse_args()
    show(given.address, given, f"{given.stream} at {given.address}")
