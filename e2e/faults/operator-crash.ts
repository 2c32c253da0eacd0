import { GROUP, SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { anonymous, footprintOf } from '../support/footprint.ts';
import { kubectl, kubectlApply } from '../support/kubectl.ts';
import { KILLED, type PlatformProcess, platformSources, startOperator } from '../support/platform-process.ts';
import { allowDestruction, expectNothingOf, getTenant, tenantExists, tenantObject, type WrittenSpec } from '../support/test-tenant.ts';

/** Says after how many outside effects the n-th operator process dies; undefined: it lives. */
export type CrashPlan = (process: number) => number | undefined;

/** What happened while one thing was driven to its end by operators that kept dying. */
export interface Journey {
  /** Operators that were killed on the way. */
  readonly crashes: number;
}

/** Applies a Tenant that only operators named `operator` handle, and lets operators die by the plan until it is Ready. */
export async function provisionThroughCrashes(operator: string, name: string, spec: WrittenSpec, plan: CrashPlan): Promise<Journey> {
  await kubectlApply(tenantObject(name, spec, { labels: { [`${GROUP}/operator`]: operator } }));
  return driveTo(operator, plan, async () => {
    const { status, metadata } = await getTenant(name);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True' || ready.observedGeneration !== metadata.generation) {
      throw new Error(`${name} is not Ready: ${JSON.stringify(status?.conditions?.filter((condition) => condition.status !== 'True'))}`);
    }
  });
}

/** Deletes a Tenant with its data, and lets operators die by the plan until nothing is left of it. */
export async function removeThroughCrashes(operator: string, name: string, plan: CrashPlan): Promise<Journey> {
  const { status } = await getTenant(name);
  await allowDestruction(name);
  await kubectl(['delete', `tenants.${GROUP}`, name, '--wait=false']);
  return driveTo(operator, plan, async () => {
    await expectNothingOf(name, status?.tenantId);
    if (await tenantExists(name)) throw new Error(`${name} still has its finalizer`);
  });
}

/** Everything there is of a Ready tenant with its own names and ids taken out: equal for equal specs, however it came to be. */
export async function shapeOf(name: string): Promise<unknown> {
  const tenantId = (await getTenant(name)).status?.tenantId ?? '';
  return anonymous(await footprintOf(name, tenantId), name, tenantId);
}

/** Starts operators one after another until `arrived` does not throw; each dies by the plan, the last is stopped in order. */
async function driveTo(operator: string, plan: CrashPlan, arrived: () => Promise<void>): Promise<Journey> {
  const sources = await platformSources();
  for (let crashes = 0; crashes < 200; crashes += 1) {
    const process = startOperator(sources, { name: operator, crashAfter: plan(crashes) });
    const died = await Promise.race([process.exit, untilArrived(process, arrived).then(() => 'arrived' as const)]);
    if (died === 'arrived') {
      await process.stop();
      return { crashes };
    }
    if (died !== KILLED) throw new Error(`the operator ended with ${died}; its log: ${process.logFile}`);
    // The dead one cannot give its Lease back; a restarted pod would wait for it to expire, which proves nothing here.
    await kubectl(['delete', 'lease', `tenantry-operator-${operator}`, '--namespace', SYSTEM_NAMESPACE, '--ignore-not-found']);
  }
  throw new Error('200 operators died and it is still not done: some effect is repeated at every start');
}

async function untilArrived(process: PlatformProcess, arrived: () => Promise<void>): Promise<void> {
  let ended = false;
  void process.exit.then(() => {
    ended = true;
  });
  await eventually(
    async () => {
      if (!ended) await arrived();
    },
    { limitMs: 90_000, everyMs: 400 },
  ).catch((error: Error) => {
    throw new Error(`${error.message}; the operator's log: ${process.logFile}`, { cause: error });
  });
}
