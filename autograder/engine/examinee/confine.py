"""What a forked child does to itself before it runs a student's code: namespaces, mounts, limits."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from pathlib import Path

from autograder.engine.wire.limits import Limits

NEW_USER, NEW_MOUNT, NEW_PID, NEW_IPC = 0x10000000, 0x20000, 0x20000000, 0x08000000
READ_ONLY, NO_SUID, NO_DEVICES, BIND = 1, 2, 4, 4096
DROP_BOUNDING, NO_NEW_PRIVILEGES, SECCOMP = 24, 38, 22
SANDBOX_HOME = "/student"
INSIDE_UID = 1000
HUNG_UP = 75  # exit code of an examinee that its examiner has left, or that it no longer understands

# Refused with EPERM: (x86_64, aarch64). Other processes, mounts and namespaces, memory that no limit counts,
# and kernel interfaces that numerical code has no use for.
REFUSED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
}
CLONE, CLONE3 = (56, 220), 435
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


class ConfinementError(OSError):
    """The kernel refused a part of the confinement."""


libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise ConfinementError(code, f"{what}: {os.strerror(code)}")


def leave() -> None:
    """Move this process, and its future children, into namespaces of their own."""
    uid, gid = os.getuid(), os.getgid()
    _check(libc.unshare(NEW_USER | NEW_MOUNT | NEW_PID | NEW_IPC), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INSIDE_UID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{INSIDE_UID} {gid} 1")


def mount_private(limits: Limits) -> None:
    """Replace everything writable by one small file system of this submission's own, and hide /proc."""
    _mount(
        "tmpfs", SANDBOX_HOME, NO_SUID | NO_DEVICES, f"size={limits.disk},nr_inodes={limits.files},mode=700"
    )
    shared = Path(SANDBOX_HOME, ".shm")
    shared.mkdir()
    _check(libc.mount(str(shared).encode(), b"/dev/shm", None, BIND, None), "mount /dev/shm")
    _mount("tmpfs", "/proc", READ_ONLY | NO_SUID | NO_DEVICES, "size=4096,mode=555")
    _mount("tmpfs", "/cache", READ_ONLY | NO_SUID | NO_DEVICES, "size=4096,mode=555")


def _mount(kind: str, target: str, flags: int, options: str) -> None:
    _check(
        libc.mount(kind.encode(), target.encode(), kind.encode(), flags, options.encode()), f"mount {target}"
    )


def limit(limits: Limits) -> None:
    """Set the kernel's limits for this process and its children."""
    address_space = _used_address_space() + limits.memory
    for kind, value in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_DATA, address_space),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bounded, bounded))


def _used_address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 2**30


def give_up_privileges() -> None:
    """Drop every capability in the new user namespace, and filter system calls."""
    for capability in range(64):
        libc.prctl(DROP_BOUNDING, capability, 0, 0, 0)
    header = struct.pack("II", 0x20080522, 0)
    _check(libc.capset(header, bytes(24)), "capset")
    _check(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    _filter_system_calls()


def _filter_system_calls() -> None:
    known = ARCHITECTURES.get(platform.machine())
    if known is None:
        return  # namespaces and limits hold on every architecture; the filter is a second line
    column, audit = known
    load, equal, at_least, any_bit, end = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, absent, kill = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
    program = [
        (load, 0, 0, 4),  # architecture
        (equal, 1, 0, audit),
        (end, 0, 0, kill),
        (load, 0, 0, 0),  # number of the system call
        (at_least, 0, 1, 0x40000000),  # x32 calls have other numbers
        (end, 0, 0, kill),
        (equal, 0, 1, CLONE3),
        (end, 0, 0, absent),  # C libraries then use clone, whose flags a filter can read
    ]
    for numbers in REFUSED.values():
        program += [(equal, 0, 1, numbers[column]), (end, 0, 0, refuse)]
    program += [
        (equal, 0, 3, CLONE[column]),
        (load, 0, 0, 16),  # first argument: flags
        (any_bit, 0, 1, NEW_USER),
        (end, 0, 0, refuse),
        (end, 0, 0, allow),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    _check(libc.prctl(SECCOMP, 2, header, 0, 0), "seccomp")


def become_nobody() -> None:
    """Leave the superuser's identity for one that limits hold for; a no-op for anyone else."""
    if os.getuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            libc.prctl(4, 1, 0, 0, 0)  # dumpable again: otherwise /proc/self belongs to root
        except OSError:
            return  # root of a user namespace without other identities: the process counter remains
