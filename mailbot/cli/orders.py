"""`orders` and `explain`: orders and everything that happened to them."""

from typing import TYPE_CHECKING

import typer

from mailbot.cli.console import Config, Json, ListLimit, fail, print_json, print_list, say
from mailbot.cli.opening import bot_in, settings_in, store_of
from mailbot.terminal import visible

if TYPE_CHECKING:
    from mailbot.domain.values.order import Order

orders = typer.Typer(help="Orders and everything that happened to them.", no_args_is_help=True)


@orders.command("list")
def list_orders(config: Config, limit: ListLimit = 50, json: Json = False) -> None:
    """List the newest orders."""
    from mailbot.cli import as_json
    from mailbot.cli.order_report import row
    from mailbot.store import orders
    from mailbot.store.directory import DirectoryCache

    settings = settings_in(config, warn=False)
    with store_of(settings).read() as connection:
        directory, found = DirectoryCache().current(connection), orders.newest(connection, limit)
    values = (as_json.order(order, directory) for order in found)
    rows = (row(order, directory, settings.bot.language) for order in found)
    print_list(values, "number | status | unit | requester | supplier | total | since (UTC)", rows, json=json)


def _there(order: "Order | None", number: str) -> "Order":
    return order or fail(f"there is no order {number}; `orders list` lists them")


@orders.command("show")
def show_order(number: str, config: Config, json: Json = False) -> None:
    """Print an order and every step of its life."""
    from mailbot.cli import as_json
    from mailbot.cli.order_report import lines_about
    from mailbot.store import events, orders
    from mailbot.store.directory import DirectoryCache

    settings = settings_in(config, warn=False)
    with store_of(settings).read() as connection:
        order = _there(orders.by_number(connection, number), number)
        directory, steps = DirectoryCache().current(connection), events.of_order(connection, order.id)
    if json:
        print_json(as_json.whole_order(order, steps, directory))
        return
    say(map(visible, lines_about(order, steps, directory, settings.bot.language)))


def explain(number: str, config: Config) -> None:
    """Print the whole reasoning about an order: who may decide it by which right, who not and why, where it goes."""
    from mailbot.edge.system_clock import utc_now
    from mailbot.flows.admin.explain import explained
    from mailbot.flows.view import open_view
    from mailbot.store import orders

    with open_view(bot_in(config), utc_now()) as view:
        say(explained(view, _there(orders.by_number(view.connection, number), number)))
