import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Every static rule and the unit tests, in under a minute; each line says what it protects. */
export const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
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
  { name: 'one version everywhere (lerna)', command: ['lerna', 'list', '--all', '--loglevel=error'] },
];

/** Runs one check; prints its output only when it fails. Returns whether it passed. */
export function runCheck({ name, command }: (typeof CHECKS)[number]): boolean {
  const started = performance.now();
  const [program = '', ...args] = command;
  const done = spawnSync(program, args, { cwd: root, encoding: 'utf8', env: { ...process.env, NX_DAEMON: 'false', FORCE_COLOR: '0' } });
  const passed = done.status === 0;
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (!passed) console.log(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}`.trimEnd());
  return passed;
}

if (import.meta.main) {
  const unit = { name: 'unit tests', command: ['vitest', 'run', '--project', 'unit'] };
  const failed = [...CHECKS, unit].filter((check) => !runCheck(check));
  if (failed.length > 0) process.exitCode = 1;
}
