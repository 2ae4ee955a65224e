"""Who may come in to any server, as whom, and what they hold open: the gate, its credentials and its limits."""
