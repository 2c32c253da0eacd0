import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Paths } from '../paths.ts';

/** The end-to-end project of `npm test` on what runs; it ends with `N passed, N failed`. @returns its exit code. */
export async function runSpecifications(paths: Paths, signal: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [join(paths.root, 'tools', 'test.ts'), 'e2e'], { cwd: paths.root, stdio: 'inherit' });
  // It hears a Ctrl-C of the terminal itself; told twice it says so and goes on ending.
  const end = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', end);
  return code ?? 1;
}
