import { fuzzWorld } from '@tenantry/tenant-service/testing/fuzz-world.ts';
import { fuzzApi } from '@tenantry/tenant-service/testing/schemathesis.ts';
import type { Proof } from './proof.ts';

/** Three seeds behind each other, so that one that finds nothing is not all there is. @throws with the first failures, ready to be sent again. */
export async function proveFuzzApi(seed: number, say: (line: string) => void): Promise<Proof> {
  await using world = await fuzzWorld();
  const counts = { seeds: 0, operations: 0, cases: 0 };
  for (const each of [seed, seed + 1, seed + 2]) {
    const report = await fuzzApi({ ...world, seed: each, examples: 30 });
    say(`seed ${each}: ${report.operations} operations, ${report.cases} cases, ${report.failures.length} failures`);
    if (report.failures.length > 0) throw new Error(report.failures.slice(0, 20).join('\n\n'));
    counts.seeds += 1;
    counts.operations = report.operations;
    counts.cases += report.cases;
  }
  return { claim: 'No generated request got a 5xx, or a status, media type or body that the OpenAPI description does not have', counts };
}
