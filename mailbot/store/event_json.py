"""An event as the JSON in which the log keeps it, and back.

Each text has the number of its form. Form 1 is the event as it is. Form 0, the first, has no number: it is a bag of
texts by name, in which what is empty is missing.
"""

import json
from collections.abc import Callable, Mapping
from typing import get_args, get_type_hints

from mailbot.domain.ordering.events import AnyEvent, KnownEvent, UnknownEvent
from mailbot.domain.ordering.workflow import Happened
from mailbot.store.json_text import from_json, to_json

FORM = 1
"""The form in which events are written."""

Bag = Mapping[str, str]
Values = Mapping[str, object]


def write_event(event: KnownEvent) -> str:
    """Return the event in form 1."""
    return f'{{"form":{FORM},{to_json(event)[1:]}'


def read_event(what: str, text: str) -> AnyEvent:
    """Return the event of this kind that the text holds, in whatever form; an UnknownEvent if it holds none."""
    try:
        values, kind = dict(json.loads(text)), _KINDS[what]
        match values.get("form", 0):
            case 0:
                return from_json(kind, json.dumps({"what": what, **_FORM_0.get(what, dict)(values)}))
            case 1:
                return from_json(kind, text)
    except (AttributeError, LookupError, TypeError, ValueError):
        pass
    return UnknownEvent(text)


_KINDS: Mapping[str, type[KnownEvent]] = {
    what: kind for kind in get_args(KnownEvent) for what in get_args(get_type_hints(kind)["what"])
}


def _step(bag: Bag) -> Values:
    if "version" not in bag:
        return bag
    amount, _, currency = bag["total"].partition(" ")
    route = {**bag, "reasons": bag.get("reasons", "").split()} if "destination" in bag else None
    standing = {**bag, "total": {"amount": amount, "currency": currency}, "route": route}
    return {"standing": standing, "text": bag.get("text", "")}


def _decided(bag: Bag) -> Values:
    grounds = {**bag, "flags": bag.get("flags", "").split()} if "capacity" in bag else None
    return {**_step(bag), "grounds": grounds}


def _right(bag: Bag) -> Values:
    limit = {"amount": bag["limit"]} if "limit" in bag else None
    days = {"valid_from": bag["from"], "valid_to": bag.get("to")}
    return {**bag, "right": {**bag, **days, "id": bag["right"], "limit": limit}}


def _absence(bag: Bag) -> Values:
    return {"absence": {**bag, "first": bag["from"], "last": bag["to"], "registered": "guessed" not in bag}}


def _right_imported(bag: Bag) -> Values:
    return {"right": bag["right"], "differences": {name: text for name, text in bag.items() if name != "right"}}


_FORM_0: Mapping[str, Callable[[Bag], Values]] = {
    **dict.fromkeys(Happened, _step),
    **dict.fromkeys((Happened.APPROVED, Happened.REJECTED), _decided),
    Happened.OPENED: lambda bag: {**_step(bag), "left_out": "left_out" in bag},
    Happened.ASKED: lambda bag: {**_step(bag), "by_reply": "by" in bag},
    "absence": _absence,
    "right_given": _right,
    "right_ended": _right,
    "directory_imported": lambda bag: {"counts": bag},
    "right_added": _right_imported,
    "right_changed": _right_imported,
}
"""How each kind is read from a bag. The others have their values there under the names that their types have."""
