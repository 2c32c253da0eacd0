import type { Cell } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { fileRoleOf, fileRolesPath } from '../../iam/file-role.ts';
import { FILE_POLICY, type FileRights, type FileRole, type FoundFileRole } from '../../iam/port.ts';
import { filesPlan } from './files-plan.ts';

const BOUNDARY = 'arn:aws:iam::123456789012:policy/edge';
const tenantId = '0198a0c5-7d3f-7c1e-8a2b-3c4d5e6f7a8b';
const path = fileRolesPath('eu1');
const cell = {
  name: 'eu1',
  s3: {
    endpoint: 'https://s3.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
    bucket: 'files',
    forcePathStyle: false,
    encryption: { algorithm: 'aws:kms', kmsKeyId: 'arn:aws:kms:eu-central-1:123456789012:key/1' },
    tenantRoles: { oidcProvider: 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A', permissionsBoundary: BOUNDARY },
  },
} as unknown as Cell;

function roleWith(rights: FileRights = 'all'): FileRole {
  const role = fileRoleOf({ cell, tenantId, namespace: 'tenantry-tenants', serviceAccount: 'acme-api' }, rights);
  if (role === undefined) throw new Error('no role');
  return role;
}

function asMade(role: FileRole, more: Partial<FoundFileRole> = {}): FoundFileRole {
  const policies = new Map([[FILE_POLICY, role.policy]]);
  return { path, trust: role.trust, policies, attached: [], boundary: BOUNDARY, ...more };
}

const kinds = (wanted: FileRole | undefined, role: FoundFileRole | undefined, hasRules = true) => {
  const plan = filesPlan(wanted, path, { role, hasRules });
  return 'refused' in plan
    ? plan.refused.reason
    : plan.changes.map((change) => ('policy' in change ? `${change.kind} ${change.policy}` : change.kind));
};

it('makes what is missing, and nothing when all is as wanted', () => {
  expect(kinds(roleWith(), undefined, false)).toEqual(['create', 'policy', 'rules']);
  expect(kinds(roleWith(), asMade(roleWith()))).toEqual([]);
  expect(kinds(undefined, undefined)).toEqual([]);
});

it('takes documents as the same that Amazon has written in its own way', () => {
  const rewritten = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length === 1 ? rewritten(value[0]) : value.map(rewritten).reverse();
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, member]) => [name, rewritten(member)])
        .reverse(),
    );
  };
  const role = roleWith();
  const policies = new Map([[FILE_POLICY, rewritten(role.policy) as object]]);
  expect(kinds(role, asMade(role, { trust: rewritten(role.trust) as object, policies }))).toEqual([]);
});

it('puts back whatever would let anybody do more', () => {
  const role = roleWith();
  const wide = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
  expect(kinds(role, asMade(role, { policies: new Map([[FILE_POLICY, wide]]) }))).toEqual(['policy']);
  expect(kinds(role, asMade(role, { policies: new Map([['more', wide]]) }))).toEqual(['remove-policy more', 'policy']);
  expect(kinds(role, asMade(role, { attached: ['arn:x'] }))).toEqual(['detach-policy arn:x']);
  expect(kinds(role, asMade(role, { trust: { Statement: [{ Principal: '*' }] } }))).toEqual(['trust']);
  expect(kinds(role, asMade(role, { boundary: undefined }))).toEqual(['boundary']);
  expect(kinds({ ...role, boundary: undefined }, asMade(role)), 'a boundary of somebody else’s only narrows').toEqual([]);
});

it('narrows the policy of a read-only and of a suspended tenant', () => {
  for (const rights of ['read', 'none'] as const) expect(kinds(roleWith(rights), asMade(roleWith()))).toEqual(['policy']);
  expect(JSON.stringify(roleWith('read').policy)).not.toMatch(/Put|Delete|Generate/);
  expect(JSON.stringify(roleWith('none').policy)).not.toContain('Allow');
});

it('removes the role of a tenant that is pooled, and touches no role that is not ours', () => {
  expect(kinds(undefined, asMade(roleWith()))).toEqual(['delete']);
  expect(kinds(undefined, asMade(roleWith(), { path: '/' }))).toBe('Conflict');
  expect(kinds(roleWith(), asMade(roleWith(), { path: '/' }))).toBe('Conflict');
});

it('lets only the tenant’s own service account take the role, and only for the tenant’s own files', () => {
  const { trust, policy, arn } = roleWith();
  expect(arn).toBe(`arn:aws:iam::123456789012:role/tenantry/eu1/tenantry-t-${tenantId}`);
  expect(trust).toMatchObject({
    Statement: [
      {
        Condition: {
          StringEquals: {
            'oidc.example.com/id/A:sub': 'system:serviceaccount:tenantry-tenants:acme-api',
            'oidc.example.com/id/A:aud': 'sts.amazonaws.com',
          },
        },
      },
    ],
  });
  const own = `t/${tenantId}/*`;
  expect(policy).toMatchObject({
    Statement: [
      { Resource: `arn:aws:s3:::files/${own}` },
      { Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': own } } },
      {
        Sid: 'KeyOfOwnFiles',
        Condition: { StringLike: { 'kms:EncryptionContext:aws:s3:arn': ['arn:aws:s3:::files', `arn:aws:s3:::files/${own}`] } },
      },
    ],
  });
});
