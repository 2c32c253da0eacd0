import { waitingEvents } from '../support/cell-eye.ts';
import { KILLED, platformSources, startRelay } from '../support/platform-process.ts';
import { scalePlatform } from '../support/pod-process.ts';
import { freshName, onboard, removeCompletely } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import { outboxIsEmpty } from './relay-crash.ts';

const CRASHES = 30;

/** A relay that is killed thirty times after it produced and before it deleted, while customers are created and changed all the time. */
export async function proveRelayCrash(
  seed: number,
  say: (line: string) => void,
): Promise<{ claim: string; counts: Record<string, number> }> {
  const name = freshName('lossless');
  const tenant = await onboard(name);
  await scalePlatform('tenantry-relay', 0);
  let writing = true;
  const writer = async (): Promise<void> => {
    while (writing) {
      const customer = await tenant.api.create({ name: `Customer ${tenant.api.acknowledged.length}` });
      await tenant.api.delete(await tenant.api.update(customer, { segment: 'changed' }));
    }
  };
  const writers = Promise.all([writer(), writer()]);
  try {
    const sources = await platformSources();
    for (let crash = 1; crash <= CRASHES; crash += 1) {
      // Sometimes in its first batch, sometimes after it has deleted a few.
      const relay = startRelay(sources, { crashAfter: `relay.produced:${1 + ((seed + crash * crash) % 4)}` });
      const code = await relay.exit;
      if (code !== KILLED) throw new Error(`the relay ended with ${code}; its log: ${relay.logFile}`);
      say(`relay killed ${crash} times; ${await waitingEvents(name)} events wait`);
    }
    writing = false;
    await writers;
    await scalePlatform('tenantry-relay', 1);
    await outboxIsEmpty(tenant);
    const events = await verify(tenant);
    return {
      claim: 'a relay killed between produce and delete loses no event',
      counts: { crashes: CRASHES, acknowledgedWrites: tenant.api.acknowledged.length, eventsOnTopic: events.length },
    };
  } finally {
    writing = false;
    await writers;
    await scalePlatform('tenantry-relay', 1);
    await removeCompletely(name);
  }
}
