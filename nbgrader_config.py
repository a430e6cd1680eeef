"""nbgrader, told our folder names and our plug-ins; every nbgrader command reads this file."""

from autograder.course import put_tools_on_path
from autograder.plugins import autograde_preprocessors, generate_preprocessors
from backprop.release import AddSummary, ShowPictures, WriteClues

c = get_config()  # noqa: F821 - nbgrader provides it

put_tools_on_path()
c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.md", "jupytext.toml", "pictures"]

c.Autograder.course = "backprop.course:Backprop"  # what this course adds to the grader
c.Autograder.no_mistake_twice = True  # TinyNetwork loses nothing for a mistake in Linear
c.GenerateAssignment.preprocessors = [*generate_preprocessors(), ShowPictures, AddSummary, WriteClues]
c.GenerateFeedback.exporter_class = "autograder.plugins.Feedback"
c.Autograde.autograde_preprocessors = autograde_preprocessors()
c.OverwriteCells.add_missing_cells = True  # a deleted test cell is put back, and run
c.AssignLatePenalties.plugin_class = "autograder.plugins.DailyPenalty"
c.ExecutePreprocessor.skip_cells_with_tag = "experiment"  # given cells that only show something
c.ExecutePreprocessor.timeout = 60  # seconds a cell; notebook 08 trains a network in three
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
