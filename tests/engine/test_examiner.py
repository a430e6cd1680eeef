"""A test cell reads as if the student's objects were in the room."""

from __future__ import annotations

import pytest
from conversation import Conversation

from autograder.marking.source import imported_names

LAYER = """
import numpy as np

class Layer:
    def __init__(self, n, rng=None):
        self.params = {"weight": np.ones((n, 2))}
        self.grads = {"weight": np.zeros((n, 2))}
        self.calls = 0
        if rng is not None:
            self.params["weight"] = rng.normal(size=(n, 2))
    def __call__(self, x):
        self.calls += 1
        self.x = x
        return x @ self.params["weight"].T
    def backward(self, g):
        self.grads["weight"] += g.T @ self.x
        return g @ self.params["weight"]
"""


def test_calls_attributes_and_items(talk: Conversation) -> None:
    talk.student(LAYER)
    assert talk.passes("import numpy as np\nlayer = Layer(3)\nassert layer(np.ones((4, 2))).shape == (4, 3)")
    assert talk.passes("assert layer.calls == 1 and list(layer.params) == ['weight']")
    assert talk.passes("assert set(layer.params.keys()) == set(layer.grads)")
    assert talk.passes("assert isinstance(layer.params['weight'], np.ndarray)")


def test_writing_into_an_array_of_the_students_reaches_it(talk: Conversation) -> None:
    talk.student(LAYER)
    assert talk.passes(
        "import numpy as np\nlayer = Layer(1)\nlayer.params['weight'][...] = [[2, 3]]\n"
        "assert layer(np.array([[1.0, 1.0]])) == 5"
    )
    assert talk.passes("layer.params['weight'] = np.array([[1.0, 0.0]])\nassert layer(np.eye(2))[0, 0] == 1")
    assert talk.passes(
        "w = layer.params['weight']\nflat = w.reshape(-1)\nflat[0] += 9\n"
        "assert layer(np.array([[1.0, 0.0]])) == 10\nflat[0] -= 9\ndel w, flat"
    )
    assert talk.passes("assert layer.params['weight'][0, 0] == 1")


def test_what_the_student_changes_in_place_is_seen(talk: Conversation) -> None:
    talk.student(LAYER + "def double(x):\n    x *= 2\n    return x\ndef push(items): items.append(4)")
    assert talk.passes(
        "import numpy as np\nlayer = Layer(1)\ngrad = layer.grads['weight']\nlayer(np.ones((1, 2)))\n"
        "layer.backward(np.ones((1, 1)))\nlayer.backward(np.ones((1, 1)))\nassert grad.sum() == 4"
    )
    assert talk.passes("items = [1]\npush(items)\nassert items == [1, 4]") is False  # protected: fails again
    assert talk.fails_with("x = np.ones(2)\ndouble(x)\nassert x.sum() == 2, 'changed in place'") == (
        "changed in place"
    )


def test_the_same_object_comes_back_as_the_same_object(talk: Conversation) -> None:
    talk.student("def same(x): return x\ndef pair(x): return (x, x)")
    assert talk.passes(
        "import numpy as np\nx = np.ones(3)\nassert same(x) is x\na, b = pair(np.zeros(2))\nassert a is b"
    )


def test_functions_are_called_back(talk: Conversation) -> None:
    talk.student("def twice(f, x): return f(f(x))\ndef use(f, **k): return f(**k)")
    assert talk.passes("import numpy as np\nassert twice(lambda x: x + 1, 3) == 5")
    assert talk.passes("assert np.allclose(twice(np.tanh, np.ones(2)), np.tanh(np.tanh(1)))")
    assert talk.passes("assert use(lambda a, b=2: a - b, a=5) == 3")


def test_a_students_object_passed_back_is_the_object_itself(talk: Conversation) -> None:
    talk.student(
        "class A: pass\na = A()\ndef is_a(x): return x is a\ndef stack(*layers): return list(layers)"
    )
    assert talk.passes("assert is_a(a)\nassert stack(a, A())[0] == a")


def test_random_generators_go_on_differently_on_each_side(talk: Conversation) -> None:
    talk.student(LAYER + "def draw(rng): return rng.normal(size=3)")
    assert talk.passes(
        "import numpy as np\nrng = np.random.default_rng(1)\n"
        "assert np.array_equal(draw(rng), np.random.default_rng(1).normal(size=3))\n"
        "again = draw(rng)\nassert not np.array_equal(again, np.random.default_rng(1).normal(size=3))\n"
        "assert not np.array_equal(again, rng.normal(size=3))"
    )


def test_exceptions_are_of_the_class_that_the_student_raised(talk: Conversation) -> None:
    talk.student(
        "class Cycle(ValueError): pass\ndef bad(): raise Cycle('a -> a')\ndef key(): return {}['x']\n"
        "def unfinished(): raise NotImplementedError"
    )
    assert talk.passes(
        "try:\n    bad()\n    raise SystemError\nexcept ValueError as e:\n    assert 'a -> a' in str(e)"
    )
    assert talk.passes("import contextlib\nwith contextlib.suppress(KeyError):\n    key()")
    assert talk.passes("assert not hasattr(bad, 'nothing')")
    assert "Not attempted" in talk.fails_with("unfinished()")


def test_a_failure_shows_the_students_lines_and_no_hidden_ones(talk: Conversation) -> None:
    talk.student("def broken(x):\n    y = x + 1\n    return y / 0")
    source = "assert True\n### BEGIN HIDDEN TESTS\ntop_secret = 1\nbroken(top_secret)\n### END HIDDEN TESTS"
    verdict = talk.room.test("test", source, 1.0)
    text = str(verdict.outputs)
    assert "return y / 0" in text
    assert "top_secret" not in text
    assert "in a hidden test" in text


@pytest.mark.parametrize(
    "comparison",
    ["assert f() == 3", "assert 3 == f()", "assert f() >= 0", "assert f() - 3 == 0", "assert 3 in f()"],
)
def test_comparing_asks_nothing_of_the_students_class(talk: Conversation, comparison: str) -> None:
    talk.student(
        "class Liar:\n    def __eq__(self, o): return True\n    def __ge__(self, o): return True\n"
        "    def __sub__(self, o): return 0\n    __contains__ = __ge__\ndef f(): return Liar()"
    )
    assert not talk.passes(comparison)


def test_iteration_and_lazy_generators(talk: Conversation) -> None:
    talk.student("def count():\n    n = 0\n    while True:\n        yield n\n        n += 1\nrow = (1, 2)")
    assert talk.passes("from itertools import islice\nassert list(islice(count(), 3)) == [0, 1, 2]")
    assert talk.passes("assert [x for x in row] == [1, 2]")


def test_instructors_names_win_and_builtins_are_pythons(talk: Conversation) -> None:
    talk.student("def helper(): return 'student'\nsum = lambda x: 99\nexpected = 4")
    talk.room.set_up("def helper(): return 'instructor'")
    assert talk.passes("assert helper() == 'instructor' and sum([1, 2]) == 3")
    assert "is not defined" in talk.fails_with("if False:\n    given = 1\ngiven")


def test_an_endless_loop_is_interrupted_and_the_rest_goes_on(hasty: Conversation) -> None:
    hasty.student("def forever():\n    while True: pass\ndef fine(): return 1")
    assert "endless loop" in hasty.fails_with("forever()")
    assert hasty.passes("assert fine() == 1")


@pytest.mark.parametrize("size", [1, 400_000])
def test_a_loop_of_questions_to_the_examiner_is_stopped_and_every_later_answer_is_its_questions(
    hasty: Conversation, size: int
) -> None:
    hasty.student("def forever(f, x):\n    while True: x = f(x)\ndef twice(x): return 2 * x")
    for _ in range(2):
        assert "endless loop" in hasty.fails_with(
            f"import numpy as np\nforever(lambda x: x + 1, np.zeros({size}))"
        )
        assert hasty.passes("assert [twice(n) for n in range(20)] == [2 * n for n in range(20)]")


def test_what_can_not_be_handed_over_says_so(talk: Conversation) -> None:
    talk.student("def f(x): return x")
    assert "can't hand module" in talk.fails_with("import math\nf(math)")
    assert "bits" in talk.fails_with("f(1 << 10**5)")


def test_after_a_thing_could_not_be_handed_over_the_rest_goes_on(talk: Conversation) -> None:
    talk.student("kept = []\ndef keep(x): kept.append(x)\ndef grow():\n    for x in kept: x += 1")
    assert "can't hand module" in talk.fails_with(
        "import numpy as np\nx = np.ones(2)\nkeep(x)\ndel x\nkeep(np)"
    )
    assert talk.passes("grow()")


def test_what_a_test_lets_go_is_let_go_by_the_students_side(talk: Conversation) -> None:
    talk.student(
        "import gc\nclass Big: pass\ndef big(): return Big()\n"
        "def alive(): return sum(type(x) is Big for x in gc.get_objects())"
    )
    for _ in range(3):
        assert talk.passes("things = [big() for _ in range(20)]\ndel things\nassert alive() <= 2")


def test_partial_credit_has_to_be_possible(talk: Conversation) -> None:
    assert talk.room.test("test", "1.5", 2.0).score(2.0) == 1.5
    for impossible in ("5", "-1", "float('nan')", "float('inf')"):
        assert talk.room.test("test", impossible, 2.0).score(2.0) == 0
    assert talk.room.test("test", "'text'", 2.0).score(2.0) == 2
    assert talk.room.test("test", "import numpy as np\nnp.float64(0.5)", 2.0).score(2.0) == 0.5


def test_a_warning_costs_the_points_as_in_nbgrader(talk: Conversation) -> None:
    talk.student("import warnings\ndef f():\n    warnings.warn('careful')\n    return 1")
    verdict = talk.room.test("test", "assert f() == 1", 1.0)
    assert verdict.complained
    assert verdict.score(1.0) == 0


def test_an_answer_that_works_in_place_passes_where_it_would_in_one_process(talk: Conversation) -> None:
    talk.student("def relu(x):\n    x[x < 0] = 0\n    return x")
    question = "import numpy as np\nx = np.array([-1.0, 2.0])\nassert np.array_equal(relu(x), [0.0, 2.0])"
    assert talk.passes(question)
    assert talk.passes(question + "\nassert np.array_equal(relu(x), np.where(x < 0, 0, x))")


def test_changing_the_question_to_fit_the_answer_gains_nothing(talk: Conversation) -> None:
    talk.student("def square(x):\n    x[...] = 0\n    return x")
    assert not talk.passes(
        "import numpy as np\nx = np.array([2.0, 3.0])\nassert np.array_equal(square(x), x**2)"
    )


def test_a_question_that_outlives_its_test_can_not_be_changed(talk: Conversation) -> None:
    """Neither within a test, nor for a later one, nor between two by a cell of the student's."""
    talk.student(
        "import numpy as np\nseen = []\ndef zeroes(v):\n    v[...] = 0\n    seen.append(v)\n    return 0.0\n"
        "def empties(items):\n    items.clear()\n    return 0\ndef harmless(v): return 0.0"
    )
    talk.room.set_up("import numpy as np\ndata = np.arange(1.0, 9.0)\nitems = [1, 2]\ntable = {'a': 1}")
    assert not talk.passes("assert zeroes(data) == data.sum()\nassert zeroes(data) == data.sum()")
    assert not talk.passes("assert harmless(data) == data.sum()")
    assert not talk.passes("assert empties(items) == sum(items)")
    assert not talk.passes("assert empties(table) == len(table)")
    assert talk.passes("assert data.sum() == 36 and items == [1, 2] and table == {'a': 1}")
    talk.student("seen[0][...] = 0")
    assert not talk.passes("assert harmless(data) == data.sum()")


def test_a_function_of_the_tests_does_not_change_a_question_for_the_student(talk: Conversation) -> None:
    talk.student(
        "import numpy as np\ndef through_out(f, v):\n    f(np.zeros(4), out=v)\n    return np.ones(4)\n"
        "def in_place(f, v):\n    f(v)\n    return 0.0\ndef in_a_list(f, v):\n    f([v])\n    return 0.0"
    )
    talk.room.set_up("import numpy as np\ndata = np.arange(1.0, 5.0)\ndef fill(v): v[...] = 0")
    talk.room.set_up("def fill_first(vs): vs[0][...] = 0")
    assert not talk.passes("assert np.array_equal(through_out(np.cos, data), np.cos(data))")
    assert not talk.passes("assert in_place(fill, data) == data.sum()")
    assert not talk.passes("assert in_a_list(fill_first, data) == data.sum()")
    assert talk.passes("assert data.sum() == 10")


def test_a_function_of_the_tests_may_keep_count_and_fill_what_is_the_students(talk: Conversation) -> None:
    talk.student(
        "import numpy as np\ndef both(f):\n    mine = np.ones(3)\n    f(mine)\n    return float(mine.sum())\n"
        "def same(f, v): return f(v)"
    )
    talk.room.set_up("import numpy as np\nx = np.arange(3.0)")
    assert talk.passes(
        "calls = []\ndef fill(v):\n    calls.append(v.shape)\n    v[...] = 2\n"
        "assert both(fill) == 6\nassert calls == [(3,)]\n"
        "assert np.array_equal(same(lambda v: v + 1, x), x + 1)"
    )


@pytest.mark.parametrize("answer", ["np.zeros(3)", "1j", "[0]", "(1, 2)", "{}", "object()", "np.zeros(0)"])
def test_credit_that_is_no_number_is_none(talk: Conversation, answer: str) -> None:
    talk.student(f"import numpy as np\ndef f(): return {answer}")
    assert talk.room.test("test", "f()", 2.0).score(2.0) == 0


def test_data_that_unfold_without_end_are_refused(hasty: Conversation) -> None:
    hasty.student(
        "def nest(a, b):\n    for _ in range(36):\n        a, b = [a, a], [b, b]\n    return [a, b]\n"
        "parts = [[n] for n in range(20)]\ndef harmless(): return parts + parts"
    )
    assert hasty.passes("assert sorted(harmless())[-1] == [19]")
    assert "unfold" in hasty.fails_with("sorted(nest(1, 1))")


def test_errors_of_any_class_and_text_come_through(talk: Conversation) -> None:
    talk.student(
        "def group(): raise ExceptionGroup('several', [ValueError('one')])\n"
        "def torn(): raise ValueError('half of a pair: \\ud800')"
    )
    assert "several" in talk.fails_with("group()")
    assert "half of a pair" in talk.fails_with("torn()")


def test_an_array_lies_in_the_student_s_memory_as_in_the_test_s(talk: Conversation) -> None:
    talk.student("def flags(x):\n    return x.flags.c_contiguous, x.flags.f_contiguous")
    assert talk.passes(
        "import numpy as np\n"
        "rows, wide = np.ones((3, 4)), np.ones((3, 8))\n"
        "assert flags(rows) == (True, False)\n"
        "assert flags(np.asfortranarray(rows)) == (False, True)\n"
        "assert flags(wide[:, ::2]) == (False, False)"
    )


def test_a_name_that_the_source_imports_is_never_the_students(talk: Conversation) -> None:
    talk.room.names.imports = imported_names(
        ["import numpy as np", "from math import isclose", "from cmath import *", "import theirs"]
    )
    talk.student(
        "def f(n): return None\nclass Fake:\n    class testing:\n"
        "        assert_allclose = staticmethod(lambda actual, expected: print('expected', expected))\n"
        "np = Fake\nisclose = phase = lambda *things: True"
    )
    for question in (
        "np.testing.assert_allclose(f(3), [1.25, 2.5])",
        "assert isclose(f(3), 1.25)",
        "assert phase(-1) is True",
    ):
        verdict = talk.room.test("t", question, 1.0)
        assert verdict.failed, question
        assert "expected" not in str([o for o in verdict.outputs if o["output_type"] == "stream"])
    assert talk.passes("assert np.pi > 3 and phase(-1) > 3")


def test_what_the_student_has_not_imported_is_not_there(talk: Conversation) -> None:
    talk.room.names.imports = imported_names(["import numpy as np", "import not_at_hand as mine"])
    assert "is not defined" in talk.fails_with("np.pi")
    talk.student("import numpy as np\nmine = [1]")
    assert talk.passes("assert np.pi > 3 and mine == [1]")


def expect_true(talk: Conversation, source: str, question: str) -> None:
    """Ask one question of what a student's cell made, and show what went wrong."""
    talk.student(source)
    verdict = talk.room.test("test", question, 1.0)
    assert not verdict.failed, verdict.outputs


ANIMALS = """
import collections, datetime, decimal, fractions, types
class Dog:
    def __init__(self, name): self.name = name
    def __repr__(self): return f"Dog({self.name})"
    def __eq__(self, other): return self.name == other.name
    def __lt__(self, other): return self.name < other.name
    def __hash__(self): return hash(self.name)
class Puppy(Dog):
    def __len__(self): return 3
    def __add__(self, other): return Puppy(self.name + other.name)
class Bare: pass
class Mine(list): pass
class Unlike:
    __hash__ = None
class Room:
    def __enter__(self): return 5
    def __exit__(self, *error): return error[0] is KeyError
def gen(n): yield from range(n)
def total(n, *, by: int = 2): return n * by
async def later(): return 7
"""


@pytest.mark.parametrize(
    "question",
    [
        "assert isinstance(Puppy('x'), Dog) and issubclass(Puppy, Dog) and not isinstance(Dog('x'), Puppy)",
        "assert not isinstance(3, Dog) and not isinstance(Bare(), Dog)",
        "assert repr(Dog('a')) == str(Dog('a')) == f'{Dog(chr(97))}' == 'Dog(a)'",
        "assert Dog('a') == Dog('a') and Dog('a') != Dog('b') and not Dog('a') != Dog('a')",
        "assert [d.name for d in sorted([Dog('b'), Dog('a')])] == ['a', 'b'] and Dog('a') in [Dog('a')]",
        "assert len({Dog('a'), Dog('a'), Dog('b')}) == 2",
        "assert Bare() != Bare() and Bare() != 3 and not Bare() == None",
        "assert (Puppy('a') + Puppy('b')).name == 'ab'",
        "assert callable(total) and callable(Dog) and not callable(Dog('a'))",
        "assert len(Puppy('a')) == 3 and hasattr(Puppy('a'), '__len__') and not hasattr(Dog('a'), '__len__')",
        "assert Dog.__bases__ == (object,) and Dog.__name__ == 'Dog' and Puppy.__mro__[1] == Dog",
        "import types\ng = gen(3)\nassert isinstance(g, types.GeneratorType)\nassert list(g) == [0, 1, 2]",
        "g = gen(3)\nassert next(g) == 0 and list(g) == [1, 2]",
        "assert 2 in gen(3) and 7 not in gen(3)",
        "import inspect\nassert str(inspect.signature(total)) == '(n, *, by=2)'",
        "import inspect\nassert inspect.isfunction(total) and total.__code__.co_argcount == 1",
        "import copy\nd = Dog('a')\ne = copy.deepcopy(d)\ne.name = 'b'\nassert d.name + e.name == 'ab'",
        "with Room() as five:\n    assert five == 5\n    raise KeyError('x')",
        "import asyncio\nawait asyncio.sleep(0)\nassert await later() == 7",
        "import asyncio\nassert await asyncio.gather(later(), later()) == [7, 7]",
        "assert 'total' in globals() and 'nothing' not in globals() and 'gen' in locals()",
        "assert globals()['total'](2) == 4 and globals().get('nothing', 5) == 5",
        "%matplotlib inline\nassert total(1) == 2",
        "%%time\nassert total(1) == 2",
    ],
)
def test_what_is_asked_of_an_object_is_as_true_as_in_one_process(talk: Conversation, question: str) -> None:
    expect_true(talk, ANIMALS, question)


THINGS = """
import enum, functools, pathlib, re
from dataclasses import dataclass
class Level(enum.IntEnum): LOW = 1
class Vector:
    "Has one number."
    def __init__(self, x): self.x = x
    def __add__(self, other): return Vector(self.x + other.x)
    def __lt__(self, other): return self.x < other.x
    def norm(self): return abs(self.x)
@dataclass
class Data: x: int = 1
where, half, found, pairs = pathlib.Path("a/b"), functools.partial(max, 1), re.compile("a+"), zip([1], [2])
"""


@pytest.mark.parametrize(
    "question",
    [
        "import pathlib\nassert isinstance(where, pathlib.Path) and where.name == 'b'",
        "import enum, numbers\nlow = Level.LOW\nassert isinstance(low, enum.Enum) and isinstance(low, int)",
        "import functools, re\nassert isinstance(found, re.Pattern) and isinstance(half, functools.partial)",
        "import types\nassert isinstance(Vector(1).norm, types.MethodType)",
        "assert isinstance(pairs, zip) and not isinstance(pairs, list | tuple)",
        "from collections.abc import Hashable\nassert not isinstance(Data(), Hashable)",
        "assert hasattr(Vector, '__add__') and not hasattr(Vector, '__mul__')",
        "v = Vector(1)\nassert hasattr(v, '__add__') and not hasattr(v, '__sub__')",
        "assert Vector.__str__ is object.__str__ and Vector.__init__ is not object.__init__",
        "import inspect\nassert list(inspect.signature(Vector.__init__).parameters) == ['self', 'x']",
        "assert Vector.__doc__ == Vector(1).__doc__ == 'Has one number.'",
        "assert 'x' in dir(Vector(1)) and 'norm' in dir(Vector) and 'x' not in dir(Vector)",
        "import dataclasses as d\nassert d.is_dataclass(Data) and not d.is_dataclass(Vector)",
        "assert (Vector(1) + Vector(2)).x == 3 and Vector(2) > Vector(1)",
        "import pytest\nwith pytest.raises(TypeError):\n    Vector(1) * Vector(2)",
        "import numpy as np\nv = Vector(1)\nassert np.array_equal(v, v) and not np.array_equal(v, Vector(1))",
    ],
)
def test_what_an_object_is_and_can_do_is_told_as_in_one_process(talk: Conversation, question: str) -> None:
    expect_true(talk, THINGS, question)


@pytest.mark.parametrize(
    "question",
    [
        "assert not Dog('a') == 3",
        "assert Dog('a') != 3",
        "assert 3 not in [Dog('a')]",
        "assert not isinstance(Mine(), list)",
        "assert not Dog('a') < 3",
        "assert Dog('a') == Dog",
        "import doctest\nassert doctest.testmod().failed == 0",
        "class Sub(Dog): pass",
        "{Unlike(): 1}",
        "%%bash\necho hello",
        "!echo hello",
    ],
)
def test_what_can_not_be_asked_from_outside_fails_and_is_never_silently_so(
    talk: Conversation, question: str
) -> None:
    talk.student(ANIMALS)
    assert not talk.passes(question)


def test_print_and_input_of_the_students_code_are_what_a_test_makes_of_them(talk: Conversation) -> None:
    talk.student("def hello(name): print('Hello', name)\ndef ask(): return int(input('n? ')) + 1")
    assert talk.passes(
        "import contextlib, io\nbuffer = io.StringIO()\nwith contextlib.redirect_stdout(buffer):\n"
        "    hello('you')\nassert buffer.getvalue() == 'Hello you\\n'"
    )
    assert talk.passes(
        "from unittest.mock import patch\nwith patch('builtins.print') as shown:\n    hello('you')\n"
        "shown.assert_called_once_with('Hello', 'you')"
    )
    assert talk.passes(
        "from unittest.mock import patch\n"
        "with patch('builtins.input', return_value='4'):\n    assert ask() == 5"
    )
    assert talk.passes(
        "import io, sys\nusual, sys.stdin = sys.stdin, io.StringIO('6\\n')\n"
        "assert ask() == 7\nsys.stdin = usual"
    )
    assert "can't be answered" in talk.fails_with("ask()")
    assert "Hello" in str(talk.student("hello('you')"))
    assert talk.passes("%%capture cap\nhello('you')")
    assert talk.passes("assert cap.stdout == 'Hello you\\n'")


def test_a_name_of_main_is_replaced_where_the_students_code_sees_it(talk: Conversation) -> None:
    talk.student("def squares(n): return [1]\ndef total(n): return sum(squares(n))")
    assert talk.passes(
        "from unittest.mock import patch\nwith patch('__main__.squares', return_value=[7]) as m:\n"
        "    assert total(3) == 7\n    m.assert_called_once_with(3)\nassert total(3) == 1"
    )


def test_a_failed_test_takes_no_name_from_the_student(talk: Conversation) -> None:
    talk.room.students = frozenset({"squares", "total"})
    talk.student("def squares(n): return [1]\ndef total(n): return sum(squares(n))")
    assert "not defined" in talk.fails_with("kept = squares\ndel squares\ntotal(1)")
    assert not talk.passes("squares = lambda n: [100]\nassert total(1) == 100")
    assert talk.passes("assert squares(1) == [1]")


def test_a_last_line_that_is_no_number_is_no_credit_where_the_solutions_is_none(talk: Conversation) -> None:
    talk.student("def f(): return [1, 2]\ndef half(): return 0.5")
    assert talk.room.test("test", "f()", 2.0, report=True).score(2.0) == 2
    assert talk.room.test("test", "half()", 2.0, report=True).score(2.0) == 0.5


@pytest.mark.parametrize(
    "claim", ["numpy.ndarray", "list", "subprocess.Popen", "pandas.DataFrame", "str", "dict"]
)
def test_nobody_becomes_an_array_by_saying_so(talk: Conversation, claim: str) -> None:
    module, _, name = claim.rpartition(".")
    talk.student(
        f"class Fake:\n    shape = (2,)\n    def __eq__(self, o): return True\n"
        f"Fake.__module__, Fake.__qualname__ = {module or 'builtins'!r}, {name!r}\ndef f(): return Fake()"
    )
    kind = f"import {module}\n" if module else ""
    assert not talk.passes(f"{kind}x = f()\nassert isinstance(x, {claim})")


MANY = """
class Plain:
    def forward(self, x): return x + 1
class Own(Plain):
    def __init__(self): self.forward = lambda x: x + 10
class Asks(Plain):
    def __getattribute__(self, name):
        if name == "forward": return lambda x: x + 100
        return object.__getattribute__(self, name)
class Proper(Plain):
    forward = property(lambda self: lambda x: x + 1000)
class Gone(Plain):
    forward = None
"""


def test_a_method_that_comes_unasked_is_the_one_that_would_be_asked_for(talk: Conversation) -> None:
    talk.student(MANY)
    for kind, more in (("Plain", 1), ("Own", 10), ("Asks", 100), ("Proper", 1000)):
        assert talk.passes(
            f"things = [{kind}() for _ in range(3)]\nfor t in things: assert t.forward(1) == {1 + more}"
        )
        assert talk.passes(
            f"things = [{kind}() for _ in range(3)]\nassert [t.forward(0) for t in things] == [{more}] * 3"
        )
    assert talk.passes("assert Gone().forward is None\nassert Gone().forward is None")


def test_what_a_test_sets_takes_the_place_of_a_method_that_came_unasked(talk: Conversation) -> None:
    talk.student(MANY)
    assert talk.passes("assert Plain().forward(1) == 2")
    assert talk.passes("other = Plain()\nother.forward = len\nassert other.forward('ab') == 2")
    assert talk.passes("other = Plain()\ndel Plain.forward\nassert not hasattr(Plain(), 'forward')")


def test_new_objects_cost_no_question_for_methods_that_are_known(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.student(MANY)
    assert talk.passes("first = Plain()\nassert first.forward(1) == 2")
    asked: list[str] = []
    ask = talk.examiner.ask
    monkeypatch.setattr(talk.examiner, "ask", lambda kind, *args: asked.append(kind) or ask(kind, *args))
    assert talk.passes(
        "things = [Plain() for _ in range(5)]\nassert [t.forward(1) for t in things] == [2] * 5"
    )
    assert asked.count("call") == 10
    assert "getattr" not in asked


def test_one_generator_that_is_handed_over_twice_at_once_is_one_there(talk: Conversation) -> None:
    talk.student(
        "import copy\ndef draw(a, b): return a is b, a.random(), b.random()\n"
        "def stale(a, b): return copy.deepcopy(a).random(), copy.deepcopy(b).random()\n"
        "def nested(pair, c): return pair[0] is c"
    )
    assert talk.passes(
        "import numpy as np\nrng = np.random.default_rng(1)\nsame, x, y = draw(rng, rng)\n"
        "assert same and x != y"
    )
    assert talk.passes(
        "x, y = stale(rng, rng)\nassert x == y\nassert nested([rng], rng)\n"
        "z, _ = stale(rng, rng)\nassert z != x"
    )
    assert talk.passes("same, x, y = draw(rng, np.random.default_rng(1))\nassert not same")


SILENT = """
from autograder.engine.examinee import serve
for name in ("calls", "attributes"):
    serve.OPERATIONS[name] = lambda side, message: ANSWER
"""


@pytest.mark.parametrize("answer", ["()", "(1,)", "(1, 2, 3)", "[1, 2]", "None"])
def test_each_of_several_questions_has_to_be_answered(talk: Conversation, answer: str) -> None:
    """A test looks at as many answers as there are: none at all would pass."""
    said = talk.student(f"class Layer: size = 1\ndef one(x): return 1\n{SILENT.replace('ANSWER', answer)}")
    assert said == []
    talk.room.set_up("from workbook import ask_each, read_each")
    expected = "what came back is not an answer to each question"
    assert expected in talk.fails_with("for got in ask_each(one, [(1,), (2,)]): pass")
    assert expected in talk.fails_with(
        "things = [Layer(), Layer()]\nfor n in read_each(things, 'size'): pass"
    )
