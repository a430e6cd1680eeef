"""environment.yml, pyproject.toml and the lock file tell the same story."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec

from autograder.course import repository

ROOT = repository().root
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text())
LOCKED = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
CONDA = [spec for spec in ENVIRONMENT["dependencies"] if isinstance(spec, str)]


@pytest.mark.parametrize("spec", CONDA)
def test_every_conda_spec_is_valid(spec: str) -> None:
    assert MatchSpec(spec, strict=True).name is not None


def test_conda_brings_python_and_pip_only() -> None:
    names = {MatchSpec(spec, strict=True).name.normalized for spec in CONDA}
    assert names == {"python", "pip"}
    assert f"python{PROJECT['requires-python']}" in CONDA


def test_pip_installs_the_lock_and_nothing_else() -> None:
    (pip,) = [entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)]
    assert pip == ["--require-hashes", "-r requirements.lock"]


def requirements() -> list[str]:
    extras = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    return [*PROJECT["dependencies"], *extras]


@pytest.mark.parametrize("line", requirements())
def test_the_lock_satisfies_every_requirement(line: str) -> None:
    requirement = Requirement(line)
    locked = LOCKED.get(canonicalize_name(requirement.name))
    assert locked is not None, f"{requirement.name} isn't in requirements.lock: run 'make lock'"
    assert requirement.specifier.contains(locked), (
        f"the lock has {locked}, pyproject.toml wants {requirement}"
    )


def test_every_locked_package_has_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) >= len(LOCKED)
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
