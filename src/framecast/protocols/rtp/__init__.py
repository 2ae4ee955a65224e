"""RTP (RFC 3550): untrusted packets become access units as soon as their last packet is there.

FFmpeg's RTSP demuxer returns an H.264 or H.265 picture when the next one begins; here it is returned at its marker bit. No sockets, no
clocks, bounded memory; damage raises `Damaged` of `framecast.protocols.rtp.unit` and nothing else. One thread.
"""
