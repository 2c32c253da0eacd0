-- What integrations know of a customer, as they pushed it. The profile document is a copy of it.

create table customer_payloads (
  -- One for each customer and source; what is put there after a removal is another one.
  id uuid primary key,
  customer_id uuid not null references customers (id),
  source text not null check (source ~ '^[a-z][a-z0-9-]{0,39}$'),
  -- A row of 20 of them still fits a document.
  payload jsonb not null check (jsonb_typeof(payload) = 'object'),
  version integer not null check (version > 0),
  updated_at timestamptz(3) not null,
  updated_by text not null,
  constraint customer_payloads_once unique (customer_id, source)
);
