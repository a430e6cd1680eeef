"""The system calls that a student's code may make: a list of what is allowed, for the kernel's filter.

It was measured: all that NumPy, SciPy, matplotlib, pandas, scikit-learn, asyncio, multiprocessing, sqlite3,
subprocesses of a shell, a C compiler and IPython call, with the calls that other versions of a C library make
in their place. (On ARM64 it was an emulator that printed each call.) What isn't on the list doesn't exist
here (ENOSYS), so that libraries take their other way.
"""

from __future__ import annotations

import ctypes
import platform
import struct

Calls = dict[str, tuple[int | None, int | None]]  # numbers on x86_64 and aarch64; None: there is no such call

# fmt: off
ALLOWED: Calls = {
    # memory
    "brk": (12, 214), "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216),
    "madvise": (28, 233), "mincore": (27, 232), "msync": (26, 227), "mlock": (149, 228),
    "mlock2": (325, 284), "munlock": (150, 229), "mlockall": (151, 230), "munlockall": (152, 231),
    "membarrier": (324, 283), "mbind": (237, 235), "get_mempolicy": (239, 236), "set_mempolicy": (238, 237),
    # files
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "pwrite64": (18, 68), "preadv": (295, 69), "pwritev": (296, 70), "preadv2": (327, 286),
    "pwritev2": (328, 287), "open": (2, None), "openat": (257, 56), "openat2": (437, 437),
    "creat": (85, None), "close": (3, 57), "close_range": (436, 436), "lseek": (8, 62), "dup": (32, 23),
    "dup2": (33, None), "dup3": (292, 24), "fcntl": (72, 25), "ioctl": (16, 29), "flock": (73, 32),
    "fsync": (74, 82), "fdatasync": (75, 83), "sync_file_range": (277, 84), "truncate": (76, 45),
    "ftruncate": (77, 46), "fallocate": (285, 47), "fadvise64": (221, 223), "readahead": (187, 213),
    "copy_file_range": (326, 285), "sendfile": (40, 71),
    # names
    "stat": (4, None), "lstat": (6, None), "fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291),
    "statfs": (137, 43), "fstatfs": (138, 44), "access": (21, None), "faccessat": (269, 48),
    "faccessat2": (439, 439), "readlink": (89, None), "readlinkat": (267, 78), "getcwd": (79, 17),
    "chdir": (80, 49), "fchdir": (81, 50), "getdents": (78, None), "getdents64": (217, 61),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None),
    "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "lchown": (94, None),
    "fchown": (93, 55), "fchownat": (260, 54), "umask": (95, 166), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88), "getxattr": (191, 8),
    "lgetxattr": (192, 9), "fgetxattr": (193, 10), "listxattr": (194, 11), "llistxattr": (195, 12),
    "flistxattr": (196, 13), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27), "inotify_rm_watch": (255, 28),
    # processes
    "clone": (56, 220), "fork": (57, None), "vfork": (58, None), "execve": (59, 221),
    "execveat": (322, 281), "exit": (60, 93), "exit_group": (231, 94), "wait4": (61, 260),
    "waitid": (247, 95), "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178),
    "getpgid": (121, 155), "getpgrp": (111, None), "setpgid": (109, 154), "getsid": (124, 156),
    "setsid": (112, 157), "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "set_tid_address": (218, 96),
    "set_robust_list": (273, 99), "get_robust_list": (274, 100), "rseq": (334, 293), "futex": (202, 98),
    "futex_waitv": (449, 449), "futex_wake": (454, 454), "futex_wait": (455, 455),
    "futex_requeue": (456, 456), "arch_prctl": (158, None), "prctl": (157, 167), "capget": (125, 90),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getresuid": (118, 148), "getresgid": (120, 150), "getgroups": (115, 158),
    # signals
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigsuspend": (130, 133), "rt_sigpending": (127, 136), "rt_sigtimedwait": (128, 137),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "pause": (34, None), "alarm": (37, None), "getitimer": (36, 102),
    "setitimer": (38, 103), "signalfd": (282, None), "signalfd4": (289, 74),
    # time
    "time": (201, None), "gettimeofday": (96, 169), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "times": (100, 153), "timer_create": (222, 107),
    "timer_settime": (223, 110), "timer_gettime": (224, 108), "timer_getoverrun": (225, 109),
    "timer_delete": (226, 111), "timerfd_create": (283, 85), "timerfd_settime": (286, 86),
    "timerfd_gettime": (287, 87),
    # resources
    "getrlimit": (97, 163), "setrlimit": (160, 164), "prlimit64": (302, 261), "getrusage": (98, 165),
    "sysinfo": (99, 179), "uname": (63, 160), "getcpu": (309, 168), "getrandom": (318, 278),
    "getpriority": (140, 141), "setpriority": (141, 140), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "sched_setaffinity": (203, 122), "sched_getparam": (143, 121),
    "sched_setparam": (142, 118), "sched_getscheduler": (145, 120), "sched_setscheduler": (144, 119),
    "sched_getattr": (315, 275), "sched_setattr": (314, 274), "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126), "sched_rr_get_interval": (148, 127),
    # waiting
    "select": (23, None), "pselect6": (270, 72), "poll": (7, None), "ppoll": (271, 73),
    "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, None), "epoll_pwait": (281, 22), "epoll_pwait2": (441, 441), "eventfd": (284, None),
    "eventfd2": (290, 19), "pipe": (22, None), "pipe2": (293, 59),
    # sockets
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200), "connect": (42, 203),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242), "getsockname": (51, 204),
    "getpeername": (52, 205), "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211),
    "recvmsg": (47, 212), "sendmmsg": (307, 269), "recvmmsg": (299, 243), "shutdown": (48, 210),
    "setsockopt": (54, 208), "getsockopt": (55, 209),
}
# Refused with EPERM, as the kernel itself would: other processes, mounts and namespaces, kernel interfaces
# that numerical code has no use for, and memory that no limit counts.
REFUSED: Calls = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsmount": (432, 432), "mount_setattr": (442, 442), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "shmget": (29, 194), "msgget": (68, 186),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "vmsplice": (278, 75),
}
# fmt: on
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
NEW_NAMESPACES = 0x7E020000
SHARED, ANONYMOUS = 0x01, 0x20
UNIX, STREAM, PACKETS, NETLINK, ROUTES = 1, 1, 5, 16, 0
SOCKET_LEVEL, SEND_BUFFER, RECEIVE_BUFFER = 1, 7, 8
TYPE_INTO_TERMINAL = 0x5412  # TIOCSTI

LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, END = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
DONE, EPERM, ENOSYS, EAFNOSUPPORT = (ERROR | number for number in (0, 1, 38, 97))
Step = tuple[int, int, int, int]


def _argument(place: int) -> Step:
    """Load the lower half of an argument; flags and options are all there."""
    return LOAD, 0, 0, 16 + 8 * place


def _on(numbers: tuple[int | None, int | None], column: int, steps: list[Step]) -> list[Step]:
    """Return steps for one system call; they have to end it."""
    number = numbers[column]
    return [] if number is None else [(EQUAL, 0, len(steps), number), *steps]


def program(column: int, audit: int) -> list[Step]:
    """Return the filter as instructions of the kernel's packet filter.

    Args:
        column: of the numbers above.
        audit: the kernel's number of the architecture.
    """
    steps: list[Step] = [
        (LOAD, 0, 0, 4),  # architecture
        (EQUAL, 1, 0, audit),
        (END, 0, 0, KILL),
        (LOAD, 0, 0, 0),  # number of the system call
        (AT_LEAST, 0, 1, 0x40000000),  # x32 calls have other numbers
        (END, 0, 0, KILL),
    ]
    for numbers in REFUSED.values():
        steps += _on(numbers, column, [(END, 0, 0, EPERM)])
    # no namespaces; clone3, whose flags a filter can't read, is not on the list, and C libraries use clone
    steps += _on(
        ALLOWED["clone"],
        column,
        [_argument(0), (ANY_BIT, 0, 1, NEW_NAMESPACES), (END, 0, 0, EPERM), (END, 0, 0, ALLOW)],
    )
    # no memory that outlives its mapping: a part of it would do to keep all of it, and no limit counts it
    steps += _on(
        ALLOWED["mmap"],
        column,
        [
            _argument(3),
            (ANY_BIT, 0, 2, ANONYMOUS),
            (ANY_BIT, 0, 1, SHARED),
            (END, 0, 0, EPERM),
            (END, 0, 0, ALLOW),
        ],
    )
    # streams between this submission's own processes only: nothing of the internet's, and no datagrams, which
    # wait in a queue after their sender, whose memory they are, has gone. ZeroMQ asks for networks.
    for name in ("socket", "socketpair"):
        steps += _on(
            ALLOWED[name],
            column,
            [
                _argument(0),
                (EQUAL, 5, 0, UNIX),
                (EQUAL, 0, 3, NETLINK),
                _argument(2),
                (EQUAL, 0, 1, ROUTES),
                (END, 0, 0, ALLOW),
                (END, 0, 0, EAFNOSUPPORT),
                _argument(1),
                (AND, 0, 0, 0xF),
                (EQUAL, 1, 0, STREAM),
                (EQUAL, 0, 1, PACKETS),
                (END, 0, 0, ALLOW),
                (END, 0, 0, EPERM),
            ],
        )
    # buffers keep their usual size; who wants others needn't know
    steps += _on(
        ALLOWED["setsockopt"],
        column,
        [
            _argument(1),
            (EQUAL, 0, 4, SOCKET_LEVEL),
            _argument(2),
            (EQUAL, 1, 0, SEND_BUFFER),
            (EQUAL, 0, 1, RECEIVE_BUFFER),
            (END, 0, 0, DONE),
            (END, 0, 0, ALLOW),
        ],
    )
    steps += _on(
        ALLOWED["ioctl"],
        column,
        [_argument(1), (EQUAL, 0, 1, TYPE_INTO_TERMINAL), (END, 0, 0, EPERM), (END, 0, 0, ALLOW)],
    )
    for numbers in ALLOWED.values():
        steps += _on(numbers, column, [(END, 0, 0, ALLOW)])
    return [*steps, (END, 0, 0, ENOSYS)]


def install(libc: ctypes.CDLL) -> bool | None:
    """Let the kernel filter this process's system calls, and those of all that it starts, from now on.

    Returns:
        Whether it does; None where there is no list for this architecture.
    """
    known = ARCHITECTURES.get(platform.machine())
    if known is None:
        return None
    steps = program(*known)
    buffer = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    header = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer))
    return bool(libc.prctl(22, 2, header, 0, 0) == 0)
