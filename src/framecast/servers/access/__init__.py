"""Access to all servers: the gate, its credentials, its principals and its limits."""
