"""Many submissions at once on a Dask cluster, whose workers may come and go."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Any

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.fleet import (
    AHEAD,
    TRIES,
    Done,
    Errand,
    Fleet,
    FleetLost,
    Watch,
    fail,
    read_result,
    settle,
)
from autograder.engine.fleet.kits import KEPT, Known, Packed, folded, slip_of
from autograder.engine.fleet.relay import Relays
from autograder.engine.wall.premises import Premises, SandboxError, elsewhere

PATIENCE = 15.0  # seconds that a cluster may be without workers
GATHER = 5.0  # seconds that fetching a result may take before we look whether it can come at all
LOOK = 2.0  # seconds between two looks at who is there
LEAST = 64  # in hand, so that a cluster that adapts to the work sees some

_relays = Relays()


@contextlib.contextmanager
def cluster(address: str, patience: float = PATIENCE) -> Iterator[Cluster]:
    """Yield a fleet on a Dask cluster; every worker needs this package and bubblewrap.

    Args:
        address: the scheduler's.
        patience: seconds that it may be without workers.

    Raises:
        SandboxError: if `distributed` isn't installed or nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise SandboxError(
            "--scheduler needs Dask: pip install 'backprop-workbook[cluster]', here and on the workers."
        ) from None
    try:
        client: Any = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SandboxError(f"No Dask scheduler answers at {address} ({error}).") from None
    with client:
        yield Cluster(client, address, patience)


class Cluster(Fleet):
    """The workers of a Dask cluster.

    Args:
        client: connected to its scheduler.
        address: the scheduler's, for messages.
        patience: seconds that it may be without workers.
    """

    def __init__(self, client: Any, address: str, patience: float) -> None:
        super().__init__()
        self.client = client
        self.address = address
        self.watch = Watch(patience)
        self.threads = 0
        self.looked = 0.0
        self.kits: OrderedDict[str, Any] = OrderedDict()
        self.look()

    @property
    def window(self) -> int:
        """A few for each thread that the workers have now."""
        return max(LEAST, AHEAD * self.threads)

    def grade(self, job: Job, premises: Premises) -> Future[Result]:
        """Have a worker grade one submission."""
        kit = self.bench.kit_of(job, elsewhere(premises))
        slip = slip_of(job)

        def send() -> Any:
            return self._submit(grade_on_cluster, kit.key, slip, self._kit(kit))

        return self._begin(Errand(send, read_result(job), graded=True))

    def _kit(self, kit: Packed) -> Any:
        """Return a task whose result is a kit: unlike data, it is made again where its worker is lost."""
        kept = self.kits.pop(kit.key, None)
        if kept is None or kept.status not in ("pending", "finished"):
            kept = self._submit(_as_it_is, kit.data)
        self.kits[kit.key] = kept
        while len(self.kits) > KEPT:
            self.kits.popitem(last=False)
        return kept

    def do(self, work: Callable[..., Done], *args: Any) -> Future[Done]:
        """Have a worker call a function."""
        return self._begin(Errand(partial(self._submit, work, *args)))

    def _submit(self, work: Callable[..., Any], *args: Any) -> Any:
        return self.client.submit(work, *args, key=f"{work.__name__}-{uuid.uuid4().hex}", pure=False)

    def _begin(self, errand: Errand) -> Errand:
        errand.tries += 1
        try:
            errand.sent = errand.send()
        except Exception as error:  # a client that is closed raises what it likes
            fail(errand, self._gone(error))
            return errand
        errand.sent.add_done_callback(partial(self._came, errand))
        return errand

    def _came(self, errand: Errand, sent: Any) -> None:
        """Take what came back; work whose workers were lost is given out again."""
        if errand.cancelled():
            return
        try:
            value = self._value(sent)
        except SandboxError as error:
            fail(errand, error)
        except (CancelledError, OSError, TimeoutError) as error:
            if self.client.status != "running":
                fail(errand, self._gone(error))
            else:
                self._again(errand, error)
        except Exception as error:
            if type(error).__name__ == "KilledWorker":
                self._again(errand, error)
            else:
                fail(errand, error)
        else:
            settle(errand, value)

    def _value(self, sent: Any) -> Any:
        """Return what a task came to, or raise its error.

        Dask waits for ever where its client is closed meanwhile, on the one thread that all of a process's
        clients share for this.
        """
        seconds = GATHER
        while True:
            try:
                return sent.result(timeout=seconds)
            except TimeoutError:
                if sent.status == "error" or self.client.status != "running":
                    raise
                seconds *= 2

    def _again(self, errand: Errand, error: BaseException) -> None:
        if errand.tries < TRIES:
            self._begin(errand)
            return
        if errand.graded:
            reason = f"{TRIES} times, every worker of the cluster that had this submission was lost"
            settle(errand, folded(Result(reason=reason), Known()))
        else:
            fail(errand, error)

    def _gone(self, error: BaseException) -> FleetLost:
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        return FleetLost(
            f"The Dask scheduler at {self.address} has ended, or can't be reached any more ({said})."
        )

    def look(self) -> None:
        """See who is there; a cluster that grows gets more.

        Raises:
            FleetLost: if the scheduler is gone, or nobody has been there for a while.
        """
        if time.monotonic() - self.looked < LOOK:
            return
        self.looked = time.monotonic()
        try:
            if self.client.status != "running":
                raise OSError(self.client.status)
            self.threads = sum(self.client.nthreads().values())
        except Exception as error:
            raise self._gone(error) from None
        if self.watch.missing(self.threads > 0):
            raise FleetLost(
                f"The Dask cluster at {self.address} has had no worker for {self.watch.patience:.0f} s. "
                "Start workers; where they take longer to come, give --patience SECONDS."
            )


def _as_it_is(data: bytes) -> bytes:
    return data


def grade_on_cluster(key: str, slip: bytes, kit: bytes) -> bytes:
    """Grade one submission on the machine that this runs on.

    Raises:
        SandboxError: if there is no sandbox there.
    """
    return _relays.grade(key, slip, kit)
