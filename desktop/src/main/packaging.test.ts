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
  readonly publish: { readonly provider: string; readonly url: string };
  readonly mac: { readonly target: readonly string[] };
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

it('looks for newer versions nowhere unless whoever packs it says where, and has what is needed to be told', () => {
  // Without a `publish` there is no app-update.yml, and in that is whose signature an update for Windows has to have.
  expect(packaging.publish).toEqual({ provider: 'generic', url: 'https://updates.invalid' });
  // macOS is updated from the zip; the dmg is for people.
  expect(packaging.mac.target).toContain('zip');
});

it('is the Electron its types are checked against, exactly one (16), under one name', () => {
  const own = read<{ productName: string; devDependencies: Record<string, string> }>('package.json');
  expect(packaging.electronVersion).toMatch(/^\d+\.\d+\.\d+$/);
  expect(packaging.electronVersion).toBe(own.devDependencies.electron);
  expect(packaging.productName).toBe(own.productName);
});
