import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runningStack, type S3Access } from '../../testing/running-stack.ts';

let access: S3Access;
let client: S3Client;
const Key = `test/${randomBytes(6).toString('hex')}.txt`;

const clientWith = ({ endpoint, region, forcePathStyle, accessKey, secretKey }: S3Access) =>
  new S3Client({
    endpoint,
    region,
    forcePathStyle,
    maxAttempts: 1,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  });

beforeAll(async () => {
  access = await (await runningStack('s3')).s3();
  client = clientWith(access);
  await client.send(new PutObjectCommand({ Bucket: access.bucket, Key, Body: 'Grüße' }));
});
afterAll(async () => {
  await client?.send(new DeleteObjectCommand({ Bucket: access.bucket, Key })).catch(() => {});
  client?.destroy();
});

it('keeps objects in the cell’s bucket, which start made', async () => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: access.bucket, Key }));
  expect(await Body?.transformToString()).toBe('Grüße');
});

it('opens a presigned link, and only as it was signed', async () => {
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: access.bucket, Key }), { expiresIn: 60 });
  expect(await (await fetch(url)).text()).toBe('Grüße');
  expect((await fetch(url.replace('.txt', '.csv'))).status).toBe(403);
  expect((await fetch(url.replace(/\?.*/, ''))).status).toBe(403);
});

it('refuses a wrong secret', async () => {
  const stranger = clientWith({ ...access, secretKey: 'wrong' });
  await expect(stranger.send(new ListObjectsV2Command({ Bucket: access.bucket }))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
});

it('does not let the platform make buckets: it has the one it was given', async () => {
  await expect(client.send(new CreateBucketCommand({ Bucket: `test-${randomBytes(4).toString('hex')}` }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});
