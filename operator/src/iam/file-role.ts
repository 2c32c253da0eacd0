import { type Cell, tenantKeys } from '@tenantry/contracts';
import { tenantPrefix } from '../s3/port.ts';
import type { FileRights, FileRole } from './port.ts';

/** Whom tokens of replicas are made out to, as STS demands it. */
export const TOKEN_AUDIENCE = 'sts.amazonaws.com';

/** Of whom the role is. */
export interface FileRoleOwner {
  readonly cell: Cell;
  readonly tenantId: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** All roles of a cell. */
export function fileRolesPath(cell: string): string {
  return `/tenantry/${cell}/`;
}

/** ARN of the role that replicas of this tenant take; undefined where the cell offers none. */
export function fileRoleArn({ s3, name }: Cell, tenantId: string): string | undefined {
  if (s3?.tenantRoles === undefined) return undefined;
  const [, partition, , , account] = s3.tenantRoles.oidcProvider.split(':');
  return `arn:${partition}:iam::${account}:role${fileRolesPath(name)}${tenantKeys(tenantId).fileRole}`;
}

/** The role as it should be: taken by the tenant's own service account alone, and reaching the tenant's own files alone. Pure. */
export function fileRoleOf({ cell, tenantId, namespace, serviceAccount }: FileRoleOwner, rights: FileRights): FileRole | undefined {
  const arn = fileRoleArn(cell, tenantId);
  if (cell.s3?.tenantRoles === undefined || arn === undefined) return undefined;
  const { oidcProvider, permissionsBoundary } = cell.s3.tenantRoles;
  const issuer = oidcProvider.slice(oidcProvider.indexOf('/') + 1);
  const subject = `system:serviceaccount:${namespace}:${serviceAccount}`;
  return {
    name: tenantKeys(tenantId).fileRole,
    path: fileRolesPath(cell.name),
    arn,
    tenantId,
    trust: policyOf({
      Effect: 'Allow',
      Principal: { Federated: oidcProvider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: TOKEN_AUDIENCE } },
    }),
    policy: policyOf(...statements(cell.s3, tenantPrefix(tenantId), rights)),
    boundary: permissionsBoundary,
  };
}

function statements({ bucket, encryption, tenantRoles }: NonNullable<Cell['s3']>, prefix: string, rights: FileRights): readonly object[] {
  // Said of everything, because a session that was begun before lives on: what a policy denies is denied to it at once.
  if (rights === 'none') return [{ Sid: 'Suspended', Effect: 'Deny', Action: '*', Resource: '*' }];
  const partition = tenantRoles?.oidcProvider.split(':')[1] ?? 'aws';
  const all = `arn:${partition}:s3:::${bucket}`;
  const own = `${all}/${prefix}*`;
  const writing = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
  const key = encryption?.kmsKeyId;
  return [
    { Sid: 'OwnFiles', Effect: 'Allow', Action: ['s3:GetObject', ...(rights === 'all' ? writing : [])], Resource: own },
    // Without it S3 says "denied" of a file that is not there.
    { Sid: 'OwnNames', Effect: 'Allow', Action: 's3:ListBucket', Resource: all, Condition: { StringLike: { 's3:prefix': `${prefix}*` } } },
    ...(key?.startsWith('arn:') === true
      ? [
          {
            Sid: 'KeyOfOwnFiles',
            Effect: 'Allow',
            Action: ['kms:Decrypt', ...(rights === 'all' ? ['kms:GenerateDataKey'] : [])],
            Resource: key,
            // The file, or the bucket where it has a key of its own (S3 Bucket Keys).
            Condition: { StringLike: { 'kms:EncryptionContext:aws:s3:arn': [all, own] } },
          },
        ]
      : []),
  ];
}

function policyOf(...Statement: readonly object[]): object {
  return { Version: '2012-10-17', Statement };
}
