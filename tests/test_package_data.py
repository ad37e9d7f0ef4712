from pathlib import Path

import pytest

from mailbot.package_data import resource


def _package(root: Path, *folders: str) -> Path:
    for folder in ("mailbot", *folders):
        (root / folder).mkdir(parents=True)
    return root / "mailbot"


@pytest.mark.parametrize("name", ["templates", "config"])
def test_a_checkout_holds_the_folder_beside_the_package(tmp_path: Path, name: str) -> None:
    assert resource(name, _package(tmp_path, name)) == tmp_path / name


@pytest.mark.parametrize("name", ["templates", "config"])
def test_a_wheel_holds_the_folder_inside_the_package(tmp_path: Path, name: str) -> None:
    assert resource(name, _package(tmp_path, f"mailbot/{name}")) == tmp_path / "mailbot" / name


def test_a_folder_of_a_stranger_beside_an_installed_package_is_not_taken(tmp_path: Path) -> None:
    package = _package(tmp_path, "config", "mailbot/config")
    assert resource("config", package) == package / "config"


def test_a_missing_folder_is_named_with_the_places_looked_at(tmp_path: Path) -> None:
    package = _package(tmp_path)
    with pytest.raises(FileNotFoundError, match="folder config is missing") as raised:
        resource("config", package)
    assert str(package / "config") in str(raised.value)
    assert str(tmp_path / "config") in str(raised.value)


@pytest.mark.parametrize("name", ["", ".", "..", "secrets", "../config", "config/profiles"])
def test_only_the_shipped_folders_can_be_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match="templates and config"):
        resource(name)


def test_this_installation_finds_its_defaults() -> None:
    assert (resource("config") / "defaults.toml").is_file()
