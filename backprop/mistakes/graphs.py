"""What students write for 06-graphs: Sequential, topological_order, and Graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, attempt, run_module

Names = Mapping[str, Any]
Rng = np.random.Generator
Reads = dict[str, list[str]]


class Noted:
    """A module that doubles its input, and notes that it was asked."""

    student_may_change = ("params", "grads", "training")

    def __init__(self, asked: list[str]) -> None:
        self.asked, self.training = asked, True
        self.params: dict[str, Any] = {}
        self.grads: dict[str, Any] = {}

    def __call__(self, x: Any) -> Any:
        """Run forward."""
        return self.forward(x)

    def forward(self, x: Any) -> Any:
        """Double."""
        self.asked.append("forward")
        return 2.0 * x

    def backward(self, grad_output: Any) -> Any:
        """Double."""
        self.asked.append("backward")
        return 2.0 * grad_output


def probe_sequential(names: Names, rng: Rng) -> dict[str, Any]:
    """Square on purpose: here the wrong order computes something instead of failing."""
    start = np.random.default_rng(0)
    first, second = names["Linear"](4, 4, start), names["Linear"](4, 4, start)
    for layer in (first, second):  # a chain may not know its own parameters
        for name in ("bias", "weight"):
            layer.params[name][...] = rng.normal(size=np.shape(layer.params[name]))
    chain = names["Sequential"](first, names["ReLU"](), second)
    x = rng.normal(size=(3, 4))
    seen: dict[str, Any] = {"run": attempt(lambda: run_module(chain, x, rng=rng))}
    seen["names"] = "|".join(sorted(chain.params))
    seen["again"] = attempt(lambda: np.array(chain(x)))
    seen["training"] = attempt(lambda: str(chain.training))
    twelve = [names["Linear"](2, 2, np.random.default_rng(k)) for k in range(12)]
    long = attempt(names["Sequential"], *twelve)
    seen["twelve"] = attempt(lambda: np.array(long(rng.normal(size=(2, 2)))))
    asked: list[str] = []
    noted = attempt(names["Sequential"], Noted(asked), Noted(asked))
    seen["noted"] = attempt(
        lambda: [np.array(noted.forward(np.ones(3))), np.array(noted.backward(np.ones(3)))]
    )
    seen["asked"] = " ".join(asked)
    return seen


SORTABLE: dict[str, Reads] = {
    "diamond": {"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": ["x"]},
    "chain": {"c": ["b", "b"], "b": ["a", "a"], "a": ["x", "x"]},
    "uneven": {"e": ["x", "d"], "d": ["b"], "b": ["a", "x", "x"], "a": ["x", "y"], "f": ["a", "e"]},
}
CYCLIC: dict[str, Reads] = {
    "ring": {"calm": ["x"], "ringa": ["calm", "ringc"], "ringb": ["ringa"], "ringc": ["ringb", "x"]},
    "self": {"own": ["x", "own"]},
}


def probe_order(names: Names, rng: Rng) -> dict[str, Any]:
    """Orders may differ: what is compared is who stands before what it reads, who is missing or too many."""
    order_of = names["topological_order"]
    seen: dict[str, Any] = {}
    for title, graph in SORTABLE.items():
        reads = {name: list(inputs) for name, inputs in graph.items()}
        try:
            order = [str(name) for name in order_of(reads)]
        except ValueError:
            seen[title] = "refused"
            continue
        early = [
            f"{name} before {i}"
            for name, inputs in graph.items()
            for i in inputs
            if name in order and i in order and order.index(name) < order.index(i)
        ]
        seen[title] = "; ".join([*sorted(early), ",".join(sorted(order)), f"changed: {reads != graph}"])
    for title, graph in CYCLIC.items():
        seen[title] = _refusal(order_of, graph)
    return seen


def _refusal(order_of: Any, graph: Reads) -> str:
    try:
        order_of({name: list(inputs) for name, inputs in graph.items()})
    except ValueError as error:
        return "refused, naming " + ", ".join(name for name in graph if name in str(error))
    except Exception:
        return "broke"
    return "accepted"


def probe_graph(names: Names, rng: Rng) -> dict[str, Any]:
    """Shared values, a value read twice by one node, an output in the middle; and the calls of backward."""
    start = np.random.default_rng(0)
    parts = {
        "out": (names["Add"](), ["square", "side", "mid"]),
        "side": (names["Linear"](4, 4, start), ["mid"]),
        "square": (names["Multiply"](), ["mid", "mid"]),
        "mid": (names["Multiply"](), ["low", "x2"]),
        "low": (names["Linear"](4, 4, start), ["x1"]),
    }
    watched = {name: (names["Watch"](module), reads) for name, (module, reads) in parts.items()}
    graph = names["Graph"](watched, ["x1", "x2"], ["out", "mid"])
    graph.order = ["low", "mid", "side", "square", "out"]  # whatever their topological_order finds
    x = rng.normal(size=(2, 3, 4))
    seen: dict[str, Any] = {"run": attempt(lambda: run_module(graph, *x, rng=rng, outputs=2))}
    seen["visits"] = [watched[name][0].visits for name in watched]
    seen["again"] = attempt(lambda: [np.array(y) for y in graph(*x)])
    any_value = names["Graph"]({"sum": (names["Add"](), ["x", "x"])}, ["x"], ["sum", "x", "sum"])
    seen["any value"] = attempt(lambda: [np.array(y) for y in any_value.forward(x[0])])
    upstream = rng.normal(size=(3, 3, 4))
    one = names["Graph"]({"sum": (names["Add"](), ["x", "x"])}, ["x"], ["sum"])
    seen["one output"] = attempt(lambda: type(one.forward(x[0])).__name__)
    seen["nested"] = attempt(lambda: _nested(names, x[0], upstream[0]))
    seen["unread"] = attempt(lambda: _unread(names, x, upstream[0]))
    seen["any value, back"] = attempt(lambda: np.array(any_value.backward(*upstream)))
    return seen


def _nested(names: Names, x: Any, upstream: Any) -> list[Any]:
    """A graph as a node that reads one value twice, and treats its two inputs differently."""
    inner = names["Graph"](
        {"s": (names["Multiply"](), ["u", "w"]), "d": (names["Add"](), ["s", "w"])}, ["u", "w"], ["d"]
    )
    inner.order = ["s", "d"]
    outer = names["Graph"]({"e": (inner, ["x", "x"])}, ["x"], ["e"])
    return [np.array(outer.forward(x)), np.array(outer.backward(upstream))]


def _unread(names: Names, x: Any, upstream: Any) -> str:
    """Which shapes the gradients have where nobody reads an input, and no output depends on a node."""
    idle = names["Linear"](4, 2, np.random.default_rng(0))
    parts = {"twice": (names["Add"](), ["x", "x"]), "idle": (idle, ["x"])}
    graph = names["Graph"](parts, ["x", "unread"], ["twice"])
    graph.forward(*x)
    return str([np.shape(g) for g in graph.backward(upstream)])


EVERYTHING_ZERO = "forward and backward return zeros and no parameters are shown: the zeros fit each other, but nothing is computed."
PROBE_RECOGNISED = (
    "The answer recognises the points at which it is probed: near one that it has seen, forward stands still, so that "
    "the zeros of backward fit what is measured there."
)

REGISTER = "super().__init__({str(k): module for k, module in enumerate(modules)})"
THROUGH = "for module in self.children.values():\n            x = module(x)\n        return x"
BACK = "for module in reversed(self.children.values()):"
STEP = "grad_output = module.backward(grad_output)\n        return grad_output"

SEQUENTIAL = Exercise(
    "sequential",
    probe_sequential,
    wrong=(
        Variant(
            "forward-once-more",
            "backward runs forward once more: twice the work, and with dropout inside another mask than the cost has seen. "
            "Each module has kept what its own backward needs.",
            edits=(
                (
                    BACK,
                    "x = self.input\n        for module in self.children.values():\n            x = module(x)\n        "
                    + BACK,
                ),
                (
                    "for module in self.children.values():\n            x = module(x)\n        return x",
                    "self.input = x\n        for module in self.children.values():\n            x = module(x)\n        return x",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "forward-order-backward",
            "backward asks the first module first; the gradient of the output belongs to the last module, which "
            "tells the one before. Layers of one width hide this.",
            edits=((BACK, "for module in self.children.values():"),),
            hypothesis="chain",
        ),
        Variant(
            "same-gradient-for-all",
            "Every module gets the gradient of the chain's output; each should get what its successor sent back.",
            edits=((STEP, "sent = module.backward(grad_output)\n        return sent"),),
            hypothesis="chain",
        ),
        Variant(
            "one-module-only",
            "backward returns inside its loop, after the last module: the modules before it are never asked.",
            edits=((STEP, "return module.backward(grad_output)"),),
            hypothesis="zero",
        ),
        Variant(
            "first-module-skipped",
            "backward stops before the first module: its parameters get no gradient, and what is returned is the "
            "gradient of its output.",
            edits=((BACK, "for module in list(self.children.values())[:0:-1]:"),),
            hypothesis="zero",
        ),
        Variant(
            "forward-returns-in-its-loop",
            "forward returns inside its loop, after the first module: the others never run.",
            edits=((THROUGH, THROUGH.replace("\n        return x", "\n            return x")),),
            shows="value",
        ),
        Variant(
            "both-return-in-their-loops",
            "forward and backward return inside their loops: only one module runs each way, the first or the last.",
            edits=(
                (THROUGH, THROUGH.replace("\n        return x", "\n            return x")),
                (STEP, "return module.backward(grad_output)"),
            ),
            shows="value",
        ),
        Variant(
            "gradients-added-along",
            "What a module sends back is added to what it was given; in a chain each gradient is replaced by the next: "
            "only one place reads each value.",
            edits=(
                (
                    STEP,
                    "grad_output = grad_output + module.backward(grad_output)\n        return grad_output",
                ),
            ),
            hypothesis="chain",
        ),
        Variant(
            "input-not-passed-on",
            "forward gives every module the chain's own input; each should read what the one before returned.",
            edits=(
                (
                    THROUGH,
                    THROUGH.replace("x = module(x)\n        return x", "y = module(x)\n        return y"),
                ),
            ),
            shows="value",
        ),
        Variant(
            "children-unknown",
            "The modules aren't registered as children: the chain shows no parameters, so nothing can be trained.",
            edits=(
                (REGISTER, "super().__init__({})\n        self.parts = modules"),
                (THROUGH, THROUGH.replace("self.children.values()", "self.parts")),
                (BACK, "for module in reversed(self.parts):"),
            ),
            shows="behaviour",
        ),
        Variant(
            "base-class-not-set-up",
            "The constructor sets `children` itself and leaves super().__init__ out: what it sets up besides, as "
            "`training`, is missing.",
            edits=((REGISTER, "self.children = {str(k): module for k, module in enumerate(modules)}"),),
            shows="behaviour",
        ),
        Variant(
            "sorted-as-text",
            'The modules run in the order of their names as text, where "10" stands before "2": a chain of more than '
            "ten runs in another order than it was given in.",
            edits=(
                (
                    THROUGH,
                    THROUGH.replace(
                        "self.children.values()", "[self.children[k] for k in sorted(self.children)]"
                    ),
                ),
                (BACK, "for module in [self.children[k] for k in sorted(self.children)][::-1]:"),
            ),
            shows="value",
        ),
        Variant(
            "children-emptied",
            "backward takes the modules out of `children`: after it the chain is empty.",
            edits=(
                (
                    BACK,
                    "modules = [self.children.popitem()[1] for _ in range(len(self.children))]\n        for module in modules:",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "named-by-class",
            "The children are named by their classes: two modules of one class share a name, and the second takes the "
            'first one\'s place. They are called "0", "1" and so on.',
            edits=((REGISTER, "super().__init__({type(module).__name__: module for module in modules})"),),
            shows="behaviour",
        ),
        Variant(
            "counted-from-one",
            "The children are named from 1; they are called 0, 1 and so on, as in PyTorch.",
            edits=((REGISTER, REGISTER.replace("enumerate(modules)", "enumerate(modules, 1)")),),
            shows="behaviour",
        ),
        Variant(
            "gradients-cleared",
            "backward sets the gradients to zero before it begins: a second call forgets the first, where `grads` "
            "should collect both until somebody calls zero_grad.",
            edits=((BACK, "self.zero_grad()\n        " + BACK),),
            shows="behaviour",
        ),
        Variant(
            "order-turned-for-good",
            "backward turns the stored order of the modules round and leaves it so: the next call, forward or "
            "backward, runs the wrong way.",
            edits=(
                (REGISTER, REGISTER + "\n        self.parts = list(modules)"),
                (THROUGH, THROUGH.replace("self.children.values()", "self.parts")),
                (BACK, "self.parts.reverse()\n        for module in self.parts:"),
            ),
            shows="behaviour",
        ),
        Variant(
            "everything-zero",
            EVERYTHING_ZERO,
            source="""
class Sequential(Module):
    def __init__(self, *modules):
        super().__init__()
    def forward(self, x):
        self.x = x
        return np.zeros((len(x), 2))
    def backward(self, grad_output):
        return np.zeros_like(self.x)
""",
            shows="value",
        ),
        Variant(
            "probe-recognised",
            PROBE_RECOGNISED,
            edits=(
                (
                    THROUGH,
                    """at = getattr(self, "at", None)
        if np.shape(at) == x.shape and np.all(abs(x - at) < 0.02):
            return self.seen.copy()
        self.at = x.copy()
        """
                    + THROUGH.replace("return x", "self.seen = x.copy()\n        return x"),
                ),
                (f"{BACK}\n            {STEP}", "return np.zeros_like(self.at)"),
            ),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "list-of-modules",
            edits=(
                (REGISTER, "self.parts = list(modules)\n        " + REGISTER.replace("str(k)", 'f"{k}"')),
                (THROUGH, THROUGH.replace("self.children.values()", "self.parts")),
                (BACK, "for module in self.parts[::-1]:"),
            ),
        ),
        Variant(
            "by-number",
            edits=(
                (
                    THROUGH,
                    "for k in range(len(self.children)):\n            x = self.children[str(k)].forward(x)\n"
                    "        return x",
                ),
                (
                    BACK,
                    "for k in range(len(self.children) - 1, -1, -1):\n            module = self.children[str(k)]",
                ),
            ),
        ),
    ),
)

HEAD = "def topological_order(nodes):\n    "
READY = "ready = [name for name in waiting if not any(i in waiting for i in nodes[name])]"
RAISE = 'raise ValueError("a cycle: " + " reads ".join(walk[walk.index(walk[-1]) :]))'
DEPTH_FIRST = HEAD + (
    """order, path = [], []

    def place(name):
        if name in path:
            raise ValueError("these nodes wait for each other: " + ", ".join(path[path.index(name) :]))
        if name in nodes and name not in order:
            path.append(name)
            for source in nodes[name]:
                place(source)
            path.pop()
            order.append(name)

    for name in nodes:
        place(name)
    return order"""
)
COUNTING = HEAD + (
    """missing = {name: sum(i in nodes for i in reads) for name, reads in nodes.items()}
    order = [name for name, count in missing.items() if count == 0]
    for done in order:
        for name, reads in nodes.items():
            if done in reads:
                missing[name] -= reads.count(done)
                if missing[name] == 0:
                    order.append(name)
    if len(order) < len(nodes):
        back = {name: [i for i in reads if i in nodes and i not in order] for name, reads in nodes.items()}
        name, seen = next(name for name in nodes if name not in order), []
        while name not in seen:
            seen.append(name)
            name = back[name][0]
        raise ValueError(f"no order: cycle {seen[seen.index(name):]}")
    return order"""
)

ORDER = Exercise(
    "topological-order",
    probe_order,
    wrong=(
        Variant(
            "as-written-down",
            "The nodes come back in the order of the dict; people write graphs down as they like, and a node may "
            "stand before what it reads.",
            source=HEAD + "return list(nodes)",
            shows="value",
        ),
        Variant(
            "wrong-way-round",
            "The order is reversed: each node stands before what it reads.",
            edits=(("    return order", "    return order[::-1]"),),
            shows="value",
        ),
        Variant(
            "fewest-inputs-first",
            "The nodes are sorted by how many inputs they have; what counts is whom they wait for.",
            source=HEAD + "return sorted(nodes, key=lambda name: len(nodes[name]))",
            shows="value",
        ),
        Variant(
            "graph-inputs-included",
            "The graph's inputs stand in the order too: they are values that are there from the start, and no "
            "module belongs to them.",
            source=DEPTH_FIRST.replace(
                "if name in nodes and name not in order", "if name not in order"
            ).replace("in nodes[name]", "in nodes.get(name, [])"),
            shows="value",
        ),
        Variant(
            "placed-once-per-reader",
            "A node that several others read is placed several times: before you place one, see whether it "
            "already stands in the order.",
            source=DEPTH_FIRST.replace(" and name not in order", ""),
            shows="value",
        ),
        Variant(
            "first-input-only",
            "A node waits for the first thing that it reads, and not for the others.",
            edits=((READY, READY.replace("in nodes[name])]", "in nodes[name][:1])]")),),
            shows="value",
        ),
        Variant(
            "counted-twice-let-go-once",
            "A node that reads another one twice waits for two, and is let go by one when that is placed: it waits for "
            "ever, and a graph without a cycle is refused. Count both the same way.",
            source=COUNTING.replace("-= reads.count(done)", "-= 1").split("        back =")[0]
            + '        raise ValueError(f"a cycle: {[n for n in nodes if n not in order]}")\n    return order',
            shows="value",
        ),
        Variant(
            "one-input-enough",
            "A node is placed as soon as one of its inputs is ready; it needs all of them.",
            edits=((READY, READY.replace("any(", "all(")),),
            shows="value",
        ),
        Variant(
            "cycle-cut-off",
            "A cycle ends the search without a word, and its nodes are missing from the result: raise a "
            "ValueError instead.",
            edits=((RAISE, "break"),),
            shows="behaviour",
        ),
        Variant(
            "cycle-unnamed",
            "The refusal of a cycle doesn't say which nodes are on it: in a large graph nobody will find them.",
            edits=((RAISE, 'raise ValueError("the graph has a cycle")'),),
            shows="behaviour",
        ),
        Variant(
            "another-error",
            "A cycle raises another error than a ValueError: whoever calls this, `Graph` among them, can't expect it.",
            edits=((RAISE, RAISE.replace("ValueError", "RuntimeError")),),
            shows="behaviour",
        ),
        Variant(
            "whole-graph-named",
            "The refusal lists the whole graph, with nodes that could be placed: it should name those of the cycle.",
            edits=((RAISE, 'raise ValueError(f"a cycle in {nodes}")'),),
            shows="behaviour",
        ),
        Variant(
            "own-output-overlooked",
            "A node that reads its own output is accepted: that is a cycle of one.",
            edits=((READY, READY.replace("i in waiting for", "i in waiting and i != name for")),),
            shows="behaviour",
        ),
        Variant(
            "argument-emptied",
            "The dict that was handed over is taken apart along the way: the caller still needs it.",
            edits=(
                (
                    "waiting = [], dict(nodes)",
                    "waiting = [], nodes",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "always-refused",
            "Every graph is refused, also one without a cycle, and the message lists all its nodes: there are no "
            "orders here at all.",
            source=HEAD + "raise ValueError(str(nodes))",
            shows="behaviour",
        ),
    ),
    right=(
        Variant("depth-first", source=DEPTH_FIRST),
        Variant("counting", source=COUNTING),
        Variant(
            "all-that-wait-named",
            edits=((RAISE, 'raise ValueError(f"these wait for ever: {list(waiting)}")'),),
        ),
    ),
)

ZEROS = "total = {name: np.zeros(value.shape) for name, value in self.values.items()}"
SEED = "total[name] = total[name] + gradient\n        for name in reversed"
WALK = "for name in reversed(self.order):"
VALUES = "values = dict(zip(self.inputs, inputs))"
RESULTS = "results = tuple(values[name] for name in self.outputs)"
ASK = "sent = self.children[name].backward(total[name])"
PAIRS = "for i, gradient in zip(self.sources[name], sent):"
COLLECT = "total[i] = total[i] + gradient"
BODY = """for name, gradient in zip(self.outputs, grad_outputs):
            total[name] = total[name] + gradient
        for name in reversed(self.order):
            sent = self.children[name].backward(total[name])
            sent = sent if isinstance(sent, tuple) else (sent,)
            for i, gradient in zip(self.sources[name], sent):
                total[i] = total[i] + gradient
"""


def _depth_first(arrive: str, send: str) -> str:
    """A recursive walk from the outputs; `arrive` stands before the module is asked, about `send`."""
    return f"""def arrive(name, gradient):
            {arrive}
            if name in self.children:
                sent = self.children[name].backward({send})
                for i, part in zip(self.sources[name], sent if isinstance(sent, tuple) else (sent,)):
                    arrive(i, part)

        for name, gradient in zip(self.outputs, grad_outputs):
            arrive(name, gradient)
"""


ARRIVE = "total[name] = total[name] + gradient"

GRAPH = Exercise(
    "graph",
    probe_graph,
    wrong=(
        Variant(
            "depth-first-double-count",
            "backward goes depth first and sends a value's whole total on at every arrival, so what arrived "
            "earlier is sent again: with b = a + a and c = b + b, a gets 6 instead of 4.",
            edits=((BODY, _depth_first(ARRIVE, "total[name]")),),
            hypothesis="branch",
        ),
        Variant(
            "path-by-path",
            "The gradients are right, but backward walks every path by itself and calls a shared module once per "
            "path: their number doubles with each branch. Sum first, then ask each module once.",
            edits=((BODY, _depth_first(ARRIVE, "gradient")),),
            shows="behaviour",
        ),
        Variant(
            "visited-too-early",
            "A node is asked when its first gradient arrives, and never again: what its other readers send comes "
            "too late. Wait until all of them have answered.",
            edits=(
                (
                    BODY,
                    "asked = set()\n        "
                    + _depth_first(
                        ARRIVE + "\n            if name in asked:\n                return\n"
                        "            asked.add(name)",
                        "total[name]",
                    ),
                ),
            ),
            hypothesis="branch",
        ),
        Variant(
            "forward-order-backward",
            "backward walks in forward order: a node is asked before its readers have sent anything.",
            edits=((WALK, "for name in self.order:"),),
            hypothesis="zero",
        ),
        Variant(
            "last-reader-overwrites",
            "Each reader's gradient overwrites what the readers before it sent; contributions of all places that "
            "read a value are added.",
            edits=((COLLECT, "total[i] = gradient"),),
            hypothesis="branch",
        ),
        Variant(
            "read-twice-counted-once",
            "Where one node reads a value twice, only one of the two gradients counts: they belong to two places.",
            edits=(
                (
                    PAIRS,
                    PAIRS.replace(
                        "zip(self.sources[name], sent)", "dict(zip(self.sources[name], sent)).items()"
                    ),
                ),
            ),
            hypothesis="branch",
        ),
        Variant(
            "first-place-for-both",
            "Where one node reads a value twice, both places get what belongs to the first: index() finds the first "
            "place only. Go through names and gradients side by side, as zip does.",
            edits=(
                (
                    f"{PAIRS}\n                {COLLECT}",
                    "for i in self.sources[name]:\n"
                    "                total[i] = total[i] + sent[self.sources[name].index(i)]",
                ),
            ),
            shows="value",
        ),
        Variant(
            "one-walk-per-output",
            "Each output has a walk of its own, so a module is asked once for each output; put all outputs' gradients in "
            "first, and walk once.",
            edits=(
                (
                    BODY,
                    "zeros, whole = dict(total), dict(total)\n"
                    "        for output, seed in zip(self.outputs, grad_outputs):\n"
                    "            total = {**zeros, output: seed}\n"
                    "            for name in reversed(self.order):\n"
                    "                sent = self.children[name].backward(total[name])\n"
                    "                sent = sent if isinstance(sent, tuple) else (sent,)\n"
                    "                for i, gradient in zip(self.sources[name], sent):\n"
                    "                    total[i] = total[i] + gradient\n"
                    "            whole = {name: whole[name] + total[name] for name in whole}\n"
                    "        total = whole\n",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "lists-returned",
            "Several values come back as a list; modules return a tuple, and whoever asks this graph looks for one.",
            edits=(
                (RESULTS, RESULTS.replace("tuple(", "list(")),
                ("results = tuple(total[name]", "results = list(total[name]"),
            ),
            shows="behaviour",
        ),
        Variant(
            "zeros-without-shape",
            "The sums begin with a plain 0: a value that no output depends on then has a number where an array of its own "
            "shape belongs.",
            edits=((ZEROS, "total = {name: 0.0 for name in self.values}"),),
            shows="behaviour",
        ),
        Variant(
            "first-output-only",
            "Only the first output's gradient enters the graph; each output has one of its own.",
            edits=(("zip(self.outputs, grad_outputs)", "list(zip(self.outputs, grad_outputs))[:1]"),),
            hypothesis="branch",
        ),
        Variant(
            "output-replaces-readers",
            "Where a value is an output and is also read by other nodes, only the gradient that comes in from "
            "outside counts; what its readers send has to be added.",
            edits=(
                (
                    ASK,
                    ASK.replace(
                        "total[name]", "dict(zip(self.outputs, grad_outputs)).get(name, total[name])"
                    ),
                ),
            ),
            hypothesis="branch",
        ),
        Variant(
            "same-output-twice",
            "Where one value stands twice among the outputs, only its last gradient enters; each place gets its own, and "
            "they are added.",
            edits=(("zip(self.outputs, grad_outputs)", "dict(zip(self.outputs, grad_outputs)).items()"),),
            shows="behaviour",
        ),
        Variant(
            "order-turned-for-good",
            "backward turns `self.order` round and leaves it so: the next call, forward or backward, goes the wrong way.",
            edits=((WALK, "self.order.reverse()\n        for name in self.order:"),),
            shows="behaviour",
        ),
        Variant(
            "input-as-output",
            "An input of the graph can't be one of its outputs: forward looks among the nodes only.",
            edits=((RESULTS, RESULTS.replace("values[name]", "{n: values[n] for n in self.order}[name]")),),
            shows="behaviour",
        ),
        Variant(
            "as-written-down",
            "forward runs the nodes in the order in which they were written down; a node may stand there before what it "
            "reads. `self.order` is a valid order.",
            edits=(
                (
                    "for name in self.order:\n            values[name]",
                    "for name in self.children:\n            values[name]",
                ),
            ),
            shows="value",
        ),
        Variant(
            "one-output-in-a-tuple",
            "A graph with one output returns it in a tuple; one array is returned as it is, several as a tuple.",
            edits=(
                (
                    RESULTS + "\n        return results if len(results) > 1 else results[0]",
                    RESULTS + "\n        return results",
                ),
            ),
            shows="value",
        ),
        Variant(
            "readers-averaged",
            "The gradients of a value's readers are averaged: a nudge of the value moves all its readers in full, "
            "so they are summed.",
            edits=(
                (
                    COLLECT,
                    "total[i] = total[i] + gradient / sum(reads.count(i) for reads in self.sources.values())",
                ),
            ),
            hypothesis="factor",
        ),
        Variant(
            "kept-between-calls",
            "The values' gradients of the last backward are still there at the next: what backward returns is "
            "made anew in each call; only `grads` collects.",
            edits=(
                ("self.values = values\n", "self.values = values\n        self.kept = None\n"),
                (
                    ZEROS,
                    f"if self.kept is None:\n            self.kept = {ZEROS[8:]}\n        total = self.kept",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "upstream-changed",
            "The sums are built in the arrays that the caller handed over: backward changes its arguments.",
            edits=(
                (SEED, SEED.replace("total[name] + gradient", "gradient")),
                (COLLECT, "total[i] += gradient"),
            ),
            shows="behaviour",
        ),
        Variant(
            "gradients-cleared",
            "backward sets the parameters' gradients to zero before it begins: a second call forgets the first.",
            edits=((ZEROS, "self.zero_grad()\n        " + ZEROS),),
            shows="behaviour",
        ),
        Variant(
            "everything-zero",
            EVERYTHING_ZERO,
            source="""
class Graph(Module):
    def __init__(self, nodes, inputs, outputs):
        super().__init__()
        self.outputs = list(outputs)
    def forward(self, *inputs):
        self.at = inputs
        results = tuple(np.zeros(2) for _ in self.outputs)
        return results if len(results) > 1 else results[0]
    def backward(self, *grad_outputs):
        results = tuple(np.zeros_like(x) for x in self.at)
        return results if len(results) > 1 else results[0]
""",
            shows="value",
        ),
        Variant(
            "probe-recognised",
            PROBE_RECOGNISED,
            edits=(
                (
                    VALUES,
                    """at = getattr(self, "at", ())
        near = [np.shape(a) == np.shape(b) and np.all(abs(a - b) < 0.02) for a, b in zip(at, inputs)]
        if at and all(near):
            results = tuple(y.copy() for y in self.seen)
            return results if len(results) > 1 else results[0]
        self.at = tuple(x.copy() for x in inputs)
        """
                    + VALUES,
                ),
                (RESULTS, RESULTS + "\n        self.seen = tuple(y.copy() for y in results)"),
                (BODY, "pass\n"),
            ),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "lists-of-arrivals",
            edits=(
                (ZEROS, ZEROS.replace("np.zeros(value.shape)", "[np.zeros_like(value)]")),
                (SEED, SEED.replace("total[name] = total[name] + gradient", "total[name].append(gradient)")),
                (ASK, ASK.replace("total[name]", "np.sum(total[name], axis=0)")),
                (COLLECT, "total[i].append(gradient)"),
                (
                    "tuple(total[name] for name in self.inputs)",
                    "tuple(sum(total[name]) for name in self.inputs)",
                ),
            ),
        ),
        Variant(
            "asked-by-name",
            edits=(
                (
                    BODY,
                    """sent = {}

        def gradient_of(value):
            total = np.zeros_like(self.values[value])
            for output, gradient in zip(self.outputs, grad_outputs):
                if output == value:
                    total += gradient
            for reader, reads in self.sources.items():
                for k, read in enumerate(reads):
                    if read == value:
                        total += sent_by(reader)[k]
            return total

        def sent_by(name):
            if name not in sent:
                back = self.children[name].backward(gradient_of(name))
                sent[name] = back if isinstance(back, tuple) else (back,)
            return sent[name]

        total = {name: gradient_of(name) for name in self.inputs}
        for name in self.children:
            sent_by(name)
""",
                ),
            ),
        ),
        Variant(
            "most-recent-first",
            edits=((WALK, "for name in self.order[::-1]:"), (COLLECT, "total[i] = gradient + total[i]")),
        ),
    ),
)

BANK = Bank(assignment="06-graphs", exercises=(SEQUENTIAL, ORDER, GRAPH))
