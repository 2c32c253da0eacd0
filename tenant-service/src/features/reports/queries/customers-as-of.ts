/**
 * Customers as they were at an instant: `id` and the `document` of that version. Sequelize writes an absent document as JSON's null, the
 * statements as SQL's.
 */
export const customersAsOf = (asOf: string): string => `
  select id, document from (
    select distinct on (h.aggregate_id) h.aggregate_id as id, h.after as document
    from {schema}.history h where h.aggregate = 'customer' and h.changed_at <= ${asOf}
    order by h.aggregate_id, h.version desc
  ) newest where jsonb_typeof(document) = 'object'`;

/** Every coming and going of a customer up to an instant: `changed_at`, and `change` of 1 or -1. A change that is neither has no row. */
export const customerArrivals = (asOf: string): string => `
  select changed_at, case when is_there then 1 else -1 end as change from (
    select h.changed_at, h.is_there, coalesce(lag(h.is_there) over (partition by h.aggregate_id order by h.version), false) as was_there
    from (
      select aggregate_id, version, changed_at, coalesce(jsonb_typeof(after), 'null') = 'object' as is_there
      from {schema}.history where aggregate = 'customer' and change <> 'updated' and changed_at <= ${asOf}
    ) h
  ) steps where is_there <> was_there`;
