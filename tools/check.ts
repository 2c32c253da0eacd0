import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Every static rule and the unit tests, in under a minute; each line says what it protects. */
export const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the desktop’s window', command: ['tsc', '-p', 'desktop/tsconfig.json'] },
  {
    name: 'layers',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      'contracts',
      'tenant-schema',
      'operator',
      'tenant-service',
      'desktop',
      'stack',
      'e2e',
      'bench',
      'tools',
    ],
  },
  { name: 'unused files, exports, dependencies', command: ['knip', '--no-progress'] },
  { name: 'names', command: ['node', 'tools/check/names.ts'] },
  { name: 'links in documents', command: ['node', 'tools/check/doc-links.ts'] },
  { name: 'generated files are fresh', command: ['node', 'tools/check/generated-is-fresh.ts'] },
  { name: 'events only gain', command: ['node', 'tools/check/events-are-compatible.ts'] },
  { name: 'npm ci takes the lockfile', command: ['node', 'tools/check/lockfile-is-complete.ts'] },
  { name: 'one version everywhere (lerna)', command: ['lerna', 'list', '--all', '--loglevel=error'] },
];

/** Runs one check; prints its output only when it fails. Returns whether it passed. */
export async function runCheck({ name, command }: (typeof CHECKS)[number], signal?: AbortSignal): Promise<boolean> {
  const started = performance.now();
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NX_DAEMON: 'false', FORCE_COLOR: '0' },
    ...(signal === undefined ? {} : { signal }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const [status] = await once(child, 'close').catch((error: Error) => [error.message]);
  const passed = status === 0;
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (!passed) console.log(`${output.trimEnd()}${typeof status === 'string' ? `\n${program}: ${status}` : ''}`);
  return passed;
}

if (import.meta.main) {
  const unit = { name: 'unit tests', command: ['vitest', 'run', '--project', 'unit'] };
  for (const check of [...CHECKS, unit]) if (!(await runCheck(check))) process.exitCode = 1;
}
