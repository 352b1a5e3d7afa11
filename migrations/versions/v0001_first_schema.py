"""The first schema: leads, law, money, attempts, appointments, inbox and outbox.

The promises live here as constraints: one active attempt per phone, one attempt per slot,
spent + reserved within the day's limit, no two overlapping appointments of one agent.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
create table campaigns (
  id bigint generated always as identity primary key,
  name text not null unique check (name <> ''),
  state text not null check (state in
    ('draft','scheduled','running','paused','draining','completed','aborted')),
  state_reason text not null,
  epoch integer not null check (epoch >= 1),
  timezone text not null,
  window_start time not null,
  window_end time not null check (window_end > window_start),
  window_days integer[] not null check (cardinality(window_days) between 1 and 7),
  daily_budget_micros bigint not null check (daily_budget_micros > 0),
  cost_per_call_micros bigint not null check (cost_per_call_micros > 0),
  max_attempts integer not null check (max_attempts between 1 and 10),
  max_call_seconds integer not null check (max_call_seconds >= 30),
  ring_timeout_seconds integer not null check (ring_timeout_seconds >= 15),
  caller_id text not null,
  script jsonb not null,
  priority integer not null,
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz
);

create table calling_rules (
  id text not null,
  version integer not null,
  jurisdiction text not null,
  call_class text not null check (call_class in ('any','live','automated')),
  hours jsonb not null,
  hard_block boolean not null,
  effective_from date not null,
  effective_to date,
  authority text not null,
  confidence text not null,
  primary key (id, version)
);

create table phones (
  id bigint generated always as identity primary key,
  e164 text not null unique check (e164 ~ '^[+][1-9][0-9]{6,14}$'),
  country text not null,
  zones text[] not null,
  created_at timestamptz not null
);

create table imports (
  id bigint generated always as identity primary key,
  campaign_id bigint not null references campaigns,
  filename text not null,
  sha256 text not null,
  state text not null check (state in ('uploaded','staged','normalised','ready','failed')),
  rows_total integer not null,
  rows_imported integer not null,
  rows_rejected integer not null,
  error text not null,
  created_at timestamptz not null,
  finished_at timestamptz,
  unique (campaign_id, sha256)
);

create table import_chunks (
  import_id bigint not null references imports on delete cascade,
  ordinal integer not null,
  content bytea not null,
  primary key (import_id, ordinal)
);

create table import_rows (
  import_id bigint not null references imports on delete cascade,
  line integer not null,
  fields jsonb not null,
  primary key (import_id, line)
);

create table import_errors (
  id bigint generated always as identity primary key,
  import_id bigint not null references imports on delete cascade,
  line integer not null,
  "column" text not null,
  reason text not null
);
create index import_errors_by_import on import_errors (import_id, line);

create table leads (
  id bigint generated always as identity primary key,
  campaign_id bigint not null references campaigns,
  phone_id bigint not null references phones,
  import_id bigint references imports,
  line integer,
  state text not null check (state in
    ('ready','waiting','in_call','done','suppressed','invalid')),
  next_attempt_at timestamptz,
  attempts_made integer not null check (attempts_made >= 0),
  disposition text,
  reason text not null,
  external_id text not null,
  first_name text not null,
  last_name text not null,
  email text not null,
  address text not null,
  city text not null,
  region text not null,
  postal_code text not null,
  timezone text not null,
  intent text not null,
  extra jsonb not null,
  unique (campaign_id, phone_id)
);
create index leads_due on leads (campaign_id, next_attempt_at, id)
  where state in ('ready','waiting');
create index leads_by_phone on leads (phone_id);
create index leads_by_import on leads (import_id);

create table attempts (
  id uuid primary key,
  lead_id bigint not null references leads,
  campaign_id bigint not null references campaigns,
  phone_id bigint not null references phones,
  ordinal integer not null check (ordinal >= 1),
  epoch integer not null,
  state text not null check (state in
    ('reserved','placing','unknown','placed','ringing','answered',
     'completed','busy','no_answer','failed','canceled','refused','expired')),
  cause text not null,
  token text not null,
  caller_id text not null,
  carrier_sid text unique,
  time_limit_seconds integer not null check (time_limit_seconds > 0),
  reserved_micros bigint not null check (reserved_micros > 0),
  cost_micros bigint check (cost_micros >= 0 and cost_micros <= reserved_micros),
  reserved_at timestamptz not null,
  lease_until timestamptz not null,
  placing_at timestamptz,
  placed_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz,
  duration_seconds integer,
  outcome jsonb,
  outcome_at timestamptz,
  disposition text,
  recorded_at timestamptz,
  unique (lead_id, ordinal)
);
create unique index one_active_attempt_per_phone on attempts (phone_id)
  where state in ('reserved','placing','unknown','placed','ringing','answered');
create index attempts_to_record on attempts (ended_at) where recorded_at is null;
create index attempts_by_campaign on attempts (campaign_id, reserved_at);
create index attempts_by_phone on attempts (phone_id, placed_at);

create table call_slots (
  slot integer primary key check (slot >= 1),
  attempt_id uuid unique references attempts,
  taken_at timestamptz
);

create table carrier_pace (
  scope text primary key,
  next_at timestamptz not null
);

create table decisions (
  id bigint generated always as identity primary key,
  attempt_id uuid references attempts,
  lead_id bigint not null references leads,
  campaign_id bigint not null references campaigns,
  stage text not null check (stage in ('reserve','place')),
  allowed boolean not null,
  reasons jsonb not null,
  rules jsonb not null,
  zones jsonb not null,
  decided_at timestamptz not null,
  next_lawful_at timestamptz,
  check (allowed or jsonb_array_length(reasons) > 0)
);
create index decisions_by_lead on decisions (lead_id, id);
create index decisions_by_attempt on decisions (attempt_id);

create table carrier_events (
  id bigint generated always as identity primary key,
  attempt_id uuid not null references attempts,
  carrier_sid text not null,
  kind text not null,
  status text not null,
  sequence integer not null,
  payload jsonb not null,
  received_at timestamptz not null,
  unique (carrier_sid, kind, status, sequence)
);
create index carrier_events_by_attempt on carrier_events (attempt_id, id);

create table budget_days (
  scope text not null,
  day date not null,
  limit_micros bigint not null check (limit_micros > 0),
  reserved_micros bigint not null check (reserved_micros >= 0),
  spent_micros bigint not null check (spent_micros >= 0),
  primary key (scope, day),
  constraint within_budget check (reserved_micros + spent_micros <= limit_micros)
);

create table ledger_entries (
  id bigint generated always as identity primary key,
  attempt_id uuid not null references attempts,
  scope text not null,
  day date not null,
  kind text not null check (kind in ('reserve','settle','release','true_up')),
  amount_micros bigint not null check (amount_micros >= 0),
  at timestamptz not null,
  unique (attempt_id, scope, kind)
);
create index ledger_entries_by_day on ledger_entries (scope, day);

create table suppressions (
  id bigint generated always as identity primary key,
  e164 text not null,
  campaign_id bigint references campaigns,
  reason text not null,
  source text not null,
  evidence text not null,
  attempt_id uuid references attempts,
  created_at timestamptz not null,
  expires_at timestamptz
);
create unique index one_suppression_per_number on suppressions
  (e164, coalesce(campaign_id, 0));

create table agents (
  id bigint generated always as identity primary key,
  name text not null,
  email text not null unique,
  timezone text not null,
  work_start time not null,
  work_end time not null check (work_end > work_start),
  work_days integer[] not null,
  slot_minutes integer not null check (slot_minutes between 10 and 480),
  active boolean not null
);

create table appointments (
  id bigint generated always as identity primary key,
  uid uuid not null unique,
  sequence integer not null check (sequence >= 0),
  agent_id bigint not null references agents,
  lead_id bigint not null references leads,
  attempt_id uuid not null references attempts,
  during tstzrange not null check (not isempty(during)),
  state text not null check (state in ('held','booked','released','cancelled')),
  held_until timestamptz,
  invited_at timestamptz,
  created_at timestamptz not null,
  -- int8range instead of "agent_id with =" because btree_gist is not in every PostgreSQL
  constraint one_appointment_at_a_time exclude using gist
    (int8range(agent_id, agent_id, '[]') with &&, during with &&)
    where (state in ('held','booked'))
);
create index appointments_by_attempt on appointments (attempt_id);

create table outbox (
  id bigint generated always as identity primary key,
  key text not null unique,
  kind text not null,
  payload jsonb not null,
  due_at timestamptz not null,
  tries integer not null,
  sent_at timestamptz,
  failed_at timestamptz,
  last_error text not null
);
create index outbox_due on outbox (due_at) where sent_at is null and failed_at is null;

insert into calling_rules values (
  'us-fed-hours', 1, 'US', 'any',
  '{"mon_fri": ["08:00-21:00"], "sat": ["08:00-21:00"], "sun": ["08:00-21:00"]}',
  false, '1991-12-20', null, '47 CFR 64.1200(c)(1); 16 CFR 310.4(c)', 'high'
);
"""

NAMES = """
outbox, appointments, agents, suppressions, ledger_entries, budget_days, carrier_events,
decisions, carrier_pace, call_slots, attempts, leads, import_errors, import_rows, import_chunks,
imports, phones, calling_rules, campaigns
"""


def upgrade() -> None:
    """Make all tables and seed the federal calling hours."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop all tables."""
    op.execute(f"drop table {NAMES}")
