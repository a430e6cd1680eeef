"""Objects of the examiner's in the student's hands: what they count, record and time is the examiner's."""

from __future__ import annotations

import pytest
from conversation import Conversation

WATCH = """
class Watch:
    def __init__(self):
        self.calls, self._kept, self.seen = 0, [], []
    def step(self, x, *, by=1):
        self.calls += by
        self._kept.append(float(x))
        self.seen.append(float(x))
        return self.calls
    def __call__(self, x):
        return 2 * x
    def __len__(self):
        return self.calls
    def kept(self):
        return self._kept
"""
LAYER = """
from workbook import Module
class Layer(Module):
    student_may_change = ("params", "grads", "training", "rate")
    rate = 1.0
    def __init__(self):
        super().__init__()
        self.params = {"weight": np.ones(3)}
        self.zero_grad()
    def forward(self, x):
        self._x = x
        return x * self.params["weight"]
    def backward(self, grad):
        self.grads["weight"] += grad * self._x
        return grad * self.params["weight"]
"""


def test_methods_operators_and_attributes(talk: Conversation) -> None:
    talk.student(
        "def use(w):\n    w.step(3.0)\n    w.step(4.0, by=2)\n"
        "    return w.calls, w(5), len(w), w.seen, hasattr(w, 'nothing'), callable(w)\ndef same(w): return w"
    )
    assert talk.passes(f"{WATCH}\nw = Watch()\nassert use(w) == (3, 10, 3, [3.0, 4.0], False, True)")
    assert talk.passes("assert w._kept == [3.0, 4.0] and same(w) is w and same([w, {'w': w}])[1]['w'] is w")
    assert talk.passes("other = Watch()\nassert same(other) is not w and use(other)[0] == 3")


@pytest.mark.parametrize(
    "trick",
    [
        "w.calls = 7",
        "w._kept.append(1)",
        "w._kept",
        "w.seen.append(9.0)",
        "w.kept().append(9.0)",
        "w.step = lambda x: 0",
        "w.__init__()",
        "w.__dict__['calls'] = 7",
        "type(w).step = None",
        "w.student_may_change",
        "w._side.ask(w._number, 'get', '_kept', (), {}).append(9)",
        "w._side.ask(w._number, 'call', '__init__', (), {})",
        "w._side.ask(w._number, 'set', 'calls', (7,), {})",
        "del w.calls",
    ],
)
def test_nothing_that_the_class_has_not_named_can_be_changed(talk: Conversation, trick: str) -> None:
    talk.student(
        f"def use(w):\n    w.step(3.0)\n    try:\n        {trick}\n    except Exception:\n        pass"
    )
    question = f"{WATCH}\nw = Watch()\nuse(w)\nassert (w.calls, w._kept, w.seen) == (1, [3.0], [3.0])"
    assert talk.passes(question)


def test_what_the_class_names_is_changed_for_good(talk: Conversation) -> None:
    talk.student(
        "import numpy as np\nfrom workbook import Module\ndef train(layer, x):\n"
        "    assert isinstance(layer, Module) and type(layer).__name__ == 'Layer'\n"
        "    layer.eval()\n    layer.zero_grad()\n    layer.backward(layer(x))\n"
        "    for name, value in layer.params.items():\n        value -= 0.5 * layer.grads[name]\n"
        "    layer.rate = 0.25\n"
    )
    assert talk.passes(
        f"import numpy as np\n{LAYER}\nlayer = Layer()\ntrain(layer, np.array([1.0, 2.0, 0.0]))\n"
        "assert np.allclose(layer.params['weight'], [0.5, -1.0, 1.0]) and not layer.training\n"
        "assert layer.rate == 0.25"
    )


def test_an_object_of_the_mistake_bank_is_lent_too(talk: Conversation) -> None:
    """A bank's probes hand over objects; their classes say what may be changed."""
    talk.student("def move(w):\n    for name, array in w.params.items(): array -= w.grads[name]")
    assert talk.passes(
        "import numpy as np\nfrom backprop.mistakes.bank import Weights\nw = Weights(a=np.zeros(2))\n"
        "w.turn(a=np.ones(2))\nmove(w)\nassert np.array_equal(w.values()['a'], [-1, -1])"
    )


def test_a_module_of_the_examiners_around_one_of_the_students(talk: Conversation) -> None:
    """A diary that stands in place of a model notes what the student's loop does, whatever that says."""
    talk.student(
        "import numpy as np\nfrom workbook import Container, Module\nclass Scale(Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.params = {'a': np.ones(1)}\n"
        "        self.zero_grad()\n    def forward(self, x):\n        self.x = x\n"
        "        return x * self.params['a']\n    def backward(self, g):\n"
        "        self.grads['a'] += np.sum(g * self.x)\n        return g * self.params['a']\n"
        "def train(model, x):\n    model.zero_grad()\n    model.backward(model(x))\n"
        "    for name, p in model.params.items(): p -= model.grads[name]"
    )
    assert talk.passes(
        "import numpy as np\nfrom workbook import Container\nclass Diary(Container):\n"
        "    def __init__(self, model):\n        super().__init__({'model': model})\n"
        "        self._seen, self._clean = [], []\n"
        "    def forward(self, x):\n        self._seen.append(x.copy())\n"
        "        return self.children['model'](x)\n    def backward(self, g):\n"
        "        self._clean.append(all(not np.any(grad) for grad in self.grads.values()))\n"
        "        return self.children['model'].backward(g)\n"
        "model = Scale()\ndiary = Diary(model)\ntrain(diary, np.array([1.0, 2.0]))\n"
        "assert np.array_equal(diary._seen, [[1.0, 2.0]]) and diary._clean == [True]\n"
        "assert model.params['a'] == 1 - 5"
    )


def test_errors_of_its_methods_are_of_their_class(talk: Conversation) -> None:
    talk.student(
        "def use(b):\n    try:\n        b.look('x')\n    except KeyError:\n        return list(b)\n"
        "def wrong(b): return b.nothing"
    )
    assert talk.passes(
        "class Bag:\n    def look(self, key): return {}[key]\n"
        "    def __iter__(self): return iter([1, 2])\nassert use(Bag()) == [1, 2]"
    )
    assert talk.passes("try:\n    wrong(Bag())\n    raise SystemError\nexcept AttributeError:\n    pass")


def test_iterators_are_lent_too_and_nothing_of_them_but_the_next(talk: Conversation) -> None:
    talk.student(
        "def total(xs): return sum(xs)\ndef frame(g):\n    try:\n        return g.gi_frame\n"
        "    except AttributeError:\n        return list(zip(g, 'ab'))"
    )
    assert talk.passes(
        "drawn = []\ndef numbers():\n    for n in range(4):\n        drawn.append(n)\n        yield n"
    )
    assert talk.passes("assert total(numbers()) == 6 and drawn[-4:] == [0, 1, 2, 3]")
    assert talk.passes("assert frame(n for n in (5, 6, 7)) == [(5, 'a'), (6, 'b')]")


def test_a_class_of_the_tests_makes_objects_of_the_tests(talk: Conversation) -> None:
    talk.student("def build(kind, n): return [kind(k) for k in range(n)]")
    assert talk.passes(
        "made = []\nclass Part:\n    def __init__(self, k):\n        self._k = k\n        made.append(self)\n"
        "parts = build(Part, 3)\nassert parts == made and [p._k for p in parts] == [0, 1, 2]"
    )


def test_modules_and_library_objects_stay_here(talk: Conversation) -> None:
    talk.student("def reach(b): return b.tools")
    assert "can't hand module" in talk.fails_with("import os\nclass Bag: tools = os\nreach(Bag())")


def test_a_class_of_a_marked_cell_is_the_examiners_and_of_another_the_students(talk: Conversation) -> None:
    given = "class Mark:\n    def __init__(self): self._n = 0\n    def add(self): self._n += 1"
    talk.student(f"{given}\n{given.replace('Mark', 'Plain')}\ndef add(m): m.add()")
    talk.room.set_up(f"#| examiner\n{given}")
    talk.room.set_up(given.replace("Mark", "Plain"))
    talk.student("Mark = Plain = None\ndef is_mark(m): return type(m).__name__")
    assert talk.passes("m = Mark()\nadd(m)\nassert m._n == 1 and is_mark(m) == 'Mark'")
    assert not talk.passes("Plain()")


def test_many_questions_in_one_message(talk: Conversation) -> None:
    talk.student(
        "class Layer:\n    def __init__(self, n): self.n = n\n    def __call__(self, x): return x * self.n\n"
        "    def back(self, g): return g + self.n\nasked = []\n"
        "def root(x):\n    asked.append(x)\n    return x ** 0.5 if x >= 0 else 1 / 0"
    )
    talk.room.set_up("from workbook import ask_each\nimport numpy as np")
    assert talk.passes(
        "xs = [float(n) for n in range(40)]\nassert ask_each(root, [(x,) for x in xs])[4] == 2"
    )
    assert talk.passes(
        "layers = ask_each(Layer, [(1,), (2,)])\nassert ask_each(layers, [(3,), (3,)]) == [3, 6]\n"
        "assert ask_each(layers, [(3,), (3,)], 'back') == [4, 5]\n"
        "assert np.array_equal(ask_each(layers, [(np.ones(2),)] * 2)[1], [2, 2])"
    )
    assert talk.passes(
        "asked.clear()\ntry:\n    ask_each(root, [(1,), (-1,), (2,)])\n    raise SystemError\n"
        "except ZeroDivisionError:\n    assert asked == [1, -1]"
    )
    assert talk.passes("assert ask_each(root, []) == []\nassert ask_each(abs, [(-1,), (2,)]) == [1, 2]")
    assert talk.passes(
        "from workbook import read_each\nassert read_each([], 'n') == []\n"
        "assert read_each([1j, 2], 'imag') == [1, 0]\n"
        "for layer, times in zip(layers, (5, 6)): layer.times = times\n"
        "assert read_each(layers, 'times') == [5, 6]\n"
        "try:\n    read_each(layers, 'none')\n    raise SystemError\nexcept AttributeError:\n    pass"
    )


def test_too_much_for_one_message_is_said_and_the_rest_goes_on(talk: Conversation) -> None:
    talk.student("def size(x): return len(x)\ndef back(f): return f()")
    assert "too much for one message" in talk.fails_with("size('x' * (33 << 20))")
    assert "too much" in talk.fails_with("import numpy as np\nback(lambda: np.zeros(5 << 20))")
    assert talk.passes("assert size('abc') == 3")
