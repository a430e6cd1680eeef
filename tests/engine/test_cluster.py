"""`--scheduler`: the same scores from a Dask cluster."""

from __future__ import annotations

from pathlib import Path

import distributed
import pytest
from small_course import RIGHT, answered, hand_in, make_small_course

from autograder.course import CourseError
from autograder.desk.grade import How, grade


@pytest.mark.filterwarnings("ignore")  # Dask's and tornado's own
def test_a_dask_cluster_grades_as_well(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, RIGHT))
    hand_in(course, "bert", b"not a notebook")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address=None, silence_logs=False
    ) as cluster:
        rows = {row.student: row for row in grade(course, how=How(scheduler=cluster.scheduler_address))}
    assert rows["ada"].score == 10
    assert rows["bert"].status == "fault"


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, RIGHT))
    with pytest.raises(CourseError, match="No Dask scheduler answers"):
        grade(course, how=How(scheduler="tcp://127.0.0.1:9"))
