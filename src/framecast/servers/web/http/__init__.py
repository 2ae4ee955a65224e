"""One request and one connection: parsing, limits, headers, cookies, TLS, sockets. It knows no stream and no person."""
