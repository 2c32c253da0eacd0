import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PLATFORM } from '../catalogue.ts';
import { readEndpoints } from '../endpoints.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import type { PartContext } from '../part.ts';
import type { Paths } from '../paths.ts';
import { SAMPLE_TENANTS } from '../samples/sample-people.ts';
import { isComplete, type PartOutcome } from '../supervisor.ts';
import { closingText } from './closing-table.ts';
import { findTenant } from './sample-stages.ts';
import { recordStart, type StartRecord } from './start-record.ts';
import { readTimings, timingsTable } from './timings.ts';
import { commandsToTry, type Running, whatRuns } from './what-runs.ts';

/** What production has otherwise. No package registry carries container images. */
const STAND_INS = [
  'the base of our images is this machine’s Node and C library instead of the official Node image',
  'mongo-java-server keeps documents in place of MongoDB; every other server is the real one',
];

export interface Announcement {
  readonly context: Omit<PartContext, 'progress'>;
  readonly outcomes: readonly PartOutcome[];
  /** What earlier starts did. */
  readonly before: StartRecord | undefined;
  readonly seconds: number;
  readonly timings: boolean;
}

/** Prints what runs, once, and notes that this start became complete when it did. */
export async function announce({ context, outcomes, before, seconds, timings }: Announcement): Promise<void> {
  const { paths } = context;
  const ready = outcomes.filter((outcome) => outcome.state === 'ready').map((outcome) => outcome.part.name);
  const tenants = SAMPLE_TENANTS.map(({ slug }) => slug).filter((slug) => ready.includes(slug));
  const endpoints = await readEndpoints(paths);
  if (endpoints === undefined) return;
  const run = relative(paths.root, paths.run);
  const running: Running = {
    run: run.startsWith('..') ? paths.run : run,
    endpoints,
    parts: ready,
    tenants: await addresses(paths, tenants),
  };
  const text = closingText({
    version: (JSON.parse(await readFile(join(paths.root, 'stack', 'package.json'), 'utf8')) as { version: string }).version,
    nodeVersion: process.versions.node,
    seconds,
    dataSince: before?.since,
    rows: whatRuns(running),
    standIns: ready.includes('tenantry') ? STAND_INS : [],
    missing: PLATFORM.map((part) => part.name).filter((name) => !ready.includes(name)),
    tenants: ready.includes('tenantry') ? await kubectl(paths, ['get', 'tenants']) : '',
    commands: commandsToTry(running),
  });
  process.stdout.write(text);
  if (timings) process.stdout.write(`${timingsTable(await readTimings(paths))}\n`);
  if (isComplete(outcomes)) await recordStart(paths, tenants);
}

async function addresses(paths: Paths, slugs: readonly string[]): Promise<Running['tenants']> {
  const found = await Promise.all(slugs.map(async (slug) => ({ slug, url: (await findTenant(paths, slug))?.status?.url })));
  return found.flatMap(({ slug, url }) => (url === undefined ? [] : [{ slug, url }]));
}
