"""Parts of HTTP that clients of cameras need: logins, and JPEG pictures in multipart bodies. Bytes to values and back."""
