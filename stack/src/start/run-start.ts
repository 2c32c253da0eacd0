import { PLATFORM, withNeeds } from '../catalogue.ts';
import { diagnose } from '../doctor.ts';
import { downParts, runnableParts, stackContext, upParts } from '../local-stack.ts';
import type { Part, PartContext } from '../part.ts';
import { makeFolders } from '../paths.ts';
import { progressLine, progressLines } from '../progress-lines.ts';
import { bringUp, isComplete, isRunning, type PartOutcome, type PartReport, watchParts } from '../supervisor.ts';
import { announce } from './announce.ts';
import { installPlan, installPlanText } from './install-plan.ts';
import { runSpecifications } from './run-specifications.ts';
import { sampleStages } from './sample-stages.ts';
import { stagePart } from './stage.ts';
import { takeStartLock } from './start-lock.ts';
import type { StartOptions } from './start-options.ts';
import { readStartRecord } from './start-record.ts';
import { recordTimings } from './timings.ts';

/** Preflight → plan → servers and platform → tenants, people, customers → table → foreground until the signal → stop in order. @returns the exit code. */
export async function runStart(options: StartOptions, signal: AbortSignal): Promise<number> {
  const context = stackContext();
  const plan = await installPlan(PLATFORM, context);
  const parts = runnable(plan);
  const { problems } = await diagnose(parts);
  for (const problem of problems) say(`${problem.blocks ? '✗' : '!'} ${problem.what}\n    ${problem.fix}`);
  say(installPlanText(plan, context.paths));
  if (parts.length < PLATFORM.length) {
    say(`Without root only what is installed can run: ${parts.map((part) => part.name).join(', ')}. \`npm run doctor\` lists the rest.`);
  }
  if (options.dryRun) return 0;
  if (problems.some((problem) => problem.blocks)) {
    say('Nothing was started. Fix what is marked ✗ and try again.');
    return 1;
  }
  await makeFolders(context.paths);
  try {
    await using _lock = await takeStartLock(context.paths);
    return await upThenDown(options, parts, context, signal);
  } catch (error) {
    say((error as Error).message);
    return 1;
  }
}

/** With root everything; without, what needs none and is installed: installing takes root. */
function runnable(plan: Awaited<ReturnType<typeof installPlan>>): Part[] {
  if (process.getuid?.() === 0) return runnableParts(true, PLATFORM);
  const there = plan.filter((part) => part.installed).map((part) => part.name);
  return runnableParts(false, PLATFORM).filter((part) => withNeeds([part.name]).every((need) => there.includes(need.name)));
}

async function upThenDown(
  options: StartOptions,
  parts: readonly Part[],
  context: Omit<PartContext, 'progress'>,
  signal: AbortSignal,
): Promise<number> {
  let exitCode = 1;
  try {
    const outcomes = await start(options, parts, context, signal);
    exitCode = isComplete(outcomes) ? 0 : 1;
    if (options.check) exitCode = exitCode === 0 ? await runSpecifications(context.paths, signal) : 1;
    else if (!signal.aborted) exitCode = await stay(parts, context, exitCode, signal);
  } catch (error) {
    if (!signal.aborted) say(`✗ ${(error as Error).message}`);
  }
  const stopped = await stop(parts, context);
  // Ending because a person asked is no failure, wherever it was; a check that did not come to its end is.
  if (signal.aborted && !options.check) exitCode = 0;
  return stopped ? exitCode : 1;
}

/** Everything up to the table. */
async function start(
  options: StartOptions,
  parts: readonly Part[],
  context: Omit<PartContext, 'progress'>,
  signal: AbortSignal,
): Promise<PartOutcome[]> {
  const began = performance.now();
  const before = await readStartRecord(context.paths);
  const reused = (await Promise.all(parts.map((part) => isRunning(part, context)))).some(Boolean);
  const lines = progressLines(parts);
  const names = parts.map((part) => part.name);
  const outcomes = await upParts(names, { report: lines.report, signal, onWait: say }).finally(() => lines.end());
  if (!signal.aborted && parts.length === PLATFORM.length && isComplete(outcomes)) {
    const stages = sampleStages({ context, madeBefore: before?.tenants ?? [], signal }).map(stagePart);
    const stageLines = progressLines(stages);
    outcomes.push(...(await bringUp(stages, { context, report: stageLines.report, signal }).finally(() => stageLines.end())));
  }
  if (signal.aborted) return outcomes;
  if (!reused) await recordTimings(context.paths, outcomes, before === undefined);
  await announce({ context, outcomes, before, seconds: (performance.now() - began) / 1000, timings: options.timings });
  return outcomes;
}

/** In the foreground: a part that dies is told with its last lines, the rest stay up. */
async function stay(
  parts: readonly Part[],
  context: Omit<PartContext, 'progress'>,
  exitCode: number,
  signal: AbortSignal,
): Promise<number> {
  if (exitCode !== 0) say('\nNot everything came up; see ✗ above. What runs stays up for a look. Ctrl-C stops it.');
  const started = parts.filter((part) => part.processes.length > 0);
  await watchParts(started, {
    context,
    signal,
    report: (report) => say(`\n${progressLine(report)}\n  The rest stays up. Once it is fixed: npm run stack -- up ${report.part.name}`),
  });
  return exitCode;
}

async function stop(parts: readonly Part[], { paths }: Omit<PartContext, 'progress'>): Promise<boolean> {
  const began = performance.now();
  say('');
  const lines = progressLines(parts);
  const report = (each: PartReport): void => (parts.includes(each.part) ? lines.report(each) : undefined);
  try {
    await downParts([], { report, onWait: say }).finally(() => lines.end());
    say(`stopped in ${((performance.now() - began) / 1000).toFixed(0)} s, data kept in ${paths.run}`);
    return true;
  } catch (error) {
    say(`✗ ${(error as Error).message}\n\`npm run stop\` tries again.`);
    return false;
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
