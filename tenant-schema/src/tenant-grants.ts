import { cellGroups, cellLogins, type TenantNames } from '@tenantry/contracts';

/** State of a tenant as the registry and its grants know it. */
export type TenantState = 'Provisioning' | 'Active' | 'ReadOnly' | 'Suspended' | 'Closed';

/** One right of one role. Equal rights have equal {@link grantKey}s. */
export interface Grant {
  /** `member`: `grantee` is a member of role `object`, and `privilege` says what that is worth to it. */
  readonly kind: 'schema' | 'table' | 'column' | 'sequence' | 'function' | 'member';
  /** Unqualified: `customers`, `customers.email`, `f(text)`; of kind `schema` the schema, of `member` the role granted. */
  readonly object: string;
  /** `USAGE`, `SELECT` …; of kind `member` `SET`, `INHERIT` or `ADMIN`. */
  readonly privilege: string;
  /** A role, or `PUBLIC`. */
  readonly grantee: string;
}

export interface GrantWishes {
  readonly state: TenantState;
  /** Credential generations of the tenant's logins that exist (dedicated tenants; two while a rotation overlaps). */
  readonly generations: readonly number[];
}

/** What the app role may do to each table, and who else reads it. A test refuses a table that is not here. */
const TABLES = {
  customers: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: ['SELECT'] },
  // Append-only: nobody but the owner, which no one logs in as, can change the past.
  history: { read: ['SELECT'], write: ['INSERT'], readOnlyRole: ['SELECT'] },
  accounts: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: ['SELECT'] },
  // Append-only as well: what was posted is taken back by a counter-entry.
  transactions: { read: ['SELECT'], write: ['INSERT'], readOnlyRole: ['SELECT'] },
  saved_views: { read: ['SELECT'], write: ['INSERT', 'UPDATE', 'DELETE'], readOnlyRole: [] },
  idempotency_keys: { read: ['SELECT'], write: ['INSERT', 'DELETE'], readOnlyRole: [] },
  // Every schema a tenant ever set; UPDATE is for `indexed_at` alone, which says that an index is complete.
  attribute_schemas: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: ['SELECT'] },
  operations: { read: ['SELECT'], write: ['INSERT', 'UPDATE', 'DELETE'], readOnlyRole: ['SELECT'] },
  import_errors: { read: ['SELECT'], write: ['INSERT'], readOnlyRole: [] },
  // Rows of reports go with their operation.
  reports: { read: ['SELECT'], write: ['INSERT'], readOnlyRole: ['SELECT'] },
  report_schedules: { read: ['SELECT'], write: ['INSERT', 'UPDATE', 'DELETE'], readOnlyRole: ['SELECT'] },
  users: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: [] },
  machine_clients: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: [] },
  machine_credentials: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: [] },
  last_seen: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: [] },
  // UPDATE is for undoing: when, and by whom.
  merges: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: ['SELECT'] },
  // Requests are counted in every state that has a door, so this is no right a read-only tenant loses.
  usage_days: { read: ['SELECT', 'INSERT', 'UPDATE'], write: [], readOnlyRole: ['SELECT'] },
  // In every state that has a door: what happened before a tenant was suspended belongs into its log. Nobody can change what is in it.
  events: { read: ['SELECT', 'INSERT'], write: [], readOnlyRole: ['SELECT'] },
  // A schema is taken away by leaving its version without one.
  event_schemas: { read: ['SELECT'], write: ['INSERT', 'UPDATE'], readOnlyRole: ['SELECT'] },
  event_log_head: { read: ['SELECT', 'UPDATE'], write: [], readOnlyRole: ['SELECT'] },
  // Roll-ups, as the event log in every state that has a door: what has happened is counted. They can be made again from the rows at any time.
  report_rollups: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: ['SELECT'] },
  report_daily_customers: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: ['SELECT'] },
  report_daily_accounts: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: ['SELECT'] },
  report_daily_activity: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: ['SELECT'] },
  report_cohorts: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: ['SELECT'] },
  report_active_days: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: [] },
  report_counted_ahead: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: [] },
  // As the event log: what has happened is told in every state that has a door. UPDATE locks an endpoint while events are routed to it, and
  // switches off one that is dead.
  webhook_endpoints: { read: ['SELECT', 'UPDATE'], write: ['INSERT', 'DELETE'], readOnlyRole: [] },
  webhook_deliveries: { read: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], write: [], readOnlyRole: [] },
  webhook_attempts: { read: ['SELECT', 'INSERT'], write: [], readOnlyRole: [] },
  customer_payloads: { read: ['SELECT'], write: ['INSERT', 'UPDATE', 'DELETE'], readOnlyRole: ['SELECT'] },
  duplicate_dismissals: { read: ['SELECT'], write: ['INSERT'], readOnlyRole: ['SELECT'] },
  // What is in the bucket instead of in the tables above. DELETE is for one that was begun and found nothing.
  archives: { read: ['SELECT'], write: ['INSERT', 'UPDATE', 'DELETE'], readOnlyRole: ['SELECT'] },
} as const satisfies Record<string, { read: readonly string[]; write: readonly string[]; readOnlyRole: readonly string[] }>;

/** What a role that writes may call. Each does, as the owner, one thing that no right on a table is narrow enough for. */
const FUNCTIONS = ['remove_archived_history(uuid, integer)', 'remove_archived_transactions(uuid, integer)'] as const;

/** Tables whose rights {@link tenantGrants} decides. */
export const GRANTED_TABLES: readonly string[] = Object.keys(TABLES);

/**
 * Every right anybody but the owner has on a tenant's schema and roles in this state; what is found beyond it is drift. Role settings and
 * timeouts do not follow SET ROLE, so states are made of rights: ReadOnly has no write, Suspended also no api, no jobs and no webhooks (the
 * projector finishes what has happened), Closed has nothing.
 */
export function tenantGrants(names: TenantNames, cell: string, { state, generations }: GrantWishes): Grant[] {
  const { operator, api, jobs, sender, projector } = cellLogins(cell);
  const { tenant, writer, login } = cellGroups(cell);
  const operatorMayBeOwner: Grant = { kind: 'member', object: names.ownerRole, privilege: 'SET', grantee: operator };
  if (state === 'Closed') return [operatorMayBeOwner];

  const writes = state === 'Active' || state === 'Provisioning';
  const enters = (grantee: string): Grant => ({ kind: 'member', object: names.appRole, privilege: 'SET', grantee });
  const doors: Grant[] =
    state === 'Suspended'
      ? [enters(projector)]
      : [
          ...[api, names.apiLogin, jobs, sender, projector].map(enters),
          ...generations.map(
            (generation): Grant => ({ kind: 'member', object: names.appRole, privilege: 'SET', grantee: names.login(generation) }),
          ),
          ...generations.map(
            (generation): Grant => ({ kind: 'member', object: login, privilege: 'INHERIT', grantee: names.login(generation) }),
          ),
        ];
  return [
    operatorMayBeOwner,
    ...doors,
    { kind: 'member', object: tenant, privilege: 'INHERIT', grantee: names.appRole },
    ...(writes ? [{ kind: 'member', object: writer, privilege: 'INHERIT', grantee: names.appRole } as const] : []),
    { kind: 'schema', object: names.schema, privilege: 'USAGE', grantee: names.appRole },
    { kind: 'schema', object: names.schema, privilege: 'USAGE', grantee: names.readOnlyRole },
    ...Object.entries(TABLES).flatMap(([table, rights]) => [
      ...[...rights.read, ...(writes ? rights.write : [])].map((privilege) => onTable(table, privilege, names.appRole)),
      ...rights.readOnlyRole.map((privilege) => onTable(table, privilege, names.readOnlyRole)),
    ]),
    ...(writes ? FUNCTIONS : []).map((object): Grant => ({ kind: 'function', object, privilege: 'EXECUTE', grantee: names.appRole })),
  ];
}

function onTable(object: string, privilege: string, grantee: string): Grant {
  return { kind: 'table', object, privilege, grantee };
}

/** One text for one right. Unambiguous: kind and privilege are words of ours, and no object of ours holds a line end. */
export function grantKey({ kind, object, privilege, grantee }: Grant): string {
  return [kind, object, privilege, grantee].join('\n');
}
