"""What the Dockerfile takes from the locks and copies, checked without an engine to build it."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
EXTRAS = (
    ("psycopg", "binary"),
    ("asyncssh", ""),
    ("boto3", ""),
    ("opentelemetry-sdk", ""),
    ("opentelemetry-exporter-otlp-proto-http", ""),
)


def names(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))


def taken() -> str:
    """The lock of the extras, as the image's own awk cuts it out."""
    (program,) = re.findall(r"awk '([^']+)'", DOCKERFILE)
    cut = subprocess.run(
        ["awk", program, "requirements-dev.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return cut.stdout


def needed() -> set[str]:
    """Every package that the extras come with, as what is installed here says."""
    todo, found = list(EXTRAS), set[str]()
    while todo:
        name, extra = todo.pop()
        if name in found:
            continue
        found.add(name)
        for line in requires(name) or ():
            asked = Requirement(line)
            if asked.marker is None or asked.marker.evaluate({"extra": extra}):
                todo.append((asked.name.lower().replace("_", "-"), ",".join(asked.extras)))
    return found


def test_the_image_has_every_package_that_its_extras_need() -> None:
    base = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert needed() - names(base) == names(taken())


def test_every_extra_is_pinned_by_a_hash() -> None:
    for block in re.split(r"^(?=[a-z])", taken(), flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block


@pytest.mark.parametrize("path", re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE))
def test_what_the_image_copies_is_there_and_is_sent_to_the_builder(path: str) -> None:
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert (ROOT / path).exists()
    assert f"!{path}" in ignored


def test_every_package_of_ours_is_in_the_image() -> None:
    ours = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists() and path.name != "tests"}
    assert ours <= set(re.findall(r"^COPY (\w+) /app/src", DOCKERFILE, re.MULTILINE))
