"""RTP (RFC 3550): packets of strangers become access units the moment their last packet is there.

FFmpeg's RTSP demuxer gives an H.264 or H.265 picture out when the next one begins; here it goes out at its marker bit. No sockets, no
clocks, bounded memory; what is damaged raises `Damaged` of `framecast.protocols.rtp.unit` and nothing else. One thread.
"""
