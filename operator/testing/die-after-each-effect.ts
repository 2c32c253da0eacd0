import { expect } from 'vitest';
import { startOperator } from './operator-process.ts';

/** More effects than anything that happens to a tenant has; what needs more makes the same effect again and again. */
const MOST_EFFECTS = 40;

/**
 * Starts operators that each die after their first outside effect, until `done`: every effect is followed by a death once. Returns how many
 * died. @param freeLease the dead one cannot give its Lease back, and waiting for it to run out proves nothing.
 */
export async function dieAfterEachEffect(
  environment: Readonly<Record<string, string>>,
  freeLease: () => Promise<void>,
  done: () => Promise<boolean>,
): Promise<number> {
  for (let deaths = 0; deaths <= MOST_EFFECTS; deaths += 1) {
    const operator = await startOperator({ ...environment, METRICS_PORT: '0', LOG_LEVEL: 'debug', CRASH_AFTER: '1' });
    let code: number | undefined;
    for (let looks = 0; code === undefined; looks += 1) {
      code = await operator.exit(100);
      // The status was written by a pass that changed nothing, so this process lives.
      if (code === undefined && (await done())) {
        await operator.stop();
        return deaths;
      }
      if (looks > 600) throw new Error(`neither dead nor done:\n${operator.output()}`);
    }
    expect(code, operator.output()).toBe(137);
    await freeLease();
  }
  throw new Error(`not done after ${MOST_EFFECTS} effects: something is made again and again`);
}
