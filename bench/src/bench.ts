import { resolve } from 'node:path';
import { benchApi, benchOpenLoop } from './api/bench-api.ts';
import { benchBackground } from './background/bench-background.ts';
import type { Bench } from './bench-contract.ts';
import { type CommandLine, commandLine } from './bench-options.ts';
import { benchCustomers } from './customers/bench-customers.ts';
import { benchDesktop } from './desktop/bench-desktop.ts';
import { benchEvents } from './events/bench-events.ts';
import { benchImport } from './import/bench-import.ts';
import { benchJobs } from './jobs/bench-jobs.ts';
import { benchLists } from './lists/bench-lists.ts';
import { benchNoisy } from './noisy/bench-noisy.ts';
import { benchOperator } from './operator/bench-operator.ts';
import { benchProjection } from './projection/bench-projection.ts';
import { benchReplica } from './replica/bench-replica.ts';
import { baselineRatios, keepResults } from './report/results.ts';
import { missedText, tableOf } from './report/table.ts';
import { benchReports } from './reports/bench-reports.ts';
import { benchSchemas } from './schemas/bench-schemas.ts';
import { benchTenantReady } from './tenant-ready/bench-tenant-ready.ts';
import { benchWebhooks } from './webhooks/bench-webhooks.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  api: benchApi,
  background: benchBackground,
  customers: benchCustomers,
  desktop: benchDesktop,
  events: benchEvents,
  import: benchImport,
  jobs: benchJobs,
  lists: benchLists,
  noisy: benchNoisy,
  'open-loop': benchOpenLoop,
  operator: benchOperator,
  projection: benchProjection,
  replica: benchReplica,
  reports: benchReports,
  schemas: benchSchemas,
  'tenant-ready': benchTenantReady,
  webhooks: benchWebhooks,
};

const USAGE = `usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--bars] [--short] [--rounds=N] [--baseline] [--profile=FOLDER]
  --bars      exit 1 when a row misses its bar, and print that row last
  --short     a smoke of a minute or two with half the bars
  --baseline  replace bench/results/baseline-NAME.jsonl
  --despite-load  count rounds that others disturbed, without a verdict
  --profile   write a CPU profile of our process there (customers)
`;

/** `npm run bench`. Exit 0: measured, or no figure on a busy machine; 1: a bar was missed, with --bars; 2: wrong words; 3: it could not measure. */
async function main(words: readonly string[]): Promise<number> {
  let options: CommandLine;
  try {
    options = commandLine(words);
    if (BENCHES[options.name] === undefined) throw new Error(`there is no bench ${options.name}`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  // Ctrl-C ends the turn under way at the latest; what was made is taken away.
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error('stopped')));
  const root = resolve(import.meta.dirname, '../..');
  const bench = BENCHES[options.name] as Bench;
  const { rows: measured, versions } = await bench({
    ...options,
    root,
    say: (line) => process.stderr.write(`${line}\n`),
    signal: stop.signal,
  });
  // What was measured on a busy machine is shown, not judged.
  const rows = options.despiteLoad ? measured.map((row) => ({ ...row, verdict: 'reported' as const })) : measured;
  const before = baselineRatios(root, options.name);
  const complete = rows.every(({ verdict }) => verdict !== 'no figure');
  const file = keepResults(
    root,
    { bench: options.name, form: options.short ? 'short' : 'full', versions },
    rows,
    options.baseline && complete,
  );
  process.stdout.write(`\n${tableOf(rows)}\n`);
  for (const { what } of rows) {
    const ratio = before.get(what);
    if (ratio !== undefined) process.stdout.write(`  baseline of ${what}: ${ratio.toFixed(2)}\n`);
  }
  process.stdout.write(`\nkept in ${file.slice(root.length + 1)}\n`);
  const missed = rows.filter(({ verdict }) => verdict === 'missed');
  if (!options.bars || missed.length === 0) return 0;
  for (const row of missed) process.stdout.write(`${missedText(row)}\n`);
  return 1;
}

// Servers and clients of a failed bench must not keep the process.
process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 3;
  }),
);
