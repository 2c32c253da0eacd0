import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Row } from './row.ts';

/** What a run was, beside its rows. */
export interface RunFacts {
  readonly bench: string;
  readonly form: 'full' | 'short';
  readonly versions: Readonly<Record<string, string>>;
}

/** Appends a line per row to `<folder>/<bench>.jsonl`; as the baseline also to `baseline-<bench>.jsonl`, which it replaces. Gives the file. */
export function keepResults(root: string, facts: RunFacts, rows: readonly Row[], asBaseline: boolean): string {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const circumstances = {
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    ...facts,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      load: loadavg().map((load) => Number(load.toFixed(2))),
    },
  };
  const lines = rows.map((row) => `${JSON.stringify({ ...circumstances, ...row }, shortNumber)}\n`).join('');
  const file = join(folder, `${facts.bench}.jsonl`);
  appendFileSync(file, lines);
  if (asBaseline) writeFileSync(join(folder, `baseline-${facts.bench}.jsonl`), lines);
  return file;
}

/** The committed baseline's median ratio of each row, by its name. */
export function baselineRatios(root: string, bench: string): ReadonlyMap<string, number> {
  try {
    const lines = readFileSync(join(root, 'bench', 'results', `baseline-${bench}.jsonl`), 'utf8')
      .trim()
      .split('\n');
    const rows = lines.map((line) => JSON.parse(line) as Row);
    return new Map(rows.flatMap((row) => (row.ratio === undefined ? [] : [[row.what, row.ratio.median] as const])));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
}

/** Five digits say all that was measured. */
function shortNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}
