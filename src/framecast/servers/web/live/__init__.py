"""Live media for the viewers of this process: each stream is read and muxed once for all of them."""
