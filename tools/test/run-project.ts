import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Totals, totalsOf } from '../test-summary.ts';
import type { Project } from './test-plan.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * Runs one vitest project to its end and counts. Its report stays in `.run/test/<project>.json`. What vitest itself complains about although
 * every test passed (an error after the last test, a worker that died) counts as one failure.
 */
export async function runProject(project: Project, filters: readonly string[], signal: AbortSignal): Promise<Totals> {
  const report = join(root, '.run', 'test', `${project}.json`);
  await mkdir(join(root, '.run', 'test'), { recursive: true });
  await rm(report, { force: true });
  // A filter may fit files of one project only; a run in which nothing at all passed fails in the end.
  const narrowed = filters.length === 0 ? [] : ['--passWithNoTests', ...filters];
  const vitest = spawn(process.execPath, [...vitestArguments(project, report), ...narrowed], { cwd: root, stdio: 'inherit' });
  const end = (): void => void vitest.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code] = (await once(vitest, 'close')) as [number | null];
  signal.removeEventListener('abort', end);
  const totals = await readTotals(report);
  if (totals === undefined && code === 0) return { passed: 0, failed: 0, names: [] };
  if (totals === undefined) return { passed: 0, failed: 1, names: [`${project}: vitest ended with ${code} and no report`] };
  if (code === 0 || totals.failed > 0) return totals;
  return { ...totals, failed: 1, names: [`${project}: vitest ended with ${code} although no test failed; its output above says why`] };
}

function vitestArguments(project: Project, report: string): string[] {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return [vitest, 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
}

async function readTotals(report: string): Promise<Totals | undefined> {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : totalsOf(JSON.parse(text));
}
