"""FFmpeg, JPEG, pixels and muxing: the only floor that imports av, cv2 and simplejpeg."""
