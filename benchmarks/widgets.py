"""How long an explorer takes to follow a slider, beside the saturation explorer and building itself anew.

Counted in milliseconds of the processor, so that a busy machine tells the same.
"""

import statistics
import time
from collections.abc import Callable
from itertools import cycle

from workbook import widgets

MOVES = {
    widgets.saturation_explorer: ("point", cycle([-4.0, 0.0, 3.0])),  # the others are compared with it
    widgets.softmax_explorer: ("a", cycle([-8.0, 1.0, 9.0])),
    widgets.shift_explorer: ("shift", cycle([-500.0, 0.0, 800.0])),
    widgets.gradient_flow_explorer: ("depth", cycle([5, 12, 20])),
    widgets.step_size_explorer: ("step", cycle([1e-12, 1e-6, 1e-1])),
    widgets.noise_floor_explorer: ("fall", cycle([10, 40, 90])),
    widgets.valley_explorer: ("momentum", cycle([0.0, 0.5, 0.9])),
    widgets.backprop_explorer: ("step", cycle([1, 4, 2])),
    widgets.rectangles_explorer: ("example", cycle([1, 3, 4])),
    widgets.picking_explorer: ("example", cycle([0, 1, 3])),
    widgets.price_explorer: ("proposal", cycle([-1.5, 0.2, 1.0])),
    widgets.taylor_explorer: ("per_cent", cycle([0.0, 1.0, -5.0])),
    widgets.tape_explorer: ("start", cycle([0.1, 1.0, 2.0])),
    widgets.scale_explorer: ("kink", cycle([-0.5, 0.0, 0.5])),
}


def milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(1e3 * (time.process_time() - start))
    return statistics.median(taken)


def main() -> None:
    print(f"{'explorer':<24} {'redraw':>10} {'of saturation':>14} {'build anew':>12} {'anew/redraw':>12}")
    first = 0.0
    for make, (name, values) in MOVES.items():
        explorer = make()
        control = explorer.controls[name]
        redraw = milliseconds(lambda c=control, v=values: setattr(c, "value", next(v)), 30)
        build = milliseconds(make, 5)
        title = make.__name__.removesuffix("_explorer").replace("_", "-")
        first = first or redraw
        print(
            f"{title:<24} {redraw:>7.1f} ms {redraw / first:>13.2f}x"
            f" {build:>9.1f} ms {build / redraw:>11.1f}x"
        )


if __name__ == "__main__":
    main()
