"""TLS of cameras and web servers: who they are is checked before anything is said to them. The source's thread.

FFmpeg checks no certificate unless it is told to, so it is (`ffmpeg_options`); what it says of a bad one is nothing, so one connection
before it finds out (`dial.check_answers`).
"""

from __future__ import annotations

import os
import socket
import ssl

from framecast.errors import SourceError
from framecast.model import REASONS

SCHEMES = ("https", "rtsps")
# Where distributions keep the authorities they trust: Debian, Red Hat, SUSE, Alpine.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_ADVICE = "add it to what this machine trusts (SSL_CERT_FILE), or set verify_tls: false for this stream"


def secured(sock: socket.socket, host: str, timeout_s: float, *, verify: bool) -> ssl.SSLSocket:
    """Return the connection with TLS around it. Where that fails it is closed.

    Raises:
        SourceError: bad-certificate; timeout or closed on the way; failed where the server speaks no TLS.
    """
    sock.settimeout(timeout_s)
    try:
        context = ssl.create_default_context(cafile=authorities())
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message.rstrip(".")
        raise SourceError("bad-certificate", f"{why}: {_ADVICE}") from None
    except TimeoutError:
        raise SourceError("timeout", REASONS["timeout"]) from None
    except ssl.SSLEOFError:
        raise SourceError("closed", REASONS["closed"]) from None
    except (ssl.SSLError, ValueError) as error:  # ValueError: a host that can stand in no certificate
        why = getattr(error, "reason", "") or type(error).__name__
        raise SourceError("failed", f"it does not speak TLS as it should ({why})") from None
    except OSError:
        raise SourceError("closed", REASONS["closed"]) from None
    finally:
        sock.close()  # a no-op where the new one has it


def ffmpeg_options(scheme: str, *, verify: bool) -> dict[str, str]:
    """Return what FFmpeg has to be told for an address of this scheme."""
    if scheme not in SCHEMES or not verify:
        return {}
    path = authorities()
    return {"tls_verify": "1", **({"ca_file": path} if path else {})}


def fact(scheme: str, *, verify: bool) -> dict[str, str]:
    """Return what people should know of a stream's connection."""
    if scheme not in SCHEMES:
        return {}
    return {"tls": "verified" if verify else "the certificate is not checked (verify_tls: false)"}


def authorities() -> str | None:
    """Return the file of those that this machine trusts, None where there is none: SSL_CERT_FILE, or the distribution's.

    Python and FFmpeg (with GnuTLS, in wheels) would each look somewhere else by themselves.
    """
    told = ssl.get_default_verify_paths()
    for path in (os.environ.get(told.openssl_cafile_env), told.cafile, *_BUNDLES):
        if path and os.path.isfile(path):
            return path
    return None
