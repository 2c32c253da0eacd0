import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LINK_SCHEME } from './deep-link.ts';

interface Packaging {
  readonly electronVersion: string;
  readonly productName: string;
  readonly asar: boolean;
  readonly files: readonly string[];
  readonly electronFuses: Readonly<Record<string, boolean>>;
  readonly protocols: readonly { readonly schemes: readonly string[] }[];
}

const read = <Form>(file: string): Form => JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) as Form;
const packaging = read<Packaging>('electron-builder.json');

it('is packed with every fuse as Electron’s security checklist asks (19); the other points are in e2e/desktop-electron', () => {
  expect(packaging.electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  });
  expect(packaging.asar).toBe(true);
});

it('holds what was built and nothing else, and opens the links that the main process knows', () => {
  expect(packaging.files).toEqual(['package.json', 'dist/app/**', '!node_modules/**']);
  expect(packaging.protocols.flatMap(({ schemes }) => schemes)).toEqual([LINK_SCHEME]);
});

it('is the Electron its types are checked against, exactly one (16), under one name', () => {
  const own = read<{ productName: string; devDependencies: Record<string, string> }>('package.json');
  expect(packaging.electronVersion).toMatch(/^\d+\.\d+\.\d+$/);
  expect(packaging.electronVersion).toBe(own.devDependencies.electron);
  expect(packaging.productName).toBe(own.productName);
});
