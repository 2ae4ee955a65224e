"""What viewers ask for over HTTP and WebSockets, answered from live media."""
