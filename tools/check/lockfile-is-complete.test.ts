import { expect, it } from 'vitest';
import { missingEntries } from './lockfile-is-complete.ts';

it('adds what npm left out because a registry did not carry it, so that npm ci takes the lockfile', () => {
  const wants = { version: '2.0.0', optionalDependencies: { '@tool/linux-x64-musl': '2.0.0', '@tool/darwin-arm64': '2.0.0' } };
  expect(missingEntries({ packages: { '': {}, 'node_modules/tool': wants } })).toEqual({
    'node_modules/@tool/linux-x64-musl': { version: '2.0.0', cpu: ['x64'], libc: ['musl'], optional: true, os: ['linux'] },
    'node_modules/@tool/darwin-arm64': { version: '2.0.0', cpu: ['arm64'], optional: true, os: ['darwin'] },
  });
});

it('finds a package that is locked in a folder above', () => {
  const packages = {
    '': {},
    'node_modules/a/node_modules/b': { optionalDependencies: { 'c-linux-x64': '1.0.0' } },
    'node_modules/c-linux-x64': { version: '1.0.0' },
  };
  expect(missingEntries({ packages })).toEqual({});
});

it('does not guess the platform of a package whose name does not say it', () => {
  expect(() => missingEntries({ packages: { '': { optionalDependencies: { fsevents: '2.3.3' } } } })).toThrow('fsevents 2.3.3');
});
