import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Paths } from '../paths.ts';
import type { PartOutcome } from '../supervisor.ts';

const Seconds = z.object({ install: z.number(), start: z.number(), at: z.string() });
const Timings = z.record(z.string(), z.object({ cold: Seconds.optional(), warm: Seconds.optional() }));

/** Part or stage → how long it last took: `cold` with an install or on empty data, `warm` on data of an earlier start. */
export type Timings = z.infer<typeof Timings>;

/** One part's or stage's time in a run, from the supervisor. Parts that ran already are not measured. */
export type Measured = Pick<PartOutcome, 'state' | 'installSeconds' | 'startSeconds'> & { readonly part: { readonly name: string } };

/** Pure: the record after a run; each part keeps its last cold and its last warm time. */
export function withRun(timings: Timings, outcomes: readonly Measured[], run: { readonly cold: boolean; readonly at: string }): Timings {
  const next = { ...timings };
  for (const { part, state, installSeconds, startSeconds } of outcomes) {
    if (state !== 'ready') continue;
    const kind = run.cold || installSeconds > 0 ? 'cold' : 'warm';
    next[part.name] = { ...next[part.name], [kind]: { install: rounded(installSeconds), start: rounded(startSeconds), at: run.at } };
  }
  return next;
}

/** Empty when nothing was measured in this run folder yet. */
export async function readTimings(paths: Paths): Promise<Timings> {
  const parsed = Timings.safeParse(JSON.parse(await readFile(timingsFile(paths), 'utf8').catch(() => '{}')));
  return parsed.success ? parsed.data : {};
}

/** Adds a run to `.run/timings.json`. */
export async function recordTimings(paths: Paths, outcomes: readonly Measured[], cold: boolean): Promise<void> {
  const next = withRun(await readTimings(paths), outcomes, { cold, at: new Date().toISOString() });
  await writeFile(`${timingsFile(paths)}.new`, `${JSON.stringify(next, null, 2)}\n`);
  await rename(`${timingsFile(paths)}.new`, timingsFile(paths));
}

/** The record as a table. */
export function timingsTable(timings: Timings): string {
  const cell = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1)).padStart(10);
  const rows = Object.entries(timings).map(
    ([name, { cold, warm }]) => `${name.padEnd(24)}${cell(cold?.install)}${cell(cold?.start)}${cell(warm?.start)}`,
  );
  return [`${'seconds'.padEnd(24)}${['install', 'cold', 'warm'].map((head) => head.padStart(10)).join('')}`, ...rows].join('\n');
}

function timingsFile(paths: Paths): string {
  return join(paths.run, 'timings.json');
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
