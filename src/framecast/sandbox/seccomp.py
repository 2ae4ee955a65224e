"""seccomp: system calls that a process which parses media never needs are refused with EPERM: programs, other processes, UNIX sockets.

Sources and renditions keep the network (`restrict`); what works on files alone keeps no socket at all, and changes nothing of a file but its bytes (`seal`).

A filter in classic BPF (linux/filter.h, linux/seccomp.h), built here for x86-64 and AArch64. The kernel runs it at every system call, for the process, its threads
and what it forks; it cannot be taken back. Called once, before the process has a second thread.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from dataclasses import dataclass

_PR_GET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 21, 38  # linux/prctl.h
_SET_MODE_FILTER = 1
# Before Linux 5.16 a filter would slow decoders down: by a guard against Spectre that no other process here has.
_SPEC_ALLOW = 1 << 2
# Instructions: load a word of `struct seccomp_data`, compare and jump, return.
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in `struct seccomp_data`
_ALLOW, _REFUSE, _MISSING = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000  # system calls of 32-bit programs on x86-64
_FAMILIES = (2, 10, 16)  # AF_INET, AF_INET6, AF_NETLINK (which getaddrinfo asks for interfaces)
_AF_UNIX = 1


@dataclass(frozen=True, slots=True)
class _Machine:
    """The numbers of one architecture: its AUDIT_ARCH, `seccomp`, `clone`, `clone3`, `socket`, those that send signals, `prlimit64`, all that are refused, and those that `seal` refuses too."""

    audit: int
    seccomp: int
    clone: int
    clone3: int
    socket: int
    signals: tuple[int, ...]  # kill, tgkill: to itself only
    limits: int
    refused: tuple[int, ...]
    sealed: tuple[int, ...]


# execve, execveat; ptrace, process_vm_readv/writev, kcmp, pidfd_getfd, pidfd_open, process_madvise; tkill, signals with data, pidfd_send_signal; mount and its
# family, chroot, pivot_root, unshare, setns; open_by_handle_at; io_uring; bpf, perf_event_open, userfaultfd; keys; modules, kexec, reboot, swap, acct, quota; personality.
# Sealed: sockets; rights, owners, times and attributes of files, which Landlock leaves open; names that lead elsewhere (links, nodes); memory that no limit
# of this process counts (memfd, System V, message queues); notices of files; priorities and groups of processes; limits and memory of others.
_X86_64 = _Machine(
    0xC000003E,
    317,
    56,
    435,
    41,
    (62, 234),
    302,
    (
        *(59, 322, 57, 58),  # and fork, vfork
        *(101, 310, 311, 312, 438, 434, 440),
        *(200, 129, 297, 424),
        *(165, 166, 161, 155, 272, 308, 428, 429, 430, 431, 432, 433, 442),
        *(304, 425, 426, 427, 321, 298, 323),
        *(248, 249, 250),
        *(175, 313, 176, 246, 320, 169, 167, 168, 163, 179, 443, 135, 172, 173, 103),
    ),
    (
        *(41, 53, 42, 49, 50, 43, 288, 44, 46, 307),
        *(90, 91, 268, 452, 92, 93, 94, 260, 132, 235, 261, 280, 188, 189, 190, 463, 197, 198, 199, 466, 469),
        *(86, 265, 88, 266, 133, 259, 303),
        *(319, 447, 29, 30, 68, 64, 240),
        *(253, 294, 254, 300),
        *(141, 251, 112, 109, 144, 142, 314, 160, 256, 279, 448),
    ),
)
_AARCH64 = _Machine(
    0xC00000B7,
    277,
    220,
    435,
    198,
    (129, 131),
    261,
    (
        *(221, 281),
        *(117, 270, 271, 272, 438, 434, 440),
        *(130, 138, 240, 424),
        *(40, 39, 51, 41, 97, 268, 428, 429, 430, 431, 432, 433, 442),
        *(265, 425, 426, 427, 280, 241, 282),
        *(217, 218, 219),
        *(105, 273, 106, 104, 294, 142, 224, 225, 89, 60, 443, 92, 116),
    ),
    (
        *(198, 199, 203, 200, 201, 202, 242, 206, 211, 269),
        *(52, 53, 452, 55, 54, 88, 5, 6, 7, 463, 14, 15, 16, 466, 469),
        *(37, 36, 33, 264),
        *(279, 447, 194, 196, 186, 190, 180),
        *(26, 27, 262),
        *(140, 30, 157, 154, 119, 118, 274, 164, 238, 239, 448),
    ),
)
_MACHINES = {"x86_64": _X86_64, "aarch64": _AARCH64}


def is_known() -> bool:
    """Return whether this kernel has seccomp filters and this module has the numbers of its architecture."""
    return platform.machine() in _MACHINES and _prctl(_PR_GET_SECCOMP) >= 0


def restrict(*, unix_sockets: bool) -> bool:
    """Refuse what this process never needs; return False if that is not possible here, and nothing is refused.

    `unix_sockets`: it may make UNIX sockets, to ask the node for tracks. Sockets that are open already stay.
    """
    families = (*_FAMILIES, _AF_UNIX) if unix_sockets else _FAMILIES
    machine = _MACHINES.get(platform.machine())
    return machine is not None and _apply(machine, _program(machine, families, os.getpid()))


def seal() -> bool:
    """Refuse also all sockets, and all changes of files but to their bytes; return False if that is not possible here, and nothing is refused."""
    machine = _MACHINES.get(platform.machine())
    return machine is not None and _apply(machine, _program(machine, (), os.getpid(), more=machine.sealed))


def _apply(machine: _Machine, rules: Iterable[bytes]) -> bool:
    code = b"".join(rules)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return int(ctypes.CDLL(None).syscall(machine.seccomp, _SET_MODE_FILTER, _SPEC_ALLOW, program)) == 0


def _program(machine: _Machine, families: Iterable[int], pid: int, more: Iterable[int] = ()) -> list[bytes]:
    """The rules in the order of the lines: what no rule refuses is allowed. `more`: what is refused beyond the machine's usual calls."""
    rules = [
        _op(_LOAD, _ARCHITECTURE),
        _op(_EQUAL, machine.audit, yes=1),
        _op(_RETURN, _REFUSE),
        _op(_LOAD, _NUMBER),
        _op(_AT_LEAST, _X32, no=1),
        _op(_RETURN, _REFUSE),
    ]
    for number in (*machine.refused, *more):
        rules += [_op(_EQUAL, number, no=1), _op(_RETURN, _REFUSE)]
    # Its flags are in memory, which a filter cannot see: the C library then uses `clone`.
    rules += [_op(_EQUAL, machine.clone3, no=1), _op(_RETURN, _MISSING)]
    threads = [_op(_LOAD, _ARGUMENTS), _op(_HAS_BITS, _CLONE_THREAD, yes=1), _op(_RETURN, _REFUSE)]
    own = [_op(_LOAD, _ARGUMENTS), _op(_EQUAL, pid, yes=1), _op(_RETURN, _REFUSE)]
    sockets = [_op(_LOAD, _ARGUMENTS)]
    for family in families:
        sockets += [_op(_EQUAL, family, no=1), _op(_RETURN, _ALLOW)]
    sockets.append(_op(_RETURN, _REFUSE))
    signals = ((number, own) for number in machine.signals)
    limits = [own[0], _op(_EQUAL, 0, yes=2), *own[1:]]  # its own limits: 0, or its number
    checked = ((machine.clone, threads), *signals, (machine.limits, limits), (machine.socket, sockets))
    for number, body in checked:
        rules += [_op(_EQUAL, number, no=len(body) + 1), *body, _op(_RETURN, _ALLOW)]
    return [*rules, _op(_RETURN, _ALLOW)]


def _op(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """A `struct sock_filter`."""
    return struct.pack("HBBI", code, yes, no, value)


def _prctl(option: int, *arguments: object) -> int:
    padded = [*arguments, *(0,) * (4 - len(arguments))]
    return int(ctypes.CDLL(None).prctl(option, *padded))
