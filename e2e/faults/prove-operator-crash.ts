import { deepStrictEqual } from 'node:assert';
import { makeClass, removeClass } from '../support/test-class.ts';
import { freshName, onboard, removeCompletely, type WrittenSpec } from '../support/test-tenant.ts';
import { type CrashPlan, provisionThroughCrashes, removeThroughCrashes, shapeOf } from './operator-crash.ts';

type Counts = Record<string, number>;
type Say = (line: string) => void;

/** How one mode is put through; resolves to how many operators died. */
type Ordeal = (mode: string, spec: WrittenSpec, whole: unknown, say: Say) => Promise<{ provisioning: number; deletion: number }>;

/** Tenants at a time when each point is tried alone: an operator spends most of its life waiting for servers. */
const LANES = 3;

/** Every operator makes one outside effect and dies, until a tenant is Ready and whole; then the same until nothing of it is left. */
export async function proveOperatorCrash(_seed: number, say: Say): Promise<{ claim: string; counts: Counts }> {
  const counts = await inBothModes(everyPointInARow, say);
  return { claim: 'operators that each die after one outside effect make a tenant whole, and remove it to the last trace', counts };
}

/** For every k on a tenant of its own: the operator dies after its k-th outside effect, and the next one ends the work. */
export async function proveOperatorCrashAlone(_seed: number, say: Say): Promise<{ claim: string; counts: Counts }> {
  const counts = await inBothModes(everyPointAlone, say);
  return { claim: 'an operator killed after any outside effect leaves nothing missing, doubled or behind once it is restarted', counts };
}

async function inBothModes(ordeal: Ordeal, say: Say): Promise<Counts> {
  const className = freshName('e2e-class');
  await makeClass(className);
  const counts: Counts = {};
  try {
    for (const mode of ['Pooled', 'Dedicated'] as const) {
      const spec = { classRef: { name: className }, workload: { mode }, messaging: { topics: [{ name: 'orders', partitions: 2 }] } };
      const reference = freshName('whole');
      await onboard(reference, spec);
      const whole = await shapeOf(reference);
      await removeCompletely(reference);
      const { provisioning, deletion } = await ordeal(mode, spec, whole, say);
      counts[`${mode.toLowerCase()}ProvisioningCrashes`] = provisioning;
      counts[`${mode.toLowerCase()}DeletionCrashes`] = deletion;
    }
  } finally {
    await removeClass(className);
  }
  return counts;
}

const everyPointInARow: Ordeal = async (mode, spec, whole, say) => {
  const name = freshName('phoenix');
  const born = await provisionThroughCrashes('prove-row', name, spec, () => 1);
  deepStrictEqual(await shapeOf(name), whole);
  say(`${mode}: Ready and whole after ${born.crashes} operators died`);
  const gone = await removeThroughCrashes('prove-row', name, () => 1);
  say(`${mode}: gone after ${gone.crashes} more`);
  return { provisioning: born.crashes, deletion: gone.crashes };
};

const everyPointAlone: Ordeal = async (mode, spec, whole, say) => {
  const total = { provisioning: 0, deletion: 0 };
  let next = 1;
  let done = false;
  const lane = async (number: number): Promise<void> => {
    while (!done) {
      const effects = next++;
      const dieOnce: CrashPlan = (process) => (process === 0 ? effects : undefined);
      const name = freshName('phoenix');
      const operator = `prove-${number}`;
      const born = await provisionThroughCrashes(operator, name, spec, dieOnce);
      deepStrictEqual(await shapeOf(name), whole);
      const gone = await removeThroughCrashes(operator, name, dieOnce);
      say(
        `${mode}: killed after effect ${effects}: ${born.crashes} died while making it, ${gone.crashes} while removing it; whole, then gone`,
      );
      total.provisioning += born.crashes;
      total.deletion += gone.crashes;
      // Provisioning has the most effects: once it outlives its failpoint, every point has been tried.
      if (born.crashes === 0 && gone.crashes === 0) done = true;
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return total;
};
