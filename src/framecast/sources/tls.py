"""TLS of cameras and web servers: their certificates are checked before anything is sent to them. The source's thread.

FFmpeg checks certificates only with certain options (`ffmpeg_options`), and does not say what is wrong with a bad one. So another connection
before it finds out (`dial.check_answers`).
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
from time import monotonic

from framecast.errors import SourceError
from framecast.model import REASONS

SCHEMES = ("https", "rtsps")
# The lists of trusted authorities of distributions: Debian, Red Hat, SUSE, Alpine.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_ADVICE = "add it to what this machine trusts (SSL_CERT_FILE), or set verify_tls: false for this stream"
_TICK_S = 0.2  # how late `stop` may be seen


def secured(
    sock: socket.socket,
    host: str,
    deadline: float,
    *,
    verify: bool,
    stop: threading.Event | None = None,
) -> ssl.SSLSocket:
    """Return the connection with TLS; it is closed if TLS fails. `deadline` is in monotonic seconds.

    Raises:
        SourceError: bad-certificate; timeout or closed; failed if the server does not speak TLS, or this machine has no
            readable list of authorities.
    """
    try:
        wrapped = _context(verify=verify).wrap_socket(
            sock, server_hostname=host, do_handshake_on_connect=False
        )
    except (OSError, ValueError) as error:  # ValueError: a host that no certificate can name
        sock.close()
        raise SourceError("failed", f"TLS with this host is not possible ({error})") from None
    except BaseException:
        sock.close()
        raise
    try:
        _shake_hands(wrapped, deadline, stop)
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def ffmpeg_options(scheme: str, *, verify: bool) -> dict[str, str]:
    """Return the options of FFmpeg for an address of this scheme."""
    if scheme not in SCHEMES or not verify:
        return {}
    path = authorities()
    return {"tls_verify": "1", **({"ca_file": path} if path else {})}


def fact(scheme: str, *, verify: bool) -> dict[str, str]:
    """Return what people should know about the connection of a stream."""
    if scheme not in SCHEMES:
        return {}
    return {"tls": "verified" if verify else "the certificate is not checked (verify_tls: false)"}


def authorities() -> str | None:
    """Return the file of the authorities that this machine trusts: SSL_CERT_FILE, or that of the distribution; None if it has no such file.

    Python and FFmpeg (with GnuTLS, in wheels) would each look elsewhere by default.
    """
    told = ssl.get_default_verify_paths()
    named = os.environ.get(told.openssl_cafile_env)
    if named:
        return named
    return next((path for path in (told.cafile, *_BUNDLES) if path and os.path.isfile(path)), None)


def checking_context() -> ssl.SSLContext:
    """Return the TLS context that checks certificates by the authorities.

    Raises:
        SourceError: their list cannot be read.
    """
    path = authorities()
    try:
        context = ssl.create_default_context(cafile=path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SourceError(
            "failed", f"the list of trusted authorities {path} cannot be read ({why})"
        ) from None
    # Cameras are used for many years: ciphers without forward secrecy are allowed if OpenSSL still enables them.
    context.set_ciphers("DEFAULT")
    return context


def _context(*, verify: bool) -> ssl.SSLContext:
    if verify:
        return checking_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Without checks the picture matters most: also of cameras that only support broken ciphers.
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _shake_hands(sock: ssl.SSLSocket, deadline: float, stop: threading.Event | None) -> None:
    sock.settimeout(0)
    while True:
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            _wait(sock, deadline, stop, reading=True)
        except ssl.SSLWantWriteError:
            _wait(sock, deadline, stop, reading=False)
        except ssl.SSLCertVerificationError as error:
            why = error.verify_message.rstrip(".")
            raise SourceError("bad-certificate", f"{REASONS['bad-certificate']} ({why}): {_ADVICE}") from None
        except ssl.SSLEOFError:
            raise SourceError("closed", REASONS["closed"]) from None
        except ssl.SSLError as error:
            raise SourceError("failed", f"the server does not speak TLS correctly ({error.reason})") from None
        except OSError:
            raise SourceError("closed", REASONS["closed"]) from None
        else:
            return


def _wait(sock: ssl.SSLSocket, deadline: float, stop: threading.Event | None, *, reading: bool) -> None:
    if stop is not None and stop.is_set():
        raise SourceError("closed", "the source was stopped while it was opened")
    left = deadline - monotonic()
    if left <= 0:
        raise SourceError("timeout", REASONS["timeout"])
    poller = select.poll()
    poller.register(sock, select.POLLIN if reading else select.POLLOUT)
    poller.poll(1000 * min(left, _TICK_S))
