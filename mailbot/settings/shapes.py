"""The shapes of the files, table by table; config/defaults.toml explains the keys and has all defaults."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, InstanceOf

from mailbot.domain.people.directory import Directory, RightKind
from mailbot.domain.values.policy import Policy, ReminderWait, SelfOrder
from mailbot.settings import values as v

MAILBOT, ORGANISATION, SUPPLIERS = "mailbot.toml", "organisation.toml", "suppliers.toml"

# TOML knows lists and texts only; the shapes are strict about everything else.
LOOSE = Field(strict=False)
Language = Annotated[str, AfterValidator(v.language)]
Tls = Literal["none", "starttls", "tls"]


class Shape(BaseModel):
    """A table of a file: no unknown key, no wrong type, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class BotSettings(Shape):
    """[bot]: the addresses, the language and the time zone. `contact` is never empty in Settings."""

    address: v.Address
    purchasing: v.Address
    operator: v.Address
    finance: v.MaybeAddress
    contact: v.MaybeAddress
    language: Language
    timezone: v.Timezone
    order_prefix: v.OrderPrefix
    also: Annotated[tuple[v.Address, ...], LOOSE]


class RequestersSettings(Shape):
    """[requesters]: who may order, and from which addresses; domains in lower case."""

    domains: Annotated[tuple[v.Domain, ...], LOOSE, AfterValidator(v.some)]
    plus_tags: Literal["keep", "strip"]
    robots: Annotated[tuple[v.Address, ...], LOOSE]
    robot_contact: v.MaybeAddress
    orders_per_hour: Annotated[int, Field(ge=0)]
    all_orders_per_hour: Annotated[int, Field(ge=0)]


class SmtpInSettings(Shape):
    """[smtp_in]: where mail is handed in, None for nowhere; `max_size` in bytes."""

    listen: v.MaybeListen
    protocol: Literal["smtp", "lmtp"]
    max_size: v.Size
    connections_per_address: Annotated[int, Field(ge=1, le=100)]


class ImapInSettings(Shape):
    """[imap_in]: the mailbox that is emptied; without `host` there is none."""

    host: v.MaybeHost
    port: v.Port
    tls: Tls
    user: v.MaybeText
    auth: Literal["password", "client-credentials", "refresh-token"]
    password_file: v.MaybeText
    token_url: v.MaybeUrl
    client_id: v.MaybeText
    client_secret_file: v.MaybeText
    refresh_token_file: v.MaybeText
    scope: v.MaybeText
    folder: v.Text
    done_folder: v.Text
    parked_folder: v.Text
    poll_every: v.Duration


class TrustSettings(Shape):
    """[trust]: what proves a sender."""

    sender: Literal["none", "loopback", "authentication-results", "dkim"]
    authserv_id: v.MaybeAuthservId
    received_by: Annotated[tuple[v.Text, ...], LOOSE]


class RepliesSettings(Shape):
    """[replies]: what an answer by mail may do, and the addresses that are made for answers."""

    decide: bool
    decide_below: v.LimitOrZero
    delimiter: Literal["+", "-", "_", "."]


class RelaySettings(Shape):
    """[relay]: the server that sends; the last wait of `retry` repeats until `give_up_after`."""

    host: v.Host
    port: v.Port
    tls: Tls
    username: v.MaybeText
    password_file: v.MaybeText
    retry: Annotated[tuple[v.Duration, ...], LOOSE, AfterValidator(v.some)]
    give_up_after: v.Duration


class WebSettings(Shape):
    """[web]: where pages are served; `base_url` never ends in a slash; only `login_proxies` may say who is there."""

    listen: v.Listen
    base_url: v.BaseUrl
    order_form: bool
    login_header: v.MaybeHeader
    login_proxies: Annotated[tuple[v.Network, ...], LOOSE]
    metrics_token_file: v.MaybeText


class StoreSettings(Shape):
    """[store]: the database, and how many bytes of its disk new mail leaves free."""

    url: v.DatabaseUrl
    keep_free: v.Size


class KeysSettings(Shape):
    """[keys]: the file with the keys that sign links."""

    file: v.FilePath


class WorkerSettings(Shape):
    """[worker]: the pace of the queues and how often one mail may fail."""

    poll_every: v.Duration
    tries: Annotated[int, Field(ge=1, le=100)]


class LogSettings(Shape):
    """[log]: how the log is written."""

    format: Literal["json", "text"]
    level: Literal["debug", "info", "warning", "error"]


class RoleEntry(Shape):
    """One [policy.roles.<role>]; a limit of None is none, `delegates` gives ceilings, "" for the delegator's own."""

    limit: v.MaybeLimit
    via_portal: bool = False
    delegates: dict[str, v.MaybeLimit] = Field(default_factory=dict)
    levels: v.Texts = Field(alias="level", default=())
    delegated_at: v.Texts = ()
    deputy_of: v.Texts = ()
    by_file: bool = False


class PointerEntry(Shape):
    """One of [pointers] systems: words by which a mail is known, and the answer by language."""

    words: v.Texts
    text: Annotated[dict[Language, v.Text], AfterValidator(v.some)]


class PointersSettings(Shape):
    """[pointers]: where mails belong that are no orders."""

    systems: Annotated[tuple[PointerEntry, ...], LOOSE]


class OwnCostEntry(Shape):
    """One [[own_cost]]: each a role, or the main address of a person; of several in `by` the nearest first."""

    of: v.Text
    by: v.Texts


class PolicySettings(Shape):
    """[policy]: becomes a Policy, which nobody reads from here."""

    profile: Literal["umu", "su"]
    purchasing_limit: v.Limit
    vat: Literal["excluded", "included"]
    self_order: Annotated[SelfOrder, LOOSE]
    remind_after: v.Duration
    remind_every: v.Duration
    remind_later_every: v.Duration
    remind_days: Literal["calendar", "working"]
    remind_waits: Annotated[ReminderWait, LOOSE]
    remind_hours: v.Hours
    undo_window: v.MaybeNoTime
    link_life: v.Duration
    purchasing_over_limit: bool
    purchasing_foreign: bool
    purchasing_interests: bool
    superiors: bool
    superior_delegates: bool
    deputies: Literal["always", "absence"]
    two_persons: bool
    own_costs: bool
    for_person: Literal["optional", "required"]
    dependent_approvers: bool
    counts_as_portal: bool
    right_states: Annotated[tuple[Literal["to", "limit", "ground", "may_delegate", "own_area"], ...], LOOSE]
    accounting: Literal["optional", "required"]
    accounting_pattern: Annotated[str, Field(max_length=80)]
    categories: dict[str, v.Texts]
    categories_first: bool
    countervalue: Literal["optional", "required"]
    plan_every: v.MaybeNoTime
    statements: Literal["", "su-37-1", "su-37-2"]
    roles: dict[str, RoleEntry]
    own_cost_table: Annotated[tuple[OwnCostEntry, ...], LOOSE]
    step_up_above: v.MaybeSum


class Tables(Shape):
    """The tables of mailbot.toml that are used as they were read."""

    bot: BotSettings
    requesters: RequestersSettings
    smtp_in: SmtpInSettings
    imap_in: ImapInSettings
    trust: TrustSettings
    replies: RepliesSettings
    relay: RelaySettings
    web: WebSettings
    store: StoreSettings
    keys: KeysSettings
    worker: WorkerSettings
    log: LogSettings
    pointers: PointersSettings


class MailbotFile(Tables):
    """mailbot.toml over its defaults."""

    policy: PolicySettings


class PersonEntry(Shape):
    """One [[person]]."""

    name: v.Text
    address: v.Address
    aliases: Annotated[tuple[v.Address, ...], LOOSE] = ()
    units: Annotated[tuple[v.Text, ...], LOOSE] = ()
    language: Language | None = None
    interests: Annotated[tuple[v.Text, ...], LOOSE] = ()
    last_day: date | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The main address and the aliases."""
        return (self.address, *self.aliases)


class UnitEntry(Shape):
    """One [[unit]]."""

    id: v.Text
    name: v.Text
    head: v.Address | None = None
    reviewer: v.Address | None = None
    parent: v.Text | None = None
    self_order: Annotated[SelfOrder | None, LOOSE] = None
    language: Language | None = None
    level: v.MaybeText = ""


class RightEntry(Shape):
    """One [[right]]; the days are local and inclusive."""

    person: v.Address
    unit: v.Text
    kind: Annotated[RightKind, LOOSE]
    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(alias="to", default=None)
    limit: v.MaybeLimit = None
    role: v.MaybeText = ""
    ground: v.MaybeText = ""
    may_delegate: bool | None = None
    delegated_from: v.Address | None = None
    deputy_for: v.Address | None = None


class AbsenceEntry(Shape):
    """One [[absence]]; the days are local and inclusive."""

    person: v.Address
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    substitute: v.Address | None = None


class SupplierEntry(Shape):
    """One [[supplier]]."""

    name: v.Text
    address: v.Address
    org_number: v.MaybeText = ""
    names: Annotated[tuple[v.Text, ...], LOOSE] = ()


class OrganisationFile(Shape):
    """organisation.toml."""

    person: Annotated[tuple[PersonEntry, ...], LOOSE] = ()
    unit: Annotated[tuple[UnitEntry, ...], LOOSE] = ()
    right: Annotated[tuple[RightEntry, ...], LOOSE] = ()
    own_cost: Annotated[tuple[OwnCostEntry, ...], LOOSE] = ()
    absence: Annotated[tuple[AbsenceEntry, ...], LOOSE] = ()


class SuppliersFile(Shape):
    """suppliers.toml."""

    supplier: Annotated[tuple[SupplierEntry, ...], LOOSE] = ()


class Settings(Tables):
    """Everything the files say, checked. `warnings` are lines for the operator; none of them stops the bot."""

    policy: InstanceOf[Policy]
    organisation: InstanceOf[Directory]
    warnings: tuple[str, ...]
