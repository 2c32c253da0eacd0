import { readFileSync } from 'node:fs';
import {
  TenantAccessSpec,
  TenantAccessStatus,
  TenantBackupSpec,
  TenantBackupStatus,
  TenantClassSpec,
  TenantClassStatus,
  TenantRestoreSpec,
  TenantRestoreStatus,
  TenantSpec,
  TenantStatus,
} from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

/** As much of a schema as both dialects have. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly [other: string]: unknown;
}

const file = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const schemaOf = (name: string): Schema => parse(file(name)).spec.versions[0].schema.openAPIV3Schema;
const tenant = schemaOf('tenantry.dev_tenants.yaml');
const tenantClass = schemaOf('tenantry.dev_tenantclasses.yaml');
const tenantAccess = schemaOf('tenantry.dev_tenantaccesses.yaml');
const tenantBackup = schemaOf('tenantry.dev_tenantbackups.yaml');
const tenantRestore = schemaOf('tenantry.dev_tenantrestores.yaml');

/** What must agree: names, requiredness, defaults and limits. Prose, CEL and merge keys exist on one side only. */
const SAME = ['type', 'enum', 'default', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

function essence(schema: Schema): unknown {
  const same = Object.fromEntries(SAME.filter((name) => schema[name] !== undefined).map((name) => [name, schema[name]]));
  // zod says "integer" by limits of the safe range; an enum of strings needs no type to be the same.
  if (same.maximum === Number.MAX_SAFE_INTEGER) delete same.maximum;
  if (same.minimum === Number.MIN_SAFE_INTEGER) delete same.minimum;
  const properties = Object.entries(schema.properties ?? {}).map(([name, below]) => [name, essence(below)] as const);
  return {
    ...same,
    ...(schema.items === undefined ? {} : { items: essence(schema.items) }),
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties), required: [...(schema.required ?? [])].sort() }),
  };
}

/** Every schema in the tree with its path. */
function* walk(schema: Schema, path: string): Generator<readonly [string, Schema]> {
  yield [path, schema];
  for (const [name, below] of Object.entries(schema.properties ?? {})) yield* walk(below, `${path}.${name}`);
  if (schema.items !== undefined) yield* walk(schema.items, `${path}[]`);
}

describe('the custom resources and their types in contracts', () => {
  it.each([
    ['Tenant spec', tenant.properties?.spec, TenantSpec],
    ['Tenant status', tenant.properties?.status, TenantStatus],
    ['TenantClass spec', tenantClass.properties?.spec, TenantClassSpec],
    ['TenantClass status', tenantClass.properties?.status, TenantClassStatus],
    ['TenantAccess spec', tenantAccess.properties?.spec, TenantAccessSpec],
    ['TenantAccess status', tenantAccess.properties?.status, TenantAccessStatus],
    ['TenantBackup spec', tenantBackup.properties?.spec, TenantBackupSpec],
    ['TenantBackup status', tenantBackup.properties?.status, TenantBackupStatus],
    ['TenantRestore spec', tenantRestore.properties?.spec, TenantRestoreSpec],
    ['TenantRestore status', tenantRestore.properties?.status, TenantRestoreStatus],
  ])('say the same: %s', (_, openApi, type) => {
    const fromZod = z.toJSONSchema(type, { io: 'input' }) as Schema;
    expect(essence(fromZod)).toEqual(essence(openApi as Schema));
  });
});

describe.each([
  ['tenantry.dev_tenants.yaml', tenant],
  ['tenantry.dev_tenantclasses.yaml', tenantClass],
  ['tenantry.dev_tenantaccesses.yaml', tenantAccess],
  ['tenantry.dev_tenantbackups.yaml', tenantBackup],
  ['tenantry.dev_tenantrestores.yaml', tenantRestore],
])('%s', (name, schema) => {
  const fields = [...walk(schema, '')].filter(([path]) => path !== '.metadata');

  it('describes every field, for kubectl explain', () => {
    expect(fields.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
  });

  it('bounds every text and list, so that rules stay cheap and objects small', () => {
    const isUnbounded = (each: Schema) =>
      (each.type === 'string' && each.maxLength === undefined && each.enum === undefined && each.format === undefined) ||
      (each.type === 'array' && each.maxItems === undefined);
    const own = fields.filter(([path]) => path !== '.apiVersion' && path !== '.kind');
    expect(own.filter(([, each]) => isUnbounded(each)).map(([path]) => path)).toEqual([]);
  });

  it('is small enough for a client-side kubectl apply, which stores it twice', () => {
    expect(file(name).length).toBeLessThan(200 * 1024);
  });

  it('takes no short name that another operator has, and stays out of the category all', () => {
    const { names } = parse(file(name)).spec;
    for (const taken of ['tnt', 'tenant']) expect(names.shortNames).not.toContain(taken);
    expect(names.categories).toEqual(['tenantry']);
  });
});
