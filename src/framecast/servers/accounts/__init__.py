"""The accounts server: answers the node's questions about people and saved streams, so that the node itself opens no database."""
