import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cellLogins, TENANTS_NAMESPACE, tenantNames } from '@tenantry/contracts';
import { CHILDREN } from '@tenantry/operator/kubernetes/resources.ts';
import { parseProcessTicks, TICKS_PER_SECOND } from '../measure/proc.ts';
import type { Row } from '../report/row.ts';
import { boundRow } from './bound-row.ts';
import type { OperatorRules } from './operator-rules.ts';
import { DRIFT_INTERVAL_MS, type OperatorWorld } from './operator-world.ts';
import { LOOK_MS, percentile } from './restart-rows.ts';

const REPAIR_LIMIT_S = 2;
/** Beyond the interval. */
const DETECT_LIMIT_S = 2;
const SWEEP_LIMIT_S = 2;
const PATIENCE_MS = 120_000;

/** A difference somebody made by hand, and whether it is gone again. */
interface Damage {
  readonly store: string;
  readonly do: () => Promise<unknown>;
  readonly isGone: () => Promise<boolean>;
}

/** What is changed by hand: how soon it is seen and put back; and what looking costs while nothing is. */
export async function driftRows(world: OperatorWorld, rules: OperatorRules): Promise<Row[]> {
  // A start was before: everyone is looked at in full first.
  await world.operator.atRest(PATIENCE_MS + LOOK_MS * world.made.length);
  const sweep = await sweepRow(world, rules);
  const detected: number[] = [];
  const repaired: number[] = [];
  const children: number[] = [];
  const turns = rules.short ? 2 : 6;
  for (let turn = 0; turn < turns; turn += 1) {
    rules.signal.throwIfAborted();
    const damages = damagesTo(world, turn);
    const before = (await world.operator.metrics())('tenantry_operator_drift_signals_total');
    // Not always at the same moment of the interval.
    await pause((DRIFT_INTERVAL_MS / turns) * turn);
    const started = performance.now();
    await Promise.all(damages.map((damage) => damage.do()));
    await world.operator.until(
      'drift seen',
      (metric) => metric('tenantry_operator_drift_signals_total') >= before + damages.length,
      PATIENCE_MS,
      50,
    );
    const seen = performance.now();
    detected.push((seen - started) / 1000);
    repaired.push(...(await Promise.all(damages.map(async (damage) => (await gone(damage)) - seen))).map((ms) => Math.max(0, ms / 1000)));
    const child = childDamage(world, turn);
    await child.do();
    const deleted = performance.now();
    children.push(((await gone(child)) - deleted) / 1000);
    await world.operator.atRest(PATIENCE_MS);
  }
  const interval = DRIFT_INTERVAL_MS / 1000;
  return [
    boundRow(
      `drift in PostgreSQL, Kafka or Keycloak seen ÷ interval of ${interval} s + ${DETECT_LIMIT_S} s`,
      's',
      detected,
      interval + DETECT_LIMIT_S,
      rules,
    ),
    boundRow(`… put back once seen, p95 ÷ ${REPAIR_LIMIT_S} s`, 's', [percentile(repaired)], REPAIR_LIMIT_S, rules, {
      notes: { differences: repaired.length, 'middle s': percentile(repaired, 0.5) },
    }),
    boundRow(`deleted Secret made again, p95 ÷ ${REPAIR_LIMIT_S} s`, 's', [percentile(children)], REPAIR_LIMIT_S, rules, {
      notes: { deletions: children.length, 'middle s': percentile(children, 0.5) },
    }),
    sweep,
  ];
}

/** CPU of all the operator's sessions in PostgreSQL over several looks at rest, for each look. */
async function sweepRow(world: OperatorWorld, rules: OperatorRules): Promise<Row> {
  const looks = async () => (await world.operator.metrics())('tenantry_operator_drift_look_seconds_count');
  const stores = 6;
  const values: number[] = [];
  for (let look = 0; look < (rules.short ? 2 : 4); look += 1) {
    const first = await looks();
    await world.operator.until('a look', (metric) => metric('tenantry_operator_drift_look_seconds_count') > first, PATIENCE_MS, 50);
    await pause(DRIFT_INTERVAL_MS / 2);
    const from = await looks();
    const before = await sessionSeconds(world);
    await world.operator.until('the next look', (metric) => metric('tenantry_operator_drift_look_seconds_count') > from, PATIENCE_MS, 50);
    await pause(DRIFT_INTERVAL_MS / 2);
    values.push(((await sessionSeconds(world)) - before) / Math.max(1, Math.floor(((await looks()) - from) / stores)));
  }
  const metric = await world.operator.metrics();
  const notes = {
    'seconds a store': metric('tenantry_operator_drift_look_seconds_sum') / metric('tenantry_operator_drift_look_seconds_count'),
  };
  return boundRow(`look at all ${world.made.length}: CPU of PostgreSQL ÷ ${SWEEP_LIMIT_S} s`, 's', values, SWEEP_LIMIT_S, rules, { notes });
}

async function sessionSeconds({ ours }: OperatorWorld): Promise<number> {
  const { rows } = await ours.admin.query<{ pid: number }>('select pid from pg_stat_activity where usename = $1', [
    cellLogins(ours.cell.name).operator,
  ]);
  const ticks = rows.map(({ pid }) => parseProcessTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')).ticks);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

async function gone({ store, isGone }: Damage): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isGone())) {
    if (performance.now() > deadline) throw new Error(`what was changed in ${store} is not put back`);
    await pause(25);
  }
  return performance.now();
}

/** One in each store that has no watch, each of another tenant. */
function damagesTo({ ours, made }: OperatorWorld, turn: number): Damage[] {
  const { kafka, identity } = ours.ports;
  const place = (offset: number) => tenantNames(made[(turn * 4 + offset + 11) % made.length] as string, ours.cell.name);
  const [table, topic, client] = [place(0), place(1), place(2)];
  const right = `privilege_type = 'SELECT' and table_name = 'customers' and grantee = $1`;
  return [
    {
      store: 'PostgreSQL',
      do: () => ours.admin.query(`revoke select on ${table.schema}.customers from ${ours.admin.escapeIdentifier(table.readOnlyRole)}`),
      isGone: async () =>
        (await ours.admin.query(`select from information_schema.role_table_grants where ${right}`, [table.readOnlyRole])).rowCount === 1,
    },
    {
      store: 'Kafka',
      do: () => kafka.setTopicConfigs(topic.eventsTopic, { 'retention.ms': '1000' }, []),
      isGone: async () => (await kafka.topics([topic.eventsTopic])).get(topic.eventsTopic)?.configs['retention.ms'] === '604800000',
    },
    {
      store: 'Keycloak',
      do: async () => identity.deleteMachineClient((await identity.machineClient(client.machineClientId))?.id ?? ''),
      isGone: async () => (await identity.machineClient(client.machineClientId)) !== undefined,
    },
  ];
}

/** A child in Kubernetes: its informer tells at once. */
function childDamage({ ours, made, user }: OperatorWorld, turn: number): Damage {
  const { credentialsSecret: name } = tenantNames(made[(turn * 4 + 14) % made.length] as string, ours.cell.name);
  const ref = { namespace: TENANTS_NAMESPACE, name };
  return {
    store: 'Kubernetes',
    do: () => user.delete(CHILDREN.Secret, ref),
    isGone: async () => (await user.get(CHILDREN.Secret, ref)) !== undefined,
  };
}
