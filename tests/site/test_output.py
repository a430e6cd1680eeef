"""A folder that isn't a site is never taken for one, and stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from backprop.site import __main__ as site


def test_somebody_elses_folder_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").write_text("years")
    assert site.main(["--output", str(tmp_path)]) == 1
    assert "isn't a site that was made here" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").read_text() == "years"


def test_a_pyodide_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.main(["--output", str(tmp_path / "site"), "--pyodide", str(tmp_path / "no")]) == 1
    assert "PYODIDE names a folder" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
