import { expect, it } from 'vitest';
import { completeLockfile, type Lockfile } from './complete-lockfile.ts';

const locked = (packages: Lockfile['packages']): Lockfile => ({ packages });

it('adds a binary of another platform that the registry did not offer, without making anybody fetch it', () => {
  const lock = locked({ 'node_modules/tool': { version: '2.0.0', optionalDependencies: { '@tool/cli-linux-arm64-musl': '2.0.0' } } });
  expect(completeLockfile(lock)).toBe(1);
  expect(lock.packages['node_modules/@tool/cli-linux-arm64-musl']).toEqual({
    version: '2.0.0',
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
    optional: true,
  });
});

it('leaves what is locked alone, beside its owner or above it', () => {
  const lock = locked({
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/tool': {
      version: '1.0.0',
      optionalDependencies: { 'tool-linux-x64': '1.0.0', 'tool-darwin-x64': '1.0.0' },
    },
    'node_modules/a/node_modules/tool-linux-x64': { version: '1.0.0' },
    'node_modules/tool-darwin-x64': { version: '1.0.0' },
  });
  expect(completeLockfile(lock)).toBe(0);
});

it('leaves out an optional package whose name tells no platform', () => {
  expect(completeLockfile(locked({ 'node_modules/a': { optionalDependencies: { fsevents: '2.0.0', 'a-linux-x64': '^1.0.0' } } }))).toBe(0);
});
