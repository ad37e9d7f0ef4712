"""Where the shipped folders `templates` and `config` are. What is in them is read elsewhere, never here."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = ("templates", "config")


def resource(name: str, package: Path = _PACKAGE) -> Path:
    """Return the shipped folder `templates` or `config`.

    A wheel holds it inside the package; a checkout or an editable install beside the package.
    Inside is tried first, since beside an installed package stand the folders of strangers.
    Raises ValueError for any other name and FileNotFoundError where the folder is missing.
    """
    if name not in _SHIPPED:
        raise ValueError(f"mailbot ships the folders {' and '.join(_SHIPPED)}, not {name!r}")
    places = (package / name, package.parent / name)
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        looked = " nor ".join(str(place) for place in places)
        raise FileNotFoundError(f"The folder {name} is missing: neither {looked} exists; install mailbot anew.")
    return found
