"""The compose file: what each container may do, where it may reach, and whether the gateway takes what it is given.

No engine runs here: this reads the file, and asks the gateway's own command line about the words it would start with.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from gateway.doors.cli import app
from gateway.settings import Settings

DOCKER = Path(__file__).parents[2] / "docker"
FILE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("early-help-gateway")}
LASTING = {name: one for name, one in SERVICES.items() if one["restart"] != "no"}


def environment(service: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in service.get("environment", {}).items()}


@pytest.mark.parametrize("name", SERVICES)
def test_5_9_a_container_may_do_nothing_it_need_not(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"]["core"] == 0
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert int(service["user"].partition(":")[0]) > 0
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_5_9_temporary_files_are_in_memory_and_cannot_be_run(name: str) -> None:
    assert SERVICES[name]["tmpfs"][0].startswith("/tmp:noexec,nosuid")


@pytest.mark.parametrize("image", [one["image"] for one in SERVICES.values()] + re.findall(
    r"^FROM (\S+)", (DOCKER / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))  # fmt: skip
def test_5_9_every_image_is_pinned_to_one_release_and_whatever_is_not_ours_to_its_digest(image: str) -> None:
    tag, _, digest = image.partition("@")
    assert re.search(r":\d+\.\d+(\.\d+)?(-[a-z]+[0-9.a-z]*)*(-[a-z0-9.]+)?$", tag), image
    assert tag.startswith("early-help-gateway:") or re.fullmatch(r"sha256:[0-9a-f]{64}", digest), image


def test_the_readme_says_how_to_compare_each_image_that_is_fetched() -> None:
    told = (DOCKER / "README.md").read_text(encoding="utf-8")
    files = "".join((DOCKER / name).read_text(encoding="utf-8") for name in ("Dockerfile", "compose.yaml"))
    fetched = set(re.findall(r"(?:FROM|image:) (\S+)@sha256:", files))
    assert set(re.findall(r"imagetools inspect (\S+)", told)) == fetched
    assert len(fetched) == 3


def test_the_proxy_asks_by_a_name_that_the_api_answers_to() -> None:
    (asked,) = re.findall(r"https://([0-9.]+):8443/", str(SERVICES["proxy"]["healthcheck"]))
    assert asked in Settings().allowed_hosts


@pytest.mark.parametrize("name", LASTING)
def test_what_stays_up_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert check["timeout"]


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_started_with_a_verb_the_gateway_has(name: str) -> None:
    service = OURS[name]
    if "entrypoint" in service:
        assert service["entrypoint"] == ["python", "-m", "gateway.demo.stub"]
        return
    verb, *rest = service["command"]
    command = get_command(app).commands[verb]  # type: ignore[attr-defined]
    if rest and not rest[0].startswith("-"):
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_a_service_is_one_the_gateway_has(name: str) -> None:
    known = {f"GATEWAY_{field.upper()}" for field in Settings.model_fields}
    named = {setting for setting in environment(OURS[name]) if setting.startswith("GATEWAY_")}
    assert named <= known


@pytest.mark.parametrize("name", SERVICES)
def test_5_6_no_secret_stands_in_the_environment_or_in_a_command(name: str) -> None:
    service = SERVICES[name]
    words = [*environment(service).values(), *map(str, service.get("command", []))]
    assert not [word for word in words if re.search(r"://[^/]*:[^/]*@|whsec_", word)]
    assert not [key for key in environment(service) if key.endswith("PASSWORD")]


def test_5_6_every_secret_is_a_file_and_somebodys() -> None:
    wanted = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert wanted == set(FILE["secrets"])
    assert all(set(secret) == {"file"} for secret in FILE["secrets"].values())


def test_only_the_front_is_published_and_the_database_reaches_nobody_outside() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert published == {"proxy", "gateway"}
    assert FILE["networks"]["back"]["internal"] is True
    assert SERVICES["db"]["networks"] == ["back"]
    assert "out" not in SERVICES["api"]["networks"]
    assert "9090" not in str([service.get("ports") for service in SERVICES.values()])


def test_there_are_two_of_each_process_that_scales() -> None:
    assert [SERVICES[name]["deploy"]["replicas"] for name in ("api", "worker")] == [2, 2]


@pytest.mark.parametrize("name", OURS)
def test_a_process_has_the_time_to_stop_that_it_needs(name: str) -> None:
    assert int(OURS[name]["stop_grace_period"].removesuffix("s")) > 20


def test_the_front_leads_to_the_api_and_takes_a_little_more_than_the_gateway_does() -> None:
    conf = (DOCKER / "proxy.conf").read_text(encoding="utf-8")
    megabytes = int(re.findall(r"client_max_body_size (\d+)m;", conf)[0])
    assert megabytes * 1_000_000 > Settings().max_submission
    assert "server api:8000" in conf
    assert set(re.findall(r"/run/secrets/(\w+)", conf)) == set(SERVICES["proxy"]["secrets"])
    assert "9090" not in conf
    assert "access_log off" in conf


def test_a_volume_that_is_used_is_declared() -> None:
    mounted = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {volume for volume in mounted if not volume.startswith(".")} == set(FILE["volumes"])
    assert all((DOCKER / one).exists() for one in mounted if one.endswith(".conf"))
