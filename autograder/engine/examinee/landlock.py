"""Landlock: the kernel's own rules about files, which hold even where a mount should be missing."""

from __future__ import annotations

import ctypes
import os
import struct

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights about files each version knows; later ones know 16
EXECUTE, WRITE, READ, LIST, TRUNCATE, DEVICE_COMMANDS = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
MAKE_CHARACTER_DEVICE, MAKE_BLOCK_DEVICE = 1 << 6, 1 << 11
LISTEN, CONNECT = 1, 2
ABSTRACT_SOCKETS, SIGNALS = 1, 2
PATH_BENEATH = 1


def version(libc: ctypes.CDLL) -> int:
    """Return which version of Landlock this kernel has, 0 for none."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, 0, 1)))


def restrict(libc: ctypes.CDLL, writable: list[str], devices: str) -> int:
    """Let this process, and all that it starts, read everything that it sees and write to a few places only.

    Besides it may not bind or connect to TCP ports (version 4), nor signal or speak to processes that aren't
    so restricted (version 6).

    Args:
        libc: has `syscall`.
        writable: folders in which anything but a device may be made.
        devices: the folder of devices, which may be used.

    Returns:
        The version that holds now; 0 if the kernel has none, or refuses.
    """
    known = version(libc)
    if known == 0:
        return 0
    all_rights = (1 << BITS.get(known, 16)) - 1
    handled = struct.pack("QQQ", all_rights, LISTEN | CONNECT, ABSTRACT_SOCKETS | SIGNALS)
    size = 8 if known < 4 else 16 if known < 6 else 24
    rules = libc.syscall(CREATE_RULESET, handled, size, 0)
    if rules < 0:
        return 0
    try:
        allowed = [("/", EXECUTE | READ | LIST), (devices, READ | LIST | WRITE | TRUNCATE | DEVICE_COMMANDS)]
        allowed += [(place, ~(MAKE_CHARACTER_DEVICE | MAKE_BLOCK_DEVICE)) for place in writable]
        for place, rights in allowed:
            folder = os.open(place, os.O_PATH | os.O_CLOEXEC)
            try:
                rule = struct.pack("=Qi", rights & all_rights, folder)
                if libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, 0) != 0:
                    return 0
            finally:
                os.close(folder)
        return known if libc.syscall(RESTRICT_SELF, rules, 0) == 0 else 0
    finally:
        os.close(rules)
