import { deepStrictEqual } from 'node:assert';
import { makeClass, removeClass } from '../support/test-class.ts';
import { freshName, onboard, removeCompletely, type WrittenSpec } from '../support/test-tenant.ts';
import { type CrashPlan, provisionThroughCrashes, removeThroughCrashes, shapeOf } from './operator-crash.ts';

/** The first operator dies after `effects` outside effects, the second lives. */
const dieOnceAfter =
  (effects: number): CrashPlan =>
  (process) =>
    process === 0 ? effects : undefined;

/** Two tenants at a time: an operator spends most of its life waiting for servers. */
const LANES = 2;

/**
 * For pooled and dedicated tenants, and for every k: the operator is killed after the k-th outside effect of provisioning and restarted; the
 * tenant must become Ready with exactly what an undisturbed one has. Then the same for its deletion: nothing may be left.
 */
export async function proveOperatorCrash(
  _seed: number,
  say: (line: string) => void,
): Promise<{ claim: string; counts: Record<string, number> }> {
  const className = freshName('e2e-class');
  await makeClass(className);
  const counts: Record<string, number> = {};
  try {
    for (const mode of ['Pooled', 'Dedicated'] as const) {
      const spec = { classRef: { name: className }, workload: { mode }, messaging: { topics: [{ name: 'orders', partitions: 2 }] } };
      const { provisioning, deletion } = await everyPoint(mode.toLowerCase(), spec, say);
      counts[`${mode.toLowerCase()}ProvisioningCrashes`] = provisioning;
      counts[`${mode.toLowerCase()}DeletionCrashes`] = deletion;
    }
  } finally {
    await removeClass(className);
  }
  return { claim: 'an operator killed after any outside effect leaves nothing missing, doubled or behind once it is restarted', counts };
}

async function everyPoint(
  mode: string,
  spec: WrittenSpec,
  say: (line: string) => void,
): Promise<{ provisioning: number; deletion: number }> {
  const reference = freshName('whole');
  await onboard(reference, spec);
  const whole = await shapeOf(reference);
  await removeCompletely(reference);
  const total = { provisioning: 0, deletion: 0 };
  let next = 1;
  let done = false;
  const lane = async (number: number): Promise<void> => {
    while (!done) {
      const effects = next++;
      const name = freshName('phoenix');
      const operator = `prove-${number}`;
      const born = await provisionThroughCrashes(operator, name, spec, dieOnceAfter(effects));
      deepStrictEqual(await shapeOf(name), whole);
      const gone = await removeThroughCrashes(operator, name, dieOnceAfter(effects));
      say(
        `${mode}: killed after effect ${effects}: ${born.crashes === 1 ? 'Ready and whole' : '(provisioning has fewer)'}, ${gone.crashes === 1 ? 'then gone' : '(deletion has fewer)'}`,
      );
      total.provisioning += born.crashes;
      total.deletion += gone.crashes;
      // Provisioning has the most effects: once it outlives its failpoint, every point has been tried.
      if (born.crashes === 0 && gone.crashes === 0) done = true;
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return total;
}
