import { randomUUID } from 'node:crypto';
import { AttachRolePolicyCommand, CreatePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, PutBucketLifecycleConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Cell } from '@tenantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asReplica, type ReplicaOwner, whileChecking } from '../../testing/as-replica.ts';
import { motoBucket } from '../../testing/moto-bucket.ts';
import { Effects } from '../effects.ts';
import type { S3BucketOptions } from '../s3/s3-bucket.ts';
import { fileRoleOf, fileRolesPath } from './file-role.ts';
import { IamFileAccess } from './iam-file-access.ts';
import { FILE_POLICY, type FileRights, type FileRole } from './port.ts';
import { isSamePolicy } from './same-policy.ts';

const effects = new Effects({ assertLeading: () => {} });
const CELL = 'eu1';
let bucket: Pick<S3BucketOptions, 'place' | 'login'>;
let files: IamFileAccess;
let iam: IAMClient;
let s3: S3Client;

beforeAll(async () => {
  bucket = await motoBucket(CELL);
  files = new IamFileAccess({ ...bucket, effects });
  const { place, login } = bucket;
  const credentials = { accessKeyId: login.accessKey, secretAccessKey: login.secretKey };
  iam = new IAMClient({ endpoint: place.endpoint, region: place.region, credentials });
  s3 = new S3Client({ endpoint: place.endpoint, region: place.region, forcePathStyle: true, credentials });
});
afterAll(async () => {
  await files?.close();
  iam?.destroy();
  s3?.destroy();
});

function roleFor(tenantId: string, rights: FileRights = 'all'): FileRole {
  const cell = { name: CELL, s3: bucket.place } as Cell;
  const role = fileRoleOf({ cell, tenantId, namespace: 'tenantry-tenants', serviceAccount: 'acme-api' }, rights);
  if (role === undefined) throw new Error('the cell offers no roles');
  return role;
}

async function madeRole(): Promise<{ readonly tenantId: string; readonly role: FileRole; readonly replica: S3Client }> {
  const tenantId = randomUUID();
  const role = roleFor(tenantId);
  await files.createRole(role);
  await files.setPolicy(role);
  const owner: ReplicaOwner = { place: bucket.place, roleArn: role.arn };
  return { tenantId, role, replica: await asReplica(owner) };
}

const store = (client: S3Client, key: string) => client.send(new PutObjectCommand({ Bucket: bucket.place.bucket, Key: key, Body: 'x' }));
const load = (client: S3Client, key: string) => client.send(new GetObjectCommand({ Bucket: bucket.place.bucket, Key: key }));

it('makes a role that reaches the tenant’s own files, and neither another’s nor backups', async () => {
  const [acme, globex] = [await madeRole(), await madeRole()];
  await whileChecking(bucket.place.endpoint, async () => {
    await store(acme.replica, `t/${acme.tenantId}/a`);
    await load(acme.replica, `t/${acme.tenantId}/a`);
    await store(globex.replica, `t/${globex.tenantId}/a`);
    for (const foreign of [`t/${globex.tenantId}/a`, `t/${acme.tenantId}`, `backups/${acme.tenantId}/1/a`]) {
      await expect(store(acme.replica, foreign), foreign).rejects.toThrow(/Access ?Denied/i);
      await expect(load(acme.replica, foreign), foreign).rejects.toThrow(/Access ?Denied/i);
    }
  });
});

it('lets a read-only tenant read, and denies everything to a suspended one, to sessions of before too', async () => {
  const { tenantId, replica } = await madeRole();
  const key = `t/${tenantId}/a`;
  await store(replica, key);
  await files.setPolicy(roleFor(tenantId, 'read'));
  await whileChecking(bucket.place.endpoint, async () => {
    await load(replica, key);
    await expect(store(replica, key)).rejects.toThrow(/Access ?Denied/i);
  });
  await files.setPolicy(roleFor(tenantId, 'none'));
  await whileChecking(bucket.place.endpoint, () => expect(load(replica, key)).rejects.toThrow(/Access ?Denied/i));
});

it('shows all that widens a role, in one role and in bulk, and deletes it with all of it', async () => {
  const { role } = await madeRole();
  const before = (await files.everything(fileRolesPath(CELL))).get(role.name);
  expect(before).toBeDefined();
  expect((await files.everything(fileRolesPath('eu2'))).has(role.name), 'another cell’s').toBe(false);
  const wide = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] });
  await iam.send(new PutRolePolicyCommand({ RoleName: role.name, PolicyName: 'more', PolicyDocument: wide }));
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: `wide-${role.tenantId}`, PolicyDocument: wide }));
  const managed = Policy?.Arn ?? '';
  await iam.send(new AttachRolePolicyCommand({ RoleName: role.name, PolicyArn: managed }));
  const found = await files.role(role.name);
  expect(found).toMatchObject({ path: '/tenantry/eu1/', attached: [managed], boundary: undefined });
  expect([...(found?.policies.keys() ?? [])].sort()).toEqual(['more', FILE_POLICY].sort());
  expect(isSamePolicy(found?.policies.get(FILE_POLICY) ?? {}, role.policy)).toBe(true);
  expect(isSamePolicy(found?.trust ?? {}, role.trust)).toBe(true);
  expect((await files.everything(fileRolesPath(CELL))).get(role.name)).not.toBe(before);
  await files.removePolicy(role.name, 'more');
  await files.removePolicy(role.name, 'more');
  await files.deleteRole(role.name);
  expect(await files.role(role.name)).toBeUndefined();
  const count = effects.count;
  await files.deleteRole(role.name);
  expect(effects.count, 'gone already is no effect').toBe(count);
});

it('adds its three rules to the bucket, and leaves those of others', async () => {
  const theirs = { ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } } as const;
  const ours = { ID: 'tenantry-tenant-files', Status: 'Disabled', Filter: { Prefix: 't/' }, Expiration: { Days: 9999 } } as const;
  const LifecycleConfiguration = { Rules: [theirs, ours] };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket.place.bucket, LifecycleConfiguration }));
  expect(await files.hasRules()).toBe(false);
  await files.putRules();
  expect(await files.hasRules()).toBe(true);
  const { role } = await madeRole();
  expect((await files.everything(fileRolesPath(CELL))).get(role.name)).toContain('logs/');
});

it('says what is wrong when IAM refuses the operator', async () => {
  const stranger = new IamFileAccess({ ...bucket, login: { ...bucket.login, secretKey: 'wrong' }, effects });
  const { role } = await madeRole();
  await whileChecking(bucket.place.endpoint, () => expect(stranger.role(role.name)).rejects.toThrow(/signature/i));
  await stranger.close();
});
