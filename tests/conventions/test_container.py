"""The image and the composition keep what they promise: nobody in particular, a root only read, no secret in words."""

import json
import re
from typing import Any

import yaml
from typer.main import get_command

from ingather.cli import app
from tests.conventions.house import ROOT

_DOCKERFILE = (ROOT / "Dockerfile").read_text()
_COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
_SECRET = re.compile(r"password|secret|token|passphrase", re.IGNORECASE)


def _instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", _DOCKERFILE))
    return [(line.split()[0].upper(), line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def _last_stage() -> list[tuple[str, str]]:
    made = _instructions()
    return made[max(place for place, (name, _) in enumerate(made) if name == "FROM") :]


def _entries(name: str) -> dict[str, str]:
    """Return each package of a lock with its version and hashes."""
    text = (ROOT / name).read_text()
    places = [*_PIN.finditer(text)]
    ends = [each.start() for each in places[1:]] + [len(text)]
    return {
        place[1]: place[2] + " ".join(sorted(re.findall(r"sha256:[0-9a-f]{64}", text[place.start() : end])))
        for place, end in zip(places, ends, strict=True)
    }


def test_the_image_runs_as_nobody_in_particular() -> None:
    users = [said for name, said in _last_stage() if name == "USER"]
    assert users == ["10001:10001"]
    after = [name for name, _ in _last_stage()][[name for name, _ in _last_stage()].index("USER") :]
    assert not {"RUN", "COPY", "ADD"} & set(after)


def test_the_image_is_watched_stops_by_sigterm_and_starts_a_verb() -> None:
    stage = dict(_last_stage())
    assert "/readyz" in stage["HEALTHCHECK"]
    assert stage["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(stage["ENTRYPOINT"]) == ["ingather"]
    assert json.loads(stage["CMD"])[0] in get_command(app).commands  # type: ignore[attr-defined]  # the app is a group


def test_the_last_stage_has_nothing_with_which_it_is_built() -> None:
    assert len([name for name, _ in _instructions() if name == "FROM"]) == 2
    copied = [said for name, said in _last_stage() if name in {"COPY", "ADD"}]
    assert copied == ["--from=build /usr/local/lib/ingather /usr/local/lib/ingather"]
    assert not any(re.search(r"\b(pip|apt-get|curl|wget)\b", said) for name, said in _last_stage() if name == "RUN")


def test_every_package_of_the_image_is_installed_by_its_hash() -> None:
    installs = [
        each for name, said in _instructions() if name == "RUN" for each in said.split("&&") if " install " in each
    ]
    ours = [each for each in installs if "*.whl" in each]
    assert len(installs) == 4  # the folders of `install -d`, the build tools, the packages, the wheel of this tree
    assert all("--require-hashes" in each or each in ours or "install -d" in each for each in installs)
    assert all("--no-index" in each for each in ours)
    assert "ADD" not in {name for name, _ in _instructions()}


def test_the_images_lock_is_the_lock_without_what_is_for_development() -> None:
    whole, image = _entries("requirements.lock"), _entries("requirements.image.lock")
    assert {name: whole.get(name) for name in image} == image
    assert {"sqlalchemy", "fastapi", "uvicorn", "cryptography", "authlib", "fpdf2", "pyarrow"} <= set(image)
    assert not {"pytest", "mypy", "ruff", "hypothesis", "schemathesis", "uv", "hatchling"} & set(image)
    assert all("sha256" in each for each in image.values())


def test_every_tool_of_the_build_is_in_the_lock() -> None:
    tools = re.search(r"\^\(([a-z|-]+)\)==", _DOCKERFILE)
    assert tools is not None
    assert set(tools[1].split("|")) <= set(_entries("requirements.lock"))


def test_only_what_the_image_is_built_of_goes_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    wanted = {each.lstrip("!") for each in rules if each.startswith("!")}
    copied = {
        each for name, said in _instructions() if name == "COPY" and "--from" not in said for each in said.split()[:-1]
    }
    assert wanted == copied
    assert all((ROOT / each).exists() for each in copied)


def test_every_service_reads_its_root_only_and_may_do_nothing_as_root() -> None:
    for name, service in _SERVICES.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["user"].partition(":")[0]) > 0, name
        assert not service.get("privileged"), name
        assert not {"cap_add", "pid", "network_mode", "devices"} & set(service), name


def test_no_secret_stands_in_words() -> None:
    for name, service in _SERVICES.items():
        for variable, value in service["environment"].items():
            assert not _SECRET.search(variable) or str(value).startswith("/run/secrets/"), (name, variable)
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), (name, variable)
        assert set(service["secrets"]) <= set(_COMPOSE["secrets"]), name
    assert all(list(each) == ["file"] for each in _COMPOSE["secrets"].values())
    assert not any(name == "ARG" and _SECRET.search(said) for name, said in _instructions())
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_only_this_machine_reaches_the_api_and_nothing_reaches_the_book() -> None:
    assert {name: service["ports"] for name, service in _SERVICES.items() if "ports" in service} == {
        "api": ["127.0.0.1:8080:8080"]
    }
    assert _COMPOSE["networks"]["inside"] == {"internal": True}
    assert _SERVICES["db"]["networks"] == ["inside"]


def test_what_must_outlive_a_container_lies_on_volumes() -> None:
    mounted = {name: {each.partition(":")[0] for each in service["volumes"]} for name, service in _SERVICES.items()}
    assert mounted == {"db": {"book"}, "api": {"keys"}, "work": {"keys", "to-bank", "from-bank"}}
    assert set().union(*mounted.values()) == set(_COMPOSE["volumes"])
    # The image's own folders are theirs whom it runs as, and so are the volumes that begin as copies of them.
    made = " ".join(said for name, said in _last_stage() if name == "RUN")
    for service in ("api", "work"):
        assert all(each.split(":")[1] in made for each in _SERVICES[service]["volumes"])


def test_the_commands_of_the_services_are_verbs() -> None:
    verbs = get_command(app).commands  # type: ignore[attr-defined]  # the app is a group
    assert all(_SERVICES[name]["command"][0] in verbs for name in ("api", "work"))
