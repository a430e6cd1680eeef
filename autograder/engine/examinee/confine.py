"""What a forked child does to itself before it runs a student's code: namespaces, mounts, limits."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import stat
import struct
import sys
from pathlib import Path
from typing import Any

from autograder.engine.examinee import calls, landlock
from autograder.engine.examinee.reserve import KINDS, RESERVE, Reserve
from autograder.engine.wire.limits import Limits

NEW_USER, NEW_MOUNT, NEW_PID, NEW_IPC = 0x10000000, 0x20000, 0x20000000, 0x08000000
READ_ONLY, NO_SUID, NO_DEVICES, BIND = 1, 2, 4, 4096
DROP_BOUNDING, NO_NEW_PRIVILEGES = 24, 38
SANDBOX_HOME = "/student"
INSIDE_UID = 1000
DESCRIPTORS = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"


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
    _check(libc.mount(b"/dev/full", b"/dev/zero", None, BIND, None), "mount /dev/zero")  # can't be mapped
    _mount("tmpfs", "/proc", READ_ONLY | NO_SUID | NO_DEVICES, "size=4096,mode=555")
    _mount("tmpfs", "/cache", READ_ONLY | NO_SUID | NO_DEVICES, "size=4096,mode=555")


def _mount(kind: str, target: str, flags: int, options: str) -> None:
    _check(
        libc.mount(kind.encode(), target.encode(), kind.encode(), flags, options.encode()), f"mount {target}"
    )


def limit(limits: Limits) -> Reserve:
    """Set the kernel's limits for this process and its children; return what is kept back of its memory."""
    address_space = _used_address_space() + limits.memory + RESERVE
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
    reserve = Reserve(KINDS)
    reserve.close()
    return reserve


def _used_address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 2**30


def give_up_privileges() -> dict[str, Any]:
    """Drop every capability in the new user namespace, and put up what walls the kernel has besides.

    Returns:
        "landlock": its version, 0 for none; "calls": whether system calls are filtered.
    """
    for capability in range(64):
        libc.prctl(DROP_BOUNDING, capability, 0, 0, 0)
    header = struct.pack("II", 0x20080522, 0)
    _check(libc.capset(header, bytes(24)), "capset")
    _check(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    held = landlock.restrict(libc, [SANDBOX_HOME, "/dev/shm"], "/dev")
    filtered = calls.install(libc)
    if filtered is False:
        raise ConfinementError(ctypes.get_errno(), "the kernel doesn't filter system calls")
    return {"landlock": held, "calls": bool(filtered)}


def keep_only(kept: set[int]) -> None:
    """Share no open file with the process that this one was forked from, and so with the next one's.

    A file that is read little by little (a font) is opened anew, at the same place and under its number. All
    else becomes this process's own /dev/null: whoever closes it late then closes nothing of somebody else's.

    Args:
        kept: numbers of what belongs to this process alone.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in map(int, os.listdir(DESCRIPTORS)):  # noqa: PTH208 - one of them is the list itself
        if number in kept or number == nowhere:
            continue
        with contextlib.suppress(OSError):
            fresh = _anew(number) if stat.S_ISREG(os.fstat(number).st_mode) else nowhere
            os.dup2(fresh, number, inheritable=number <= 2)
            if fresh != nowhere:
                os.close(fresh)
    os.close(nowhere)


def _anew(number: int) -> int:
    mode = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE
    fresh = os.open(f"{DESCRIPTORS}/{number}", mode | os.O_CLOEXEC)
    os.lseek(fresh, os.lseek(number, 0, os.SEEK_CUR), os.SEEK_SET)
    return fresh


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
