"""How long an explorer takes to follow a slider, beside building its whole figure anew."""

import statistics
import time
from collections.abc import Callable
from itertools import cycle

from workbook import widgets

MOVES = {
    widgets.saturation_explorer: ("point", cycle([-4.0, 0.0, 3.0])),
    widgets.softmax_explorer: ("a", cycle([-8.0, 1.0, 9.0])),
    widgets.shift_explorer: ("shift", cycle([-500.0, 0.0, 800.0])),
    widgets.gradient_flow_explorer: ("depth", cycle([5, 12, 20])),
    widgets.step_size_explorer: ("step", cycle([1e-12, 1e-6, 1e-1])),
    widgets.noise_floor_explorer: ("fall", cycle([10, 40, 90])),
    widgets.valley_explorer: ("momentum", cycle([0.0, 0.5, 0.9])),
}


def milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(1e3 * (time.perf_counter() - start))
    return statistics.median(taken)


def main() -> None:
    print(f"{'explorer':<24} {'redraw':>10} {'build anew':>12} {'ratio':>8}")
    for make, (name, values) in MOVES.items():
        explorer = make()
        control = explorer.controls[name]
        redraw = milliseconds(lambda c=control, v=values: setattr(c, "value", next(v)), 30)
        build = milliseconds(make, 5)
        title = make.__name__.removesuffix("_explorer").replace("_", "-")
        print(f"{title:<24} {redraw:>7.1f} ms {build:>9.1f} ms {build / redraw:>7.1f}x")


if __name__ == "__main__":
    main()
