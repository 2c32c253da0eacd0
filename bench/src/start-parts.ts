import { withNeeds } from '@tenantry/stack/catalogue.ts';
import { upParts } from '@tenantry/stack/local-stack.ts';
import { progressLines } from '@tenantry/stack/progress-lines.ts';

/** Starts these parts of the local platform and what they need, or finds them running. @throws naming what did not come up. */
export async function startParts(names: readonly string[], say: (line: string) => void): Promise<void> {
  const lines = progressLines(withNeeds(names));
  const outcomes = await upParts(names, { report: lines.report, onWait: say });
  lines.end();
  const failed = outcomes.filter(({ state }) => state !== 'ready');
  if (failed.length > 0) throw new Error(`cannot measure without ${failed.map(({ part }) => part.name).join(', ')}`);
}
