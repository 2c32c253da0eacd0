import { cellLogins } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { asLogin, waitingEvents } from '../support/cell-eye.ts';
import { type ReadRecord, readTopic } from '../support/kafka.ts';
import { localPlatform } from '../support/local-platform.ts';
import { killPlatform, scalePlatform } from '../support/pod-process.ts';
import { freshName, type TestTenant } from '../support/test-tenant.ts';

const RELAY = 'tenantry-relay';

/**
 * Kills the deployed relay (SIGKILL) when it has produced `changes` events and has not yet deleted them. The window is held open from outside:
 * a share lock on the outbox lets the relay read its rows and makes its DELETE wait. Returns what was in the topic at that moment.
 */
export async function killRelayBetweenProduceAndDelete(tenant: TestTenant, write: () => Promise<number>): Promise<readonly ReadRecord[]> {
  await scalePlatform(RELAY, 0);
  const changes = await write();
  const { cell, secret } = localPlatform();
  return asLogin(cellLogins(cell).relay, secret('postgres-relay-password'), async (client) => {
    await client.query('begin');
    await client.query('lock table tenantry.outbox in share mode');
    await scalePlatform(RELAY, 1);
    const produced = await readTopic(tenant.kafka, {
      topic: tenant.names.eventsTopic,
      group: `${tenant.names.kafkaPrefix}relay-crash-${freshName('g')}`,
      enough: (records) => records.length >= changes,
    });
    await eventually(async () => {
      const { rows } = await client.query(
        `select pid from pg_catalog.pg_locks where not granted and relation = 'tenantry.outbox'::regclass`,
      );
      if (rows.length === 0) throw new Error('the relay does not wait with its DELETE');
    });
    if ((await killPlatform(RELAY)) === 0) throw new Error('no process of the relay was found');
    // The server notices a dead client only when it next writes to it; end the waiting DELETE as a lost machine would.
    await client.query(
      'select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = current_user and pid <> pg_catalog.pg_backend_pid()',
    );
    await client.query('rollback');
    if ((await waitingEvents(tenant.name)) !== changes) throw new Error('the killed relay had already deleted what it produced');
    return produced;
  });
}

/** Waits until the restarted relay has taken every event away. */
export async function outboxIsEmpty(tenant: TestTenant): Promise<void> {
  await eventually(
    async () => {
      const waiting = await waitingEvents(tenant.name);
      if (waiting > 0) throw new Error(`${waiting} events of ${tenant.name} still wait`);
    },
    { limitMs: 60_000, everyMs: 250 },
  );
}
