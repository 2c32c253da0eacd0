import { type ChildProcess, spawn } from 'node:child_process';
import { cleanEnvironment } from './environment.ts';

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to its standard input. */
  readonly input?: string;
  /** Called with each line of output as it comes, for progress. */
  readonly onLine?: (line: string) => void;
  /** Killed after this. No limit unless given. */
  readonly limitMs?: number;
}

/** A command was ended by a signal: somebody stopped it, and trying it again is not what they want. */
export class CommandEnded extends Error {
  override readonly name = 'CommandEnded';
}

/** Commands under way in this process. */
const running = new Set<ChildProcess>();

let shielded = false;

/**
 * Ends every command under way; their callers see them fail. For a person who stops in the middle of a long build: without it the build
 * would go on alone.
 */
export function endCommands(): void {
  for (const child of running) child.kill('SIGTERM');
}

/** From now on a Ctrl-C in the terminal does not reach new commands: a second one must not break the stop that the first one asked for. */
export function shieldCommands(): void {
  shielded = true;
}

/**
 * Runs a program to its end and gives what it wrote to standard output.
 * @throws with the command and its last lines when it cannot start or fails; CommandEnded when it took too long or was stopped.
 */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    env: cleanEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: shielded,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.limitMs === undefined ? {} : { timeout: options.limitMs, killSignal: 'SIGKILL' as const }),
  });
  running.add(child);
  let stdout = '';
  let all = '';
  const take = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    all = (all + text).slice(-20_000);
    if (options.onLine) for (const line of text.split(/[\r\n]+/)) if (line.trim() !== '') options.onLine(line.trim());
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
    take(chunk);
  });
  child.stderr.on('data', take);
  child.stdin.on('error', () => {}); // A program that does not read its input closes it; its exit status tells.
  child.stdin.end(options.input ?? '');
  let endedBy: NodeJS.Signals | null = null;
  const status = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      endedBy = signal;
      resolve(code === 0 ? '' : signal ? `was ended by ${signal}` : `exited with ${code}`);
    });
  });
  running.delete(child);
  if (status === '') return stdout;
  const tail = all.trimEnd().split('\n').slice(-10).join('\n  ');
  const message = `${command} ${args.slice(0, 3).join(' ')}${args.length > 3 ? ' …' : ''} ${status}${tail ? `\n  ${tail}` : ''}`;
  throw endedBy === null ? new Error(message) : new CommandEnded(message);
}
