"""Where the shipped folders `templates` and `config` are. What is in them is read elsewhere, never here."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = ("templates", "config")


def resource(name: str, package: Path = _PACKAGE) -> Path:
    """Return the shipped folder `templates` or `config`: inside the package, else beside it in a checkout.

    Inside comes first: beside an installed package stand strangers' folders. Raises ValueError, FileNotFoundError.
    """
    if name not in _SHIPPED:
        raise ValueError(f"mailbot ships the folders {' and '.join(_SHIPPED)}, not {name!r}")
    places = (package / name, package.parent / name)
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        looked = " nor ".join(str(place) for place in places)
        raise FileNotFoundError(f"The folder {name} is missing: neither {looked} exists; install mailbot anew.")
    return found
