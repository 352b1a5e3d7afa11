"""Law as data, consent, localities, caller ids, the circuit breaker, true-ups and evidence.

What a lead's locality is (zones and states in which it may ring) is a row, so that the law is
judged once for all leads of a locality, and the next due lead is one index entry away.
"""

from alembic import op
from sqlalchemy import Connection, text

from dialer.rules.locality import Locality, locate

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHANGES = """
create table localities (
  id bigint generated always as identity primary key,
  country text not null,
  zones text[] not null,
  states text[] not null,
  blocked text not null,
  unique (country, zones, states, blocked)
);

-- A phone of an erased person keeps only the keyed hash of its number.
alter table phones drop constraint phones_e164_check;
alter table phones add constraint phones_e164_check
  check (e164 ~ '^[+][1-9][0-9]{6,14}$' or e164 ~ '^erased:[0-9a-f]{64}$');
insert into localities (country, zones, states, blocked)
  select distinct country, zones, '{}'::text[], '' from phones;
-- No foreign keys from leads and consents: an import adds a million at once from these very
-- tables, whose rows are never deleted. Each key would cost it four microseconds a row, and lock
-- the campaign and the phones against a dial until it is over.
alter table leads
  drop constraint leads_campaign_id_fkey,
  drop constraint leads_phone_id_fkey,
  drop constraint leads_import_id_fkey,
  add column locality_id bigint;
update leads l set locality_id = o.id from phones p
  join localities o on o.country = p.country and o.zones = p.zones
  where p.id = l.phone_id;
alter table leads alter column locality_id set not null;
alter table phones drop column zones;

alter table leads
  add column callback boolean not null default false,
  add column priority integer not null default 0,
  add column timezone_source text not null default '';
update leads set callback = true where state = 'waiting' and reason = 'callback';
-- Files that were in but not yet due: the gate asks about each of their leads.
update leads set next_attempt_at = now() where state = 'ready' and next_attempt_at is null;
update imports i set state = 'ready', finished_at = now(),
  rows_imported = (select count(*) from leads l where l.import_id = i.id)
  where state = 'normalised';

-- `ready` is due now; `waiting` is due later or (without an hour) held until something changes.
drop index leads_due;
create index leads_to_dial on leads
  (campaign_id, locality_id, callback desc, priority desc, next_attempt_at, id)
  where state = 'ready';
create index leads_to_wake on leads (next_attempt_at) where state = 'waiting';
-- Whether a campaign is through, asked at every tick.
create index leads_still_open on leads (campaign_id) where state in ('waiting','in_call');
drop index leads_by_phone;
drop index leads_by_import;
alter table leads drop constraint leads_campaign_id_phone_id_key;
alter table leads add constraint one_lead_per_phone_and_campaign unique (phone_id, campaign_id);
create index leads_by_import on leads using brin (import_id);

create table campaign_localities (
  campaign_id bigint not null references campaigns,
  locality_id bigint not null references localities,
  primary key (campaign_id, locality_id)
);
insert into campaign_localities select distinct campaign_id, locality_id from leads;

alter table campaigns
  add column call_class text not null default 'automated'
    check (call_class in ('live','automated')),
  add column weight integer not null default 1 check (weight between 1 and 100),
  add column max_concurrent integer check (max_concurrent >= 1),
  add column starts_on date,
  add column ends_on date check (ends_on >= starts_on),
  add column cron text not null default '',
  add column cron_minutes integer check (cron_minutes between 1 and 1440),
  add column skip_holidays boolean not null default true,
  add column live_reason text not null default '',
  add column retry jsonb not null default '{}',
  add column dnc_scrub text not null default 'auto' check (dnc_scrub in ('auto','required')),
  add column amd text not null default 'off' check (amd in ('off','async')),
  add column resume_at timestamptz;

drop table calling_rules;
create table calling_rules (
  serial bigint generated always as identity unique,
  id text not null check (id <> ''),
  version integer not null check (version >= 1),
  jurisdiction text not null,
  call_class text not null check (call_class in ('any','live','automated')),
  hours jsonb not null,
  holidays jsonb,
  caps jsonb not null,
  hard_block boolean not null,
  consent text not null check (consent in ('','express','written')),
  recording text not null check (recording in ('','announce','ask','off')),
  scrub_days integer check (scrub_days >= 1),
  effective_from date not null,
  effective_to date check (effective_to > effective_from),
  authority text not null,
  source text not null,
  source_date text not null,
  confidence text not null check (confidence in ('high','medium','low','verify','operator')),
  note text not null,
  confirmed_by text not null,
  reason text not null,
  created_at timestamptz not null,
  primary key (id, version)
);

create table state_holidays (
  id bigint generated always as identity primary key,
  jurisdiction text not null,
  day date not null,
  name text not null,
  closed boolean not null,
  source text not null,
  created_at timestamptz not null
);

-- What bound a call must be found again: versions and days are added, never changed or removed.
create function refuse_change() returns trigger language plpgsql as
  'begin raise exception ''rows of % are only ever added'', tg_table_name; end';
create trigger only_added before update or delete on calling_rules
  for each row execute function refuse_change();
create trigger only_added before update or delete on state_holidays
  for each row execute function refuse_change();

create table consents (
  id bigint generated always as identity primary key,
  phone_id bigint not null,
  purpose text not null,
  wording text not null check (wording <> ''),
  channel text not null check (channel <> ''),
  form text not null check (form in ('written','express')),
  captured_at timestamptz not null,
  source text not null,
  evidence text not null,
  import_id bigint,
  created_at timestamptz not null,
  revoked_at timestamptz,
  revocation text not null,
  unique (phone_id, purpose, channel, captured_at)
);

create table dnc_lists (
  id bigint generated always as identity primary key,
  name text not null unique,
  kind text not null check (kind in ('national','state','internal','reassigned','other')),
  as_of date not null,
  sha256 text not null,
  numbers bigint not null,
  imported_at timestamptz not null
);

alter table suppressions
  alter column e164 drop not null,
  add column pattern text,
  add column list_id bigint references dnc_lists on delete cascade,
  add constraint number_or_pattern check ((e164 is null) <> (pattern is null));
drop index one_suppression_per_number;
-- A number may be suppressed anew after an entry expired or was lifted; lists are millions of
-- rows, distinct by their import, and bear the one index that every look-up uses.
create unique index one_suppression_per_number on suppressions
  (coalesce(e164, pattern), coalesce(campaign_id, 0)) where expires_at is null and list_id is null;
create index suppressions_by_number on suppressions (e164) where e164 is not null;
create index suppression_patterns on suppressions (pattern) where pattern is not null;
create index suppressions_by_list on suppressions (list_id) where list_id is not null;

create table erasures (
  hash text primary key,
  key_id text not null,
  reason text not null,
  erased_at timestamptz not null
);

create table caller_ids (
  id bigint generated always as identity primary key,
  e164 text not null unique check (e164 ~ '^[+][1-9][0-9]{6,14}$'),
  label text not null,
  daily_cap integer check (daily_cap >= 1),
  rest_seconds integer not null check (rest_seconds >= 0),
  active boolean not null,
  last_used_at timestamptz,
  created_at timestamptz not null
);
create table campaign_caller_ids (
  campaign_id bigint not null references campaigns,
  caller_id_id bigint not null references caller_ids,
  primary key (campaign_id, caller_id_id)
);
create index attempts_by_caller_id on attempts (caller_id, placing_at);

create table breakers (
  campaign_id bigint primary key references campaigns,
  state text not null check (state in ('closed','open','half_open')),
  recent jsonb not null,
  probes integer not null check (probes >= 0),
  cooldown_seconds integer not null check (cooldown_seconds >= 0),
  changed_at timestamptz not null
);

alter table attempts
  drop constraint attempts_check,
  add constraint cost_is_not_negative check (cost_micros >= 0),
  add column call_class text not null default 'automated',
  add column amd text not null default 'off',
  add column answered_by text not null default '',
  add column consent_id bigint references consents,
  add column products jsonb,
  add column connectivity_micros bigint,
  add column price_micros bigint check (price_micros >= 0),
  add column price_tries integer not null default 0,
  add column price_due_at timestamptz;
create index attempts_to_price on attempts (price_due_at) where price_due_at is not null;
drop index attempts_by_phone;
create index attempts_by_phone on attempts (phone_id, placing_at);

alter table decisions
  add column facts jsonb not null default '{}',
  drop constraint decisions_stage_check,
  add constraint decisions_stage_check check (stage in ('import','reserve','place'));

alter table imports
  add column consent jsonb,
  add column places jsonb not null default '[]',
  add column notes jsonb not null default '[]';

alter table import_chunks alter column content set storage external;

-- Rows between COPY and their becoming leads. Unlogged: what a crash takes is read again from
-- import_chunks.
drop table import_rows;
create unlogged table import_rows (
  import_id bigint not null,
  line integer not null,
  e164 text not null,
  country text not null,
  place integer not null,
  intent text not null,
  priority integer not null,
  extra jsonb not null,
  consent_wording text not null,
  consent_channel text not null,
  consent_at text not null,
  consent_form text not null,
  consent_purpose text not null,
  external_id text not null,
  first_name text not null,
  last_name text not null,
  email text not null,
  address text not null,
  city text not null,
  region text not null,
  postal_code text not null,
  timezone text not null
);

alter table budget_days
  add column overrun_micros bigint not null default 0 check (overrun_micros >= 0);
alter table ledger_entries drop constraint ledger_entries_amount_micros_check;
alter table ledger_entries add constraint ledger_entries_amount_micros_check
  check (amount_micros >= 0 or kind = 'true_up');

create table usage_checks (
  scope text not null,
  day date not null,
  ledger_micros bigint not null,
  carrier_micros bigint not null,
  detail jsonb not null,
  checked_at timestamptz not null,
  primary key (scope, day)
);

create table alerts (
  id bigint generated always as identity primary key,
  key text not null unique,
  kind text not null,
  severity text not null check (severity in ('notice','warning','critical')),
  message text not null,
  campaign_id bigint references campaigns,
  at timestamptz not null,
  told_at timestamptz
);

create table evidence_seals (
  serial bigint primary key,
  attempt_id uuid not null unique references attempts,
  bundle_sha256 text not null,
  previous_hash text not null,
  hash text not null unique,
  sealed_at timestamptz not null,
  entries text not null,
  disclosed text not null
);
create index attempts_by_recording on attempts (recorded_at) where recorded_at is not null;
"""

BACK = """
drop table evidence_seals, alerts, usage_checks, breakers, campaign_caller_ids, caller_ids,
  erasures, state_holidays, campaign_localities, calling_rules;
drop function refuse_change();
alter table ledger_entries drop constraint ledger_entries_amount_micros_check;
alter table ledger_entries add constraint ledger_entries_amount_micros_check
  check (amount_micros >= 0) not valid;
alter table budget_days drop column overrun_micros;
alter table decisions drop column facts, drop constraint decisions_stage_check,
  add constraint decisions_stage_check check (stage in ('reserve','place')) not valid;
drop index attempts_to_price, attempts_by_phone, attempts_by_caller_id, attempts_by_recording;
create index attempts_by_phone on attempts (phone_id, placed_at);
alter table attempts
  drop column call_class, drop column amd, drop column answered_by, drop column consent_id,
  drop column products, drop column connectivity_micros,
  drop column price_micros, drop column price_tries, drop column price_due_at,
  drop constraint cost_is_not_negative,
  add constraint attempts_check
    check (cost_micros >= 0 and cost_micros <= reserved_micros) not valid;
drop table consents;
delete from suppressions where e164 is null or list_id is not null;
drop index one_suppression_per_number, suppressions_by_number, suppression_patterns,
  suppressions_by_list;
delete from suppressions a using suppressions b
  where a.e164 = b.e164 and a.campaign_id is not distinct from b.campaign_id
    and (coalesce(a.expires_at, 'infinity'), a.id) < (coalesce(b.expires_at, 'infinity'), b.id);
alter table suppressions drop column pattern, drop column list_id, alter column e164 set not null;
drop table dnc_lists;
create unique index one_suppression_per_number on suppressions (e164, coalesce(campaign_id, 0));
create table calling_rules (
  id text not null, version integer not null, jurisdiction text not null,
  call_class text not null check (call_class in ('any','live','automated')),
  hours jsonb not null, hard_block boolean not null, effective_from date not null,
  effective_to date, authority text not null, confidence text not null,
  primary key (id, version)
);
alter table campaigns
  drop column call_class, drop column weight, drop column max_concurrent, drop column starts_on,
  drop column ends_on, drop column cron, drop column cron_minutes, drop column skip_holidays,
  drop column live_reason, drop column retry,
  drop column dnc_scrub, drop column amd, drop column resume_at;
alter table imports drop column consent, drop column places, drop column notes;
drop table import_rows;
create table import_rows (
  import_id bigint not null references imports on delete cascade,
  line integer not null,
  fields jsonb not null,
  primary key (import_id, line)
);
alter table phones add column zones text[] not null default '{}';
update phones p set zones = o.zones from leads l join localities o on o.id = l.locality_id
  where l.phone_id = p.id;
drop index leads_to_dial, leads_to_wake, leads_still_open, leads_by_import;
alter table leads drop constraint one_lead_per_phone_and_campaign,
  drop column locality_id, drop column callback, drop column priority, drop column timezone_source,
  add unique (campaign_id, phone_id),
  add foreign key (campaign_id) references campaigns,
  add foreign key (phone_id) references phones,
  add foreign key (import_id) references imports;
create index leads_by_import on leads (import_id);
create index leads_by_phone on leads (phone_id);
create index leads_due on leads (campaign_id, next_attempt_at, id)
  where state in ('ready','waiting');
drop table localities;
"""

LEADS = """
select l.id, p.e164, l.region, l.postal_code, l.timezone from leads l
join phones p on p.id = l.phone_id order by l.id
"""
NEW_LOCALITY = """
insert into localities (country, zones, states, blocked)
values (:country, :zones, :states, :blocked) on conflict do nothing
"""
LOCALITY = """
select id from localities where country = :country and zones = cast(:zones as text[])
  and states = cast(:states as text[]) and blocked = :blocked
"""
MOVE = "update leads set locality_id = :locality where id = :lead"
PLACES = "insert into campaign_localities select distinct campaign_id, locality_id from leads"


def upgrade() -> None:
    """Change the schema; leads keep their state and get the locality of number and address."""
    op.execute(CHANGES)
    _relocate(op.get_bind())


def _relocate(bind: Connection) -> None:
    """The first schema knew no states, so what it stored would escape the laws of states."""
    known: dict[Locality, int] = {}
    rows = bind.execute(text(LEADS)).all()
    for lead_id, e164, region, postal_code, zone in rows:
        place = locate(e164, region=region, postal_code=postal_code, timezone=zone).locality
        if place not in known:
            told = {
                "country": place.country,
                "zones": list(place.zones),
                "states": list(place.states),
                "blocked": place.blocked,
            }
            bind.execute(text(NEW_LOCALITY), told)
            known[place] = bind.execute(text(LOCALITY), told).scalar_one()
        bind.execute(text(MOVE), {"lead": lead_id, "locality": known[place]})
    bind.execute(text("delete from campaign_localities"))
    bind.execute(text(PLACES))


def downgrade() -> None:
    """Back to the first schema: consent, erasures and the law table are forgotten."""
    op.execute(BACK)
