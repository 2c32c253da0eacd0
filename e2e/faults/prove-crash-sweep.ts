import { CrashSweep } from '@tenantry/operator/testing/crash-sweep.ts';
import { privateCluster } from '@tenantry/operator/testing/private-cluster.ts';
import { testPlatform } from '@tenantry/operator/testing/test-platform.ts';
import type { Proof } from './proof.ts';

/** Lives at a time: an operator spends most of its life waiting for servers. */
const LANES = 3;

/** Every outside effect of every phase of a tenant's life is the last one of a process once. Needs PostgreSQL, Kafka, RabbitMQ, Redis, S3 and Keycloak; the API server is its own. */
export async function proveCrashSweep(_seed: number, say: (line: string) => void): Promise<Proof> {
  await using home = await privateCluster();
  const counts = { phases: 0, effects: 0, deaths: 0, mostExtraEffects: 0, mostExtraWrites: 0 };
  let next = 1;
  let most = 1;
  const lane = async (number: number): Promise<void> => {
    // A cell of its own: a purge sees the whole cell.
    await using platform = await testPlatform({ claim: false, queues: true, cache: true, bucket: true });
    const sweep = await CrashSweep.begin(platform, home, `sweep-${number}`);
    const effects = [...sweep.effects()];
    counts.phases = effects.length;
    counts.effects = effects.reduce((total, [, each]) => total + each, 0);
    most = Math.max(most, ...effects.map(([, each]) => each));
    say(`lane ${number}: effects of each phase: ${effects.map(([phase, each]) => `${phase} ${each}`).join(', ')}`);
    for (let k = next++; k <= most; k = next++) {
      const round = await sweep.round(k);
      counts.deaths += round.deaths;
      counts.mostExtraEffects = Math.max(counts.mostExtraEffects, round.mostExtraEffects);
      counts.mostExtraWrites = Math.max(counts.mostExtraWrites, round.mostExtraWrites);
      say(`killed after effect ${k}: ${round.deaths} operators died, every phase ended as without them`);
    }
    await sweep.end();
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return {
    claim:
      'an operator killed after any outside effect of creating, changing, suspending, resuming, rotating, backing up, adopting or deleting a tenant leaves nothing missing, doubled or behind, and its successor repeats no effect and no write more than once',
    counts,
  };
}
