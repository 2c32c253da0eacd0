import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from './openapi.ts';
import { type Operation, ROLES } from './operation.ts';
import { operations } from './operations.ts';
import { PROBLEMS } from './problems.ts';

const document = openApiDocument('1.2.3') as {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown>; security: unknown[] }>>;
  components: { schemas: Record<string, unknown> };
};
const list: Operation[] = Object.values(operations);

describe('the OpenAPI document', () => {
  it('is 3.1 and has every operation under its path and method', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const operation of list) {
      expect(document.paths[operation.path]?.[operation.method.toLowerCase()]?.operationId).toBe(operation.id);
    }
  });

  it('refers only to schemas it contains, and leaves no zod definitions behind', () => {
    const text = JSON.stringify(document);
    expect(text).not.toContain('$defs');
    const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(names.length).toBeGreaterThan(5);
    for (const ref of new Set(names)) {
      expect(ref).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(document.components.schemas)).toContain(ref?.split('/').at(-1));
    }
  });

  it('says 401 and 403 for each operation that needs a token, with the documented problems', () => {
    for (const operation of list) {
      const described = document.paths[operation.path]?.[operation.method.toLowerCase()];
      expect(described?.security).toEqual([{ bearer: [] }]);
      expect(Object.keys(described?.responses ?? {})).toEqual(expect.arrayContaining(['401', '403', '503']));
      for (const code of operation.problems) expect(Object.keys(described?.responses ?? {})).toContain(String(PROBLEMS[code].status));
    }
  });

  it('offers a sign-in when it knows the issuer, beside a ready token', () => {
    const { components, paths } = openApiDocument('1', { issuer: 'https://id.example.test/realms/tenantry' }) as {
      components: { securitySchemes: Record<string, { flows: { authorizationCode: { authorizationUrl: string } } }> };
      paths: Record<string, Record<string, { security: unknown[] }>>;
    };
    expect(components.securitySchemes.person?.flows.authorizationCode.authorizationUrl).toBe(
      'https://id.example.test/realms/tenantry/protocol/openid-connect/auth',
    );
    expect(paths['/v1/customers']?.get?.security).toEqual([{ bearer: [] }, { person: ['openid', 'organization', 'tenantry-api'] }]);
  });

  it('keeps ids in examples', () => {
    const text = JSON.stringify(document.components.schemas.Customer);
    expect(text).toContain('"id":"019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22"');
  });
});

describe('the operations', () => {
  it.each(list.map((operation) => [operation.id, operation] as const))(
    '%s: examples fit their own schemas, roles are known',
    (_, operation) => {
      if (operation.body && operation.body.kind !== 'upload')
        expect(operation.body.schema.safeParse(operation.body.example).success).toBe(true);
      if (operation.success.body) expect(operation.success.body.safeParse(operation.success.example).error?.issues).toBeUndefined();
      for (const role of operation.roles) expect(ROLES).toContain(role);
      expect(operation.writes).toBe(operation.method !== 'GET');
      if (operation.method === 'GET') expect(operation.conditional ?? false).toBe(false);
    },
  );

  it('refuse unknown properties everywhere', () => {
    for (const operation of list) {
      for (const schema of [operation.params, operation.query, operation.body?.kind === 'json' ? operation.body.schema : undefined]) {
        if (schema === undefined) continue;
        // A body of several shapes says first which one it is.
        const shape = schema instanceof z.ZodDiscriminatedUnion ? operation.body : undefined;
        const result = (schema as z.ZodType).safeParse({ ...(shape?.kind === 'json' ? (shape.example as object) : {}), surprise: 1 });
        expect(result.success).toBe(false);
        expect(result.error?.issues.map(({ code }) => code)).toContain('unrecognized_keys');
      }
    }
  });
});
