"""ZeroMQ publishers and imagezmq senders as sources. Contexts are made after the fork, in the source process.

zmq://host:5556/NAME[/TRACK]   messages in Framecast's own form, of another node or of any program (docs/reference/zeromq.md)
imagezmq://host:5555           a sender of imagezmq with REQ_REP=False
imagezmq+rep://127.0.0.1:5555  senders of imagezmq with REQ_REP=True, which connect here
"""

from framecast.sources.zmq.address import check_images, check_native
from framecast.sources.zmq.imagezmq import run as run_images
from framecast.sources.zmq.native import run as run_native

__all__ = ["check_images", "check_native", "run_images", "run_native"]
