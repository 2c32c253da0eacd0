import { testPlan } from './test/test-plan.ts';
import { TestRun } from './test/test-run.ts';

/**
 * `npm test`: static checks, then unit, integration and e2e tests on real servers. Starts what it needs, reuses what runs, takes down what it
 * started, also when interrupted, and ends with the one line `N passed, N failed`.
 */
async function main(words: readonly string[]): Promise<number> {
  const run = new TestRun(testPlan(words));
  // Nobody may be left to read: the terminal was closed, or the same Ctrl-C ended a `tee`. What was started is taken down all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, () => run.interrupt(signal));
  return await run.toTheEnd();
}

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 2;
});
