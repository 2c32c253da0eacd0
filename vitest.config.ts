import { configDefaults, defineConfig } from 'vitest/config';

const exclude = [...configDefaults.exclude, '**/.run/**'];

/**
 * A test that waited in vain, on a machine that may have been busy, is tried once more, and the end of the run names it. A wrong answer never is:
 * only what {@link eventually} and the runner say about time is matched.
 */
const retry = { count: 1, condition: /\(still so after [\d.]+ s\)|Test timed out in/ };

/** unit: pure, milliseconds. integration: one part of ours against real servers. e2e: the deployed system. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...exclude, '**/*.integration.test.ts', '**/*.e2e.test.ts'],
          // Pure code leaves nothing behind: imported once a worker instead of once a file, a third of the time.
          isolate: false,
          // Ends what hangs; how fast a test is says more about the machine's other work.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: ['stack/testing/bundles-of-a-run.ts'],
          include: ['**/*.integration.test.ts'],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          retry,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: ['stack/testing/bundles-of-a-run.ts'],
          include: ['e2e/**/*.e2e.test.ts'],
          exclude,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          retry,
          fileParallelism: false,
        },
      },
    ],
  },
});
