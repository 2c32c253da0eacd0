import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { bundleOf } from './bundle-product.ts';
import { PRODUCTS } from './product-images.ts';

/** Their memory is why they come late: 7 to 12 MB of heap each, and as much again to read them. */
const HEAVY = ['@aws-sdk/client-s3', '@aws-sdk/lib-storage', 'bullmq', 'ioredis', 'kafkajs', 'moment-timezone', 'sequelize'];

const root = resolve(import.meta.dirname, '../../..');
type Metafile = Awaited<ReturnType<typeof bundleOf>>['metafile'];
let operator: Metafile;
let service: Metafile;

beforeAll(async () => {
  const bundled = [PRODUCTS['tenantry-operator'], PRODUCTS['tenantry-service']].map((product) => bundleOf(root, product));
  [operator, service] = (await Promise.all(bundled)).map(({ metafile }) => metafile) as [Metafile, Metafile];
});

it('the api starts without the clients that few of its requests need', () => {
  const api = atStart('api');
  expect([...api]).toEqual(expect.arrayContaining(['express', 'pg', 'zod']));
  expect(HEAVY.filter((name) => api.has(name))).toEqual([]);
});

it('the relay has its broker and no other server’s client, and the job worker no broker and no Express', () => {
  const relay = atStart('relay');
  expect([...relay]).toEqual(expect.arrayContaining(['kafkajs', 'pg']));
  expect([...HEAVY, 'express'].filter((name) => name !== 'kafkajs' && relay.has(name))).toEqual([]);
  const worker = atStart('job-worker');
  expect([...worker]).toEqual(expect.arrayContaining(['@aws-sdk/client-s3', 'bullmq', 'pg']));
  expect(['express', 'kafkajs', 'sequelize'].filter((name) => worker.has(name))).toEqual([]);
});

it('neither product imports a package late, which works from the sources and not from the bundle', () => {
  const imported = [operator, service].flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([path]) => !path.includes('node_modules/'))
      .flatMap(([path, { imports }]) => imports.map((each) => ({ ...each, from: path }))),
  );
  expect(imported.filter(({ kind, path }) => kind === 'dynamic-import' && path.includes('node_modules/'))).toEqual([]);
  expect(imported.map(({ kind }) => kind)).toContain('dynamic-import');
});

it('the image holds what every role uses late, too', () => {
  expect([...packagesOf(Object.keys(service.outputs))]).toEqual(expect.arrayContaining(HEAVY));
});

/** Packages of npm a role has in memory when it serves, before anybody asks it for anything. */
function atStart(role: string): Set<string> {
  const seen = new Set<string>();
  const read = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const imported of service.outputs[path]?.imports ?? []) if (imported.kind === 'import-statement') read(imported.path);
  };
  for (const name of ['main', `${role}-role`]) {
    read(Object.keys(service.outputs).find((path) => new RegExp(`/${name}(-\\w+)?\\.mjs$`).test(path)) ?? name);
  }
  return packagesOf(seen);
}

/** `a/node_modules/@scope/name/file.js` → `@scope/name`. */
function packagesOf(files: Iterable<string>): Set<string> {
  const inputs = [...files].flatMap((file) => Object.keys(service.outputs[file]?.inputs ?? {}));
  return new Set(inputs.flatMap((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
}
