"""What the three clients share: subscribe to a data track, print some positions of each record.

Plain ZeroMQ: nothing of Framecast is needed where a client runs.
"""

import argparse
import json

import numpy as np
import zmq


def main(description, positions):
    """Print the values at `positions` (a slice) of every record."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--address", default="tcp://127.0.0.1:5556", help="the node's ZeroMQ server")
    parser.add_argument("--stream", default="numbers", help="the stream's name")
    parser.add_argument("--messages", type=int, default=0, help="end after so many; 0 goes on")
    arguments = parser.parse_args()

    subscriber = zmq.Context().socket(zmq.SUB)
    subscriber.subscribe(f"{arguments.stream}/data$")  # the $ ends the topic: this track and no other
    subscriber.connect(arguments.address)
    count = 0
    while not arguments.messages or count < arguments.messages:
        _, header, payload = subscriber.recv_multipart()
        fields = json.loads(header)
        values = np.frombuffer(payload, fields["dtype"]).reshape(fields["shape"])
        shown = " ".join(f"{value:.3f}" for value in values[positions])
        lost = f"  ({fields['dropped']} lost before it)" if fields["dropped"] else ""
        print(f"{fields['seq']}: {shown}{lost}", flush=True)
        count += 1
