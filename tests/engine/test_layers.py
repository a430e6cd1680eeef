"""Each layer of the wall holds where it is the only one, without bubblewrap and without the others."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest
from conversation import Conversation

from autograder.engine.examinee import calls, confine, landlock

BEGIN = """
import ctypes, errno, os, socket, sys
from autograder.engine.examinee import calls, landlock
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
def refused(function, *args):
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"
def call(number, *args):
    return "allowed" if libc.syscall(number, *args) >= 0 else errno.errorcode[ctypes.get_errno()]
"""


def said_by(source: str, *args: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + source, *args], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


needs_landlock = pytest.mark.skipif(landlock.version(confine.libc) == 0, reason="this kernel has no Landlock")
needs_numbers = pytest.mark.skipif(sys.platform != "linux", reason="system calls are Linux's")


@needs_landlock
def test_landlock_alone_keeps_files_where_they_may_be(tmp_path: Path) -> None:
    mine, others = tmp_path / "mine", tmp_path / "others"
    mine.mkdir()
    others.mkdir()
    (others / "file").write_text("theirs")
    source = """
mine, others = sys.argv[1:]
assert landlock.restrict(libc, [mine], "/dev") == landlock.version(libc)
open(f"{mine}/file", "w").write("x"); os.mkdir(f"{mine}/folder"); os.replace(f"{mine}/file", f"{mine}/other")
open("/dev/null", "w").write("x")
print(open(f"{others}/file").read())
print(refused(open, f"{others}/file", "w"), refused(open, f"{others}/new", "w"))
print(refused(os.unlink, f"{others}/file"), refused(os.mkdir, f"{others}/folder"))
print(refused(os.rename, f"{mine}/other", f"{others}/other"), refused(os.truncate, f"{others}/file", 0))
print(refused(os.mknod, f"{mine}/device", 0o20600, 259))
"""
    said = said_by(source, str(mine), str(others))
    assert said[0] == "theirs"
    assert set(said[1:6]) | {said[-1]} <= {"EACCES", "EXDEV"}
    assert (others / "file").read_text() == "theirs"


@needs_landlock
@pytest.mark.skipif(landlock.version(confine.libc) < 4, reason="this kernel's Landlock knows no ports")
def test_landlock_alone_closes_the_network(tmp_path: Path) -> None:
    source = """
assert landlock.restrict(libc, [sys.argv[1]], "/dev")
print(refused(socket.socket().connect, ("127.0.0.1", 9)), refused(socket.socket().bind, ("127.0.0.1", 0)))
"""
    assert said_by(source, str(tmp_path)) == ["EACCES", "EACCES"]


@needs_numbers
def test_the_list_of_system_calls_holds_alone() -> None:
    source = """
import mmap, platform
assert calls.install(libc)
column = calls.ARCHITECTURES[platform.machine()][0]
print(refused(socket.socket), refused(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, 4))
print(refused(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW))
print(refused(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM), refused(socket.socketpair))
print(refused(mmap.mmap, -1, 4096), call(calls.REFUSED["ptrace"][column], 0, 0, 0, 0))
print(refused(os.memfd_create, "x"), call(calls.REFUSED["unshare"][column], 0x10000000))
print(call(calls.ALLOWED["clone"][column], 0x10000000, 0, 0, 0, 0), call(9999), call(435, 0, 0))
left, right = socket.socketpair()
before = left.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**23)
print(left.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == before)
"""
    assert said_by(source) == [
        *("EAFNOSUPPORT", "EAFNOSUPPORT", "allowed", "EPERM", "allowed", "EPERM", "EPERM"),
        *("EPERM", "EPERM", "EPERM", "ENOSYS", "ENOSYS", "True"),
    ]


def test_no_system_call_is_both_allowed_and_refused() -> None:
    for column in (0, 1):
        allowed = {numbers[column] for numbers in calls.ALLOWED.values()} - {None}
        refused = {numbers[column] for numbers in calls.REFUSED.values()} - {None}
        assert not allowed & refused
        assert len(calls.program(column, 0)) < 4096


IN_PLACE_OF = {  # what an ARM64 C library calls where x86-64 has an older call
    **dict.fromkeys(("open", "creat"), "openat"),
    **dict.fromkeys(("stat", "lstat"), "newfstatat"),
    **dict.fromkeys(("fork", "vfork"), "clone"),
    **dict.fromkeys(("unlink", "rmdir"), "unlinkat"),
    **dict.fromkeys(("chown", "lchown"), "fchownat"),
    **dict.fromkeys(("utime", "utimes", "futimesat"), "utimensat"),
    **{"access": "faccessat", "readlink": "readlinkat", "getdents": "getdents64", "mkdir": "mkdirat"},
    **{"rename": "renameat", "link": "linkat", "symlink": "symlinkat", "mknod": "mknodat"},
    **{"chmod": "fchmodat", "dup2": "dup3", "pipe": "pipe2", "getpgrp": "getpgid", "pause": "ppoll"},
    **{"alarm": "setitimer", "time": "gettimeofday", "select": "pselect6", "poll": "ppoll"},
    **{"signalfd": "signalfd4", "eventfd": "eventfd2", "inotify_init": "inotify_init1"},
    **{"epoll_create": "epoll_create1", "epoll_wait": "epoll_pwait"},
    "arch_prctl": "",  # sets a register that ARM64 programs write themselves
}


def test_what_an_arm64_machine_calls_instead_is_allowed() -> None:
    older = {name for name, (_, arm) in calls.ALLOWED.items() if arm is None}
    assert older == set(IN_PLACE_OF)
    for instead in set(IN_PLACE_OF.values()) - {""}:
        assert None not in calls.ALLOWED[instead]


@pytest.mark.skipif(not find_library("seccomp"), reason="libseccomp, which has tables of its own, isn't here")
def test_numbers_of_system_calls_are_those_of_libseccomp() -> None:
    resolve = ctypes.CDLL(find_library("seccomp")).seccomp_syscall_resolve_name_arch
    resolve.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    known = 0
    for column, audit in calls.ARCHITECTURES.values():
        assert resolve(audit, b"openat") >= 0
        for name, numbers in (calls.ALLOWED | calls.REFUSED).items():
            number = resolve(audit, name.encode())
            known += number >= 0
            if number >= 0 or numbers[column] is None or numbers[column] < 440:  # older than any libseccomp
                assert (number if number >= 0 else None) == numbers[column], name
    assert known > 350


WHAT_NOTEBOOKS_DO = {
    "numpy": """
import numpy as np
m = np.memmap("m", float, "w+", shape=9)
m[:] = 1
m.flush()
np.savez("z.npz", m)
np.linalg.svd(np.load("z.npz")["arr_0"].reshape(3, 3))
""",
    "matplotlib": """
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.savefig("a.pdf")
plt.savefig("a.svg")
""",
    "pandas": """
import pandas as pd
pd.DataFrame({"a": [1]}).to_csv("d.csv")
pd.read_csv("d.csv").groupby("a").sum()
""",
    "asyncio": """
import asyncio
run = await asyncio.create_subprocess_exec("echo", stdout=asyncio.subprocess.PIPE)
await run.communicate()
await asyncio.to_thread(len, [])
server = await asyncio.start_unix_server(lambda r, w: w.close(), path="sock")
await (await asyncio.open_unix_connection("sock"))[0].read()
server.close()
""",
    "processes": """
import concurrent.futures as cf, multiprocessing
fork = multiprocessing.get_context("fork")
with cf.ProcessPoolExecutor(2, mp_context=fork) as pool:
    assert list(pool.map(abs, [-1])) == [1]
fork.Array("d", 3), fork.Value("i", 0)
""",
    "sqlite": """
import sqlite3
c = sqlite3.connect("a.db")
c.execute("create table t(a)")
c.commit()
c.close()
""",
    "files": """
import os, shutil, tempfile
os.makedirs("q/r")
open("q/x", "w").close()
shutil.copytree("q", "p")
shutil.rmtree("p")
os.replace("q/x", "q/y")
os.link("q/y", "q/z")
os.mkfifo("f")
tempfile.TemporaryFile()
assert open("/dev/zero", "rb").read(3) == bytes(3)
""",
    "shell": """
import subprocess
what = "ls | sort | head -2; echo $(id); cp m m2; rm m2; find . -name z; bash -c wait"
subprocess.run(what, shell=True, check=True, capture_output=True)
""",
    "terminal": """
import os, pty
pid, fd = pty.fork()
if pid == 0:
    os._exit(0)
os.waitpid(pid, 0);
""",
}


@pytest.mark.parametrize("what", WHAT_NOTEBOOKS_DO)
def test_what_notebooks_do_needs_nothing_that_is_refused(talk: Conversation, what: str) -> None:
    for cell in dict.fromkeys([WHAT_NOTEBOOKS_DO["numpy"], WHAT_NOTEBOOKS_DO[what]]):
        assert [o["evalue"] for o in talk.student(cell) if o["output_type"] == "error"] == []


def test_a_submission_is_behind_every_layer_that_the_kernel_has(talk: Conversation) -> None:
    talk.student("layers = get_ipython().layers")
    assert talk.examiner.ask("name", "layers") == {
        "landlock": landlock.version(confine.libc),
        "calls": True,
    }
