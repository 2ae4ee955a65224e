"""RTSP (RFC 2326): messages, the packets between them, and addresses. Bytes to values and back."""
