"""The library server: works on the jobs of stored videos, removes what has expired, and answers the node's questions about videos."""
