import { setTimeout as sleep } from 'node:timers/promises';
import type { Part, PartContext } from './part.ts';
import { findProcess, lastLogLines, logFile } from './process.ts';

export type PartState = 'waiting' | 'installing' | 'installed' | 'starting' | 'ready' | 'failed' | 'skipped' | 'stopping' | 'stopped';

/** One change of one part, for whoever shows it. */
export interface PartReport {
  readonly part: Part;
  readonly state: PartState;
  /** What it does right now, or why it failed (several lines then). */
  readonly text: string;
  /** Since its work began; install and start together. */
  readonly seconds: number;
}

export interface SupervisorOptions {
  /** Context without the voice; each part gets its own. */
  readonly context: Omit<PartContext, 'progress'>;
  readonly report: (report: PartReport) => void;
  /** Asked while parts start: an abort leaves running parts running. */
  readonly signal?: AbortSignal;
}

export interface PartOutcome {
  readonly part: Part;
  readonly state: 'ready' | 'failed' | 'skipped';
  readonly installSeconds: number;
  /** From start to ready. */
  readonly startSeconds: number;
  readonly error?: Error;
}

/**
 * Installs all parts in parallel and starts each when its needs are ready. A part that fails takes only those that need it along:
 * they are `skipped`, everything else comes up. Resolves when each part is ready, failed or skipped; never rejects for a part's fault.
 */
export async function bringUp(parts: readonly Part[], options: SupervisorOptions): Promise<PartOutcome[]> {
  const outcomes = new Map<string, Promise<PartOutcome>>();
  for (const part of parts) outcomes.set(part.name, bringUpOne(part, outcomes, options));
  return await Promise.all(outcomes.values());
}

/** True when everything came up that something counts on. */
export function isComplete(outcomes: readonly PartOutcome[]): boolean {
  return outcomes.every(({ part, state }) => state === 'ready' || part.optional === true);
}

/** Stops parts in reverse order of need, those that do not need each other in parallel. @throws AggregateError after trying all. */
export async function bringDown(parts: readonly Part[], options: SupervisorOptions): Promise<void> {
  const stopped = new Map<string, Promise<void>>();
  const failures: Error[] = [];
  for (const part of [...parts].reverse()) {
    const before = parts.filter((other) => other.needs.includes(part.name)).map((other) => stopped.get(other.name));
    stopped.set(
      part.name,
      stopOne(part, before, options).catch((error: Error) => void failures.push(error)),
    );
  }
  await Promise.all(stopped.values());
  if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join('\n'));
}

/**
 * Looks after running parts until the signal: one that dies is reported as failed once, with its last log lines and hint; the rest stay up.
 */
export async function watchParts(parts: readonly Part[], options: SupervisorOptions & { readonly signal: AbortSignal }): Promise<void> {
  const dead = new Set<string>();
  while (!options.signal.aborted) {
    for (const part of parts) {
      const process = await deadProcess(part, options);
      if (process === undefined) {
        dead.delete(part.name); // Somebody started it again.
        continue;
      }
      if (dead.has(part.name)) continue;
      dead.add(part.name);
      options.report({ part, state: 'failed', text: (await deathNotice(part, process, options)).message, seconds: 0 });
    }
    await sleep(1000, undefined, { signal: options.signal }).catch(() => {});
  }
}

/** True when every process of the part lives. A part without processes is judged by `ready` alone. */
export async function isRunning(part: Part, context: Pick<PartContext, 'paths'>): Promise<boolean> {
  if (part.processes.length === 0) return false;
  return (await Promise.all(part.processes.map((name) => findProcess(context.paths, name)))).every(Boolean);
}

async function bringUpOne(part: Part, outcomes: Map<string, Promise<PartOutcome>>, options: SupervisorOptions): Promise<PartOutcome> {
  await Promise.resolve(); // So that the outcome of every part is in the map before one looks for its needs.
  const clock = stopwatch();
  let state: PartState = 'waiting';
  let [installSeconds, startSeconds] = [0, 0];
  const tell = (next: PartState, text = ''): void => {
    state = next;
    options.report({ part, state, text, seconds: clock() });
  };
  const context: PartContext = { ...options.context, progress: (text) => tell(state, text) };
  try {
    if (part.needsRoot && process.getuid?.() !== 0) throw new Error(`${part.name} needs root: run as root, or leave it out`);
    if (!(await part.installed(context))) {
      tell('installing');
      await unlessAborted(part.install(context), options.signal);
      installSeconds = clock();
    }
    tell('installed', part.needs.length > 0 ? `waiting for ${part.needs.join(', ')}` : '');
    for (const need of part.needs) {
      const outcome = await outcomes.get(need);
      if (outcome && outcome.state !== 'ready') {
        tell('skipped', `needs ${need}, which is not ready`);
        return { part, state: 'skipped', installSeconds, startSeconds };
      }
    }
    options.signal?.throwIfAborted();
    const startClock = stopwatch();
    tell('starting');
    await part.start(context);
    await unlessAborted(readyOrDead(part, context, options), options.signal);
    startSeconds = startClock();
    tell('ready', part.address(context));
    return { part, state: 'ready', installSeconds, startSeconds };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (options.signal?.aborted && cause === options.signal.reason) {
      tell('skipped', 'told to stop before it was ready');
      return { part, state: 'skipped', installSeconds, startSeconds };
    }
    tell('failed', error.message);
    return { part, state: 'failed', installSeconds, startSeconds, error };
  }
}

async function stopOne(part: Part, before: readonly (Promise<void> | undefined)[], options: SupervisorOptions): Promise<void> {
  await Promise.all(before);
  const clock = stopwatch();
  const tell = (state: PartState, text = ''): void => options.report({ part, state, text, seconds: clock() });
  try {
    tell('stopping');
    await part.stop({ ...options.context, progress: (text) => tell('stopping', text) });
    tell('stopped');
  } catch (cause) {
    tell('failed', `did not stop: ${(cause as Error).message}`);
    throw new Error(`${part.name} did not stop: ${(cause as Error).message}`, { cause });
  }
}

/** Whoever stops need not wait for a download or a server's slow start. What is abandoned is ended by the stop that follows. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  work.catch(() => {}); // It may fail after nobody waits for it any more.
  const over = new AbortController();
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
      if (signal.aborted) reject(signal.reason);
    });
    return await Promise.race([work, aborted]);
  } finally {
    over.abort();
  }
}

/** `ready` alone would wait out its limit when the process is gone in the first second. */
async function readyOrDead(part: Part, context: PartContext, options: SupervisorOptions): Promise<void> {
  const over = new AbortController();
  const death = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      const process = await deadProcess(part, options);
      if (process !== undefined) throw await deathNotice(part, process, options);
      await sleep(200, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  try {
    await Promise.race([
      part.ready(context).catch(async (cause: Error) => {
        const process = part.processes[0];
        const tail = process === undefined ? '' : await logTail(process, options);
        throw new Error(`${cause.message}${tail}\n  Hint: ${part.hint}`, { cause });
      }),
      death,
    ]);
  } finally {
    over.abort();
    await death.catch(() => {});
  }
}

async function deadProcess(part: Part, options: SupervisorOptions): Promise<string | undefined> {
  for (const name of part.processes) if (!(await findProcess(options.context.paths, name))) return name;
  return undefined;
}

async function deathNotice(part: Part, process: string, options: SupervisorOptions): Promise<Error> {
  return new Error(`${process} is not running any more.${await logTail(process, options)}\n  Hint: ${part.hint}`);
}

async function logTail(process: string, options: SupervisorOptions): Promise<string> {
  const lines = await lastLogLines(options.context.paths, process);
  return `\n  The end of ${logFile(options.context.paths, process)}:${lines.map((line) => `\n    ${line}`).join('')}`;
}

function stopwatch(): () => number {
  const from = performance.now();
  return () => (performance.now() - from) / 1000;
}
