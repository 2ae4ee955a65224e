"""The filter of system calls, run here as the kernel runs it: for both architectures, on any machine."""

from __future__ import annotations

import errno
import struct

import pytest

from framecast.sandbox.seccomp import _AARCH64, _X86_64, _Machine, _program

PID = 4711
ALLOWED = "allowed"
REFUSED, MISSING = errno.errorcode[errno.EPERM], errno.errorcode[errno.ENOSYS]
UNIX, INET, INET6, NETLINK, PACKET = 1, 2, 10, 16, 17
THREAD, PROCESS = 0x003D0F00, 0x01200011  # flags of pthread_create and fork in glibc
# By name: the numbers on x86-64 and AArch64 (asm/unistd.h).
REFUSED_CALLS = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "keyctl": (250, 219),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
}
ALLOWED_CALLS = {
    "read": (0, 63),
    "openat": (257, 56),
    "mmap": (9, 222),
    "ioctl": (16, 29),
    "connect": (42, 203),
    "socketpair": (53, 199),
    "sendmsg": (46, 211),
    "futex": (202, 98),
    "memfd_create": (319, 279),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
    "sched_setaffinity": (203, 122),
}
machines = pytest.mark.parametrize(
    ("machine", "index"), [(_X86_64, 0), (_AARCH64, 1)], ids=["x86-64", "AArch64"]
)


def verdict(
    machine: _Machine,
    number: int,
    *arguments: int,
    families: tuple[int, ...] = (INET, INET6, NETLINK),
    audit: int = 0,
) -> str:
    """Run the filter for one system call (linux/filter.h)."""
    data = struct.pack("iIQ6Q", number, audit or machine.audit, 0, *arguments, *(0,) * (6 - len(arguments)))
    program = [struct.unpack("HBBI", one) for one in _program(machine, families, PID)]
    at, found = 0, 0
    while True:
        code, yes, no, value = program[at]
        at += 1
        if code == 0x06:
            return ALLOWED if value == 0x7FFF0000 else errno.errorcode[value & 0xFFFF]
        if code == 0x20:
            (found,) = struct.unpack_from("I", data, value)
        else:
            holds = {0x15: found == value, 0x35: found >= value, 0x45: bool(found & value)}[code]
            at += yes if holds else no


@machines
def test_what_a_source_never_needs_is_refused_and_everything_else_is_not(
    machine: _Machine, index: int
) -> None:
    for name, numbers in REFUSED_CALLS.items():
        assert verdict(machine, numbers[index]) == REFUSED, name
    for name, numbers in ALLOWED_CALLS.items():
        assert verdict(machine, numbers[index]) == ALLOWED, name


@machines
def test_threads_begin_and_processes_do_not(machine: _Machine, index: int) -> None:
    assert verdict(machine, (56, 220)[index], THREAD) == ALLOWED
    assert verdict(machine, (56, 220)[index], PROCESS) == REFUSED
    assert verdict(machine, 435, 0) == MISSING  # clone3: the C library then uses clone


@machines
def test_signals_go_to_the_process_itself_only(machine: _Machine, index: int) -> None:
    for number in ((62, 129)[index], (234, 131)[index]):  # kill, tgkill
        assert verdict(machine, number, PID, 6) == ALLOWED
        assert verdict(machine, number, 1, 9) == REFUSED
        assert verdict(machine, number, 0xFFFFFFFF, 9) == REFUSED  # all processes


@machines
def test_sockets_are_of_the_families_that_are_named(machine: _Machine, index: int) -> None:
    number = (41, 198)[index]
    for family in (INET, INET6, NETLINK):
        assert verdict(machine, number, family) == ALLOWED
    for family in (UNIX, PACKET, 0, 38, 40):
        assert verdict(machine, number, family) == REFUSED
    assert verdict(machine, number, UNIX, families=(INET, UNIX)) == ALLOWED


@machines
def test_calls_of_another_architecture_are_refused(machine: _Machine, index: int) -> None:
    read = ALLOWED_CALLS["read"][index]
    assert verdict(machine, read, audit=0x40000003) == REFUSED  # 32-bit programs
    assert verdict(machine, read | 0x40000000) == REFUSED  # x32
