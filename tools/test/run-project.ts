import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { filesWithoutAStage, type Totals, totalsOf, type VitestReport, withTriedAgain } from '../test-summary.ts';
import type { Project } from './test-plan.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * Runs one vitest project to its end and counts. Its report stays in `.run/test/<project>.json`. Files whose hook before the tests failed, which on a
 * busy machine it does by waiting in vain, are run once more, alone; the totals name them. What vitest itself complains about although every test
 * passed (an error after the last test, a worker that died) counts as one failure.
 */
export async function runProject(project: Project, filters: readonly string[], signal: AbortSignal): Promise<Totals> {
  // A filter may fit files of one project only; a run in which nothing at all passed fails in the end.
  const first = await runVitest(project, project, filters.length === 0 ? [] : ['--passWithNoTests', ...filters], signal);
  const stageless = first.report === undefined ? [] : filesWithoutAStage(first.report);
  if (stageless.length === 0 || signal.aborted) return totalsOfRun(project, first);
  console.log(`\nonce more, alone: ${stageless.join(' ')}`);
  const again = await runVitest(project, `${project}-again`, stageless, signal);
  return totalsOfRun(project, mergedRun(first, again));
}

interface VitestRun {
  /** Of vitest; null when a signal ended it. */
  readonly code: number | null;
  /** Missing when it found nothing to run or broke. */
  readonly report: VitestReport | undefined;
}

async function runVitest(project: Project, name: string, filters: readonly string[], signal: AbortSignal): Promise<VitestRun> {
  const report = join(root, '.run', 'test', `${name}.json`);
  await mkdir(join(root, '.run', 'test'), { recursive: true });
  await rm(report, { force: true });
  const vitest = spawn(process.execPath, [...vitestArguments(project, report), ...filters], { cwd: root, stdio: 'inherit' });
  const end = (): void => void vitest.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code] = (await once(vitest, 'close')) as [number | null];
  signal.removeEventListener('abort', end);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return { code, report: text === undefined ? undefined : JSON.parse(text) };
}

function mergedRun(first: VitestRun, again: VitestRun): VitestRun {
  if (first.report === undefined || again.report === undefined) return first;
  const report = withTriedAgain(first.report, again.report);
  // A hook after the tests fails its file and none of its tests.
  return { code: report.testResults.some(({ status }) => status === 'failed') ? first.code : again.code, report };
}

function totalsOfRun(project: Project, { code, report }: VitestRun): Totals {
  if (report === undefined && code === 0) return { passed: 0, failed: 0, names: [] };
  if (report === undefined) return { passed: 0, failed: 1, names: [`${project}: vitest ended with ${code} and no report`] };
  const totals = totalsOf(report);
  if (code === 0 || totals.failed > 0) return totals;
  return { ...totals, failed: 1, names: [`${project}: vitest ended with ${code} although no test failed; its output above says why`] };
}

function vitestArguments(project: Project, report: string): string[] {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return [vitest, 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
}
