"""The explorers: controls move the figure and its words, reset undoes it, and paper gets a whole figure."""

import base64
import html
import inspect
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workbook import widgets
from workbook.widgets import backprop, decisions, noise_floor, picking, taylor, valley
from workbook.widgets.curves import CURVES, slope, slopes
from workbook.widgets.ready import made_ahead

EXPLORERS = {
    widgets.picking_explorer: {"index": picking.COLUMNS, "example": 3, "target": 0},
    widgets.price_explorer: {"price": "L2: τu²", "proposal": -1.5, "tau": 0.9},
    widgets.scale_explorer: {"kink": 0.0, "scale": 0.1},
    widgets.rectangles_explorer: {"example": 4},
    widgets.saturation_explorer: {"function": "tanh", "point": -1.5, "layers": 4},
    widgets.softmax_explorer: {"a": -10.0, "b": 10.0, "c": 0.0, "target": "A"},
    widgets.shift_explorer: {"shift": 800.0, "gap": 300.0},
    widgets.gradient_flow_explorer: {"depth": 20, "activation": "ReLU", "scale": 1.41},
    widgets.step_size_explorer: {"function": "exp", "point": 0.5, "step": 0.1},
    widgets.backprop_explorer: {"graph": "three doublings", "order": backprop.TOTALS, "step": 9},
    widgets.valley_explorer: {"rate": 0.05, "momentum": 0.5},
    widgets.taylor_explorer: {"per_cent": -5.0, "step": 1e-3},
    widgets.tape_explorer: {"start": 0.1, "asked": 4},
    widgets.noise_floor_explorer: {"rate": 0.3, "fall": 70, "factor": 0.5},
}


@pytest.fixture(params=EXPLORERS, ids=lambda make: make.__name__)
def explorer(request):
    made = request.param()
    made.moves = EXPLORERS[request.param]
    return made


@pytest.mark.parametrize("make", EXPLORERS, ids=lambda make: make.__name__)
def test_an_explorer_that_was_made_ahead_is_the_one_that_would_be_made_now(make):
    explorer = made_ahead(make)
    first, second = explorer(), explorer()
    assert first is not second, "what one notebook moves, another would see"
    assert first.image.value == b"", "it is drawn when it is shown"
    assert first.static() == second.static() == make().static()
    assert first.words == second.words
    taken = inspect.signature(make).parameters
    name, value = next(pair for pair in EXPLORERS[make].items() if pair[0] in taken)
    assert made_ahead(make)(**{name: value}).controls[name].value == value


def test_every_control_changes_the_figure_and_its_words(explorer):
    assert set(explorer.moves) == set(explorer.controls)
    for name, value in explorer.moves.items():
        before = explorer.image.value, explorer.words
        explorer.controls[name].value = value
        assert (explorer.image.value, explorer.words) != before, name
        assert explorer.words.split()[0] in explorer.readout.value


def test_reset_brings_the_default_figure_back_to_the_last_pixel(explorer):
    default = explorer.image.value, explorer.words
    for name, value in explorer.moves.items():
        explorer.controls[name].value = value
    explorer.reset.click()
    assert (explorer.image.value, explorer.words) == default


def test_a_figure_does_not_depend_on_the_way_to_it(explorer):
    for name, value in explorer.moves.items():
        explorer.controls[name].value = value
    there = explorer.image.value
    explorer.reset.click()
    for name, value in reversed(explorer.moves.items()):
        explorer.controls[name].value = value
    assert explorer.image.value == there


def test_every_control_has_a_label(explorer):
    for control in explorer.controls.values():
        assert control.description


def test_paper_gets_the_default_state_with_alt_text(explorer):
    words = explorer.words
    for name, value in explorer.moves.items():
        explorer.controls[name].value = value
    static = explorer.static()
    picture = Image.open(io.BytesIO(base64.b64decode(static["image/png"])))
    assert f'width="{picture.width // 2}"' in static["text/html"], "two dots a pixel, as sharp as the text"
    assert 750 < picture.width / 2 < 1100
    assert static["text/plain"] == words
    assert f'alt="{explorer.alt}' in static["text/html"]


def test_a_screen_reader_is_told_what_the_figure_shows(explorer):
    assert 'role="status"' in explorer.readout.value
    assert explorer.words in html.unescape(explorer.readout.value)


@pytest.mark.parametrize(
    ("make", "wrong", "listed"),
    [
        (widgets.saturation_explorer, {"function": "sine"}, "log-sigmoid"),
        (widgets.softmax_explorer, {"target": "D"}, "A, B, C"),
        (widgets.gradient_flow_explorer, {"activation": "gelu"}, "ReLU"),
        (widgets.step_size_explorer, {"function": "cos"}, "sigmoid"),
        (widgets.backprop_explorer, {"order": "breadth first"}, "depth first, totals"),
    ],
)
def test_an_unknown_choice_is_refused_with_those_there_are(make, wrong, listed):
    with pytest.raises(ValueError, match=listed):
        make(**wrong)


def test_the_shift_explorer_says_which_formula_loses_what():
    explorer = widgets.shift_explorer(shift=800.0, gap=1.0)
    assert "plain softmax (nan, nan, nan)" in explorer.words
    assert "shifted softmax (-0.408, -1.41, -2.41), log-softmax (-0.408, -1.41, -2.41)" in explorer.words
    explorer.controls["gap"].value = 400.0
    assert "shifted softmax (0, -400, -inf), log-softmax" in explorer.words
    assert explorer.words.endswith("-400, -800).")


def test_the_rectangles_explorer_adds_up_to_the_product_of_the_matrices():
    explorer = widgets.rectangles_explorer(example=1)
    assert "Example 1: column (2, -1, 0) times row (1, 0, -1, 2, 1)" in explorer.words
    assert "first row of the sum is (2, 0, -2, 4, 2)" in explorer.words
    explorer.controls["example"].value = 4
    assert "first row of the sum is (0, -1, -1, 5, 2)" in explorer.words
    assert explorer.words.endswith("the whole gradient of the weight.")


def test_the_picking_explorer_shows_what_numpy_picks():
    explorer = widgets.picking_explorer(target=0)
    own = np.log([0.7, 0.1, 0.25, 0.15])
    assert "log_y[np.arange(4), t] has the shape (4,)." in explorer.words
    assert explorer.words.endswith(f"The mean of all that is picked is {own.mean():.3f}.")
    explorer.controls["index"].value = picking.COLUMNS
    explorer.controls["example"].value = 3
    assert "has the shape (4, 4). Example 3: columns 0, 0, 1, 1 of row 3 give -0.22, -0.22, -1.90, -1.90" in (
        explorer.words
    )


def test_the_saturation_explorer_says_the_known_numbers():
    at_zero = widgets.saturation_explorer(point=0.0)
    assert "slope 0.25" in at_zero.words
    assert "leave 9.5e-07" in at_zero.words
    at_zero.controls["point"].value = 10.0
    assert "slope 4.5e-05" in at_zero.words


def test_the_softmax_explorer_says_the_known_gradients():
    explorer = widgets.softmax_explorer(logits=(10.0, -10.0, -10.0), target="B")
    assert "-1 from the cross-entropy, -2.7e-09 from the mean squared error" in explorer.words


def test_the_slope_of_a_relu_chain_is_one_or_nothing():
    explorer = widgets.saturation_explorer(function="ReLU", point=3.0)
    assert "leave 1 of a gradient" in explorer.words
    explorer.controls["point"].value = -3.0
    assert "leave 0 of a gradient" in explorer.words


@pytest.mark.parametrize("name", backprop.GRAPHS)
def test_going_back_in_order_asks_each_node_once_and_so_is_right(name):
    graph = backprop.GRAPHS[name]
    paths = {graph.backwards[0]: 1}
    for node in graph.backwards:
        for reader, read in graph.wires:
            if reader == node:
                paths[read] = paths.get(read, 0) + paths[node]
    start = next(iter(graph.places))
    assert paths[start] == graph.right
    ends = {
        order: backprop.steps(graph, order) for order in (backprop.IN_ORDER, backprop.TOTALS, backprop.PATHS)
    }
    assert max(len(end) for end in ends.values()) <= backprop.MOST
    assert ends[backprop.IN_ORDER][-1].totals[start] == ends[backprop.PATHS][-1].totals[start] == graph.right
    assert ends[backprop.IN_ORDER][-1].calls == len(graph.backwards)
    assert len(ends[backprop.IN_ORDER]) == len(graph.wires)
    assert ends[backprop.TOTALS][-1].totals[start] > graph.right


def test_the_backpropagation_explorer_says_what_each_order_ends_with():
    explorer = widgets.backprop_explorer(step=14)
    assert explorer.words.endswith("Done. Gradient of a: 4, right; 2 calls of backward, one for each node.")
    explorer.controls["order"].value = backprop.TOTALS
    assert "Gradient of a: 6, wrong: it is 4; 3 calls of backward, 2 would do." in explorer.words
    explorer.controls["graph"].value = "three doublings"
    explorer.controls["order"].value = backprop.PATHS
    assert "Gradient of a: 8, right; 7 calls of backward, 3 would do." in explorer.words


@pytest.mark.parametrize("name", CURVES)
def test_measured_slopes_agree_with_differences(name):
    s = np.array([-7.0, -0.3, 0.4, 6.0])
    differences = (CURVES[name](s + 1e-6) - CURVES[name](s - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope(CURVES[name], s), differences, rtol=1e-5, atol=1e-9)


def test_measured_slopes_of_a_cost_are_its_gradient():
    np.testing.assert_allclose(slopes(lambda z: (z**3).sum(axis=-1), np.array([1.0, -2.0])), [3.0, 12.0])


@given(
    rate=st.floats(0.002, 0.08), momentum=st.floats(0.0, 0.98), curvature=st.sampled_from(valley.CURVATURES)
)
def test_what_a_step_leaves_in_the_valley_is_the_larger_eigenvalue(rate, momentum, curvature):
    step = np.array([[1 - rate * curvature, -rate * momentum], [curvature, momentum]])  # of (w, v)
    found = valley.factors(rate, np.array(momentum), curvature)
    np.testing.assert_allclose(found, np.abs(np.linalg.eigvals(step)).max(), rtol=1e-6, atol=1e-6)


def test_the_valley_explorer_says_when_a_walk_never_arrives():
    explorer = widgets.valley_explorer(rate=0.05, momentum=0.0)
    assert "never arrives" in explorer.words
    explorer.controls["momentum"].value = 0.5
    assert "Critical damping of w1 would be at momentum 0.60" in explorer.words


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.2])
def test_the_noise_floor_is_what_many_noisy_runs_settle_at(rate):
    noise, w = np.random.default_rng(0), np.full(20_000, 3.0)
    for _ in range(noise_floor.STEPS):
        w = w - rate * (w + noise.normal(size=w.size))
    settled = noise_floor.spread(np.full(noise_floor.STEPS, rate))[-1]
    assert np.mean(w**2) == pytest.approx(settled, rel=0.05)
    assert settled == pytest.approx(noise_floor.floor(rate), rel=1e-6)


def test_the_noise_floor_explorer_knows_when_the_rate_should_fall():
    explorer = widgets.noise_floor_explorer()
    best = int(explorer.words.rstrip(".").split()[-1])
    ends = noise_floor.spread(noise_floor.falling(0.5, np.array([best - 2, best, best + 2]), 0.04))[:, -1]
    assert ends[1] == ends.min()


def test_the_price_explorer_says_which_proposals_become_exactly_zero():
    explorer = widgets.price_explorer(proposal=0.3, tau=0.4)
    assert "becomes u = 0. It is exactly zero, as for every proposal from -0.40 to 0.40" in explorer.words
    explorer.controls["price"].value = "L2: τu²"
    assert "becomes u = 0.167. Every proposal is divided by 1 + 2τ = 1.80" in explorer.words


def test_the_scale_explorer_finds_one_size_only_where_the_kink_is_at_zero():
    explorer = widgets.scale_explorer(kink=0.0, scale=0.1)
    assert "the same whatever a is" in explorer.words
    explorer.controls["kink"].value = 0.5
    assert "a favourite size" in explorer.words


@given(per_cent=st.floats(-20, 20), step=st.floats(1e-5, 0.3))
def test_a_wrong_gradient_leaves_a_part_that_is_proportional_to_the_step(per_cent, step):
    right = taylor.remainder(np.array([step]), 0.0)[0]
    assert taylor.local_slope(step, 0.0) == pytest.approx(2, abs=0.25)
    linear = step * float(slope(taylor.cost, 0.0)) * per_cent / 100
    signed = taylor.cost(step) - taylor.cost(0.0) - step * float(slope(taylor.cost, 0.0))
    np.testing.assert_allclose(taylor.remainder(np.array([step]), per_cent), abs(signed - linear), atol=1e-12)
    assert right == pytest.approx(abs(signed), abs=1e-12)


def test_the_taylor_explorer_says_the_slope_that_tells_right_from_wrong():
    explorer = widgets.taylor_explorer(per_cent=0.0, step=1e-4)
    assert explorer.words.startswith("The gradient is right.")
    assert "has the slope 2.00 there" in explorer.words
    explorer.controls["per_cent"].value = 1.0
    assert "1.0 % too large" in explorer.words
    explorer.controls["step"].value = 1e-5
    assert "has the slope 1.00 there" in explorer.words


@given(start=st.floats(decisions.LOW, decisions.HIGH))
def test_the_tape_has_the_program_s_own_slope_between_its_jumps(start):
    taped, beside = decisions.run(start), decisions.run(start + 1e-7)
    assert len(taped.values) <= decisions.MOST
    if taped.operations == beside.operations:
        measured = (beside.values[-1] - taped.values[-1]) / 1e-7
        assert taped.gradients[0] == pytest.approx(measured, rel=1e-4)


def test_the_tape_explorer_says_which_path_was_taken_and_what_has_come_back():
    explorer = widgets.tape_explorer(start=2.0, asked=0)
    assert "the program did + 1.5, x · x, and ends at C = 12.2" in explorer.words
    assert explorer.words.endswith("has come back 0 of 2 steps: 1.")
    explorer.controls["start"].value = 2.05
    explorer.controls["asked"].value = 4
    assert "did x · x, x · x, and ends" in explorer.words
    assert "has come back to x: 34.5." in explorer.words
