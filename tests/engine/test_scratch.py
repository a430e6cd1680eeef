"""What processes leave behind when they are killed is removed by the next, and never what one still uses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from autograder.engine.examiner.job import Job
from autograder.engine.fleet.kits import Bench, slip_of
from autograder.engine.fleet.relay import Relays
from autograder.engine.fleet.scratch import PREFIX, Scratch
from autograder.engine.wall.premises import Premises
from autograder.marking.paper import Paper
from autograder.marking.surroundings import File

HOLDS = """
import sys, time
from pathlib import Path
from autograder.engine.fleet.scratch import Scratch

within = Path(sys.argv[1])
inner = Scratch(Scratch(within).path).path
(inner / "laid" / "out").mkdir(parents=True)
(inner / "laid" / "out" / "words.txt").write_text("for tests")
for folder in (inner / "laid" / "out", inner / "laid", inner):
    folder.chmod(0o555)
print("made", flush=True)
time.sleep(600)
"""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def held(within: Path) -> subprocess.Popen[str]:
    """A process that has a folder with a read-only folder in it."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(within)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "made\n"
    return process


def test_what_nobody_holds_is_swept_and_what_somebody_holds_is_not(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    (elsewhere / "kept").mkdir(parents=True)
    (here / f"{PREFIX}link").symlink_to(elsewhere)
    (here / "somebody's").mkdir()
    others = {f"{PREFIX}link", "somebody's"}
    with held(here) as one, held(here) as another:
        kept = names(here) - others
        assert len(kept) == 2
        own = Scratch(here)
        assert names(here) == kept | others | {own.path.name}, "they are at work"
        for process in (one, another):
            process.send_signal(signal.SIGKILL)
    next_one = Scratch(here)
    assert names(here) == others | {own.path.name, next_one.path.name}
    assert (elsewhere / "kept").is_dir()
    own.close()
    next_one.close()
    assert names(here) == others


def test_a_process_that_was_forked_leaves_the_folder_alone(tmp_path: Path) -> None:
    own = Scratch(tmp_path)
    pid = os.fork()
    if pid == 0:
        own.close()
        os._exit(0)
    os.waitpid(pid, 0)
    assert own.path.is_dir()
    own.close()


def test_a_relay_leaves_nothing_however_it_ends() -> None:
    paper = Paper("a", "n", (), files=(File("words.txt", b"for tests"),))
    job = Job(paper, "ada", b"no notebook")
    kit = Bench().kit_of(job, Premises(isolated=False))
    relays, places = Relays(), []
    for end in ("killed", "closed"):
        relays.grade(kit.key, slip_of(job), kit.data)
        (relay,) = relays.idle
        places.append(relay.scratch.path)
        assert [*relay.scratch.path.rglob("words.txt")], "something is laid out for tests"
        if end == "killed":
            relay.process.kill()
            relay.process.wait()
    relays.close()
    assert places[0] != places[1]
    assert not any(place.exists() for place in places)
