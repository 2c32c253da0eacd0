import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { runningStack, type S3Access } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Effects } from '../effects.ts';
import { BucketAway, ObjectMissing } from './port.ts';
import { S3Bucket } from './s3-bucket.ts';

const prefix = `test/${randomBytes(6).toString('hex')}/`;
const effects = new Effects({ assertLeading: () => {} });
let access: S3Access;
let bucket: S3Bucket;
let raw: S3Client;

beforeAll(async () => {
  access = await (await runningStack('s3')).s3();
  bucket = new S3Bucket({ place: access, login: access, effects });
  const { endpoint, region, forcePathStyle, accessKey, secretKey } = access;
  raw = new S3Client({ endpoint, region, forcePathStyle, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } });
});
afterAll(async () => {
  await bucket?.removeUnder(prefix);
  await bucket?.close();
  raw?.destroy();
});

const type = { contentType: 'application/octet-stream' };

async function uploadsUnder(where: string): Promise<number> {
  const { Uploads = [] } = await raw.send(new ListMultipartUploadsCommand({ Bucket: access.bucket, Prefix: where }));
  return Uploads.length;
}

it('stores a stream of several parts and gives it back, as one effect', async () => {
  const content = randomBytes(20 * 1024 * 1024);
  const before = effects.count;
  await bucket.put(`${prefix}large`, Readable.from(chunksOf(content)), type);
  expect(effects.count - before).toBe(1);
  expect((await buffer(await bucket.get(`${prefix}large`))).equals(content)).toBe(true);
  expect(await bucket.list(prefix)).toContainEqual({ key: `${prefix}large`, bytes: content.length });
});

it('leaves neither an object nor an upload when the stream breaks, and throws what broke it', async () => {
  async function* breaking() {
    for (let at = 0; at < 12; at += 1) yield randomBytes(1024 * 1024);
    throw new Error('the source broke');
  }
  await expect(bucket.put(`${prefix}broken/one`, Readable.from(breaking()), type)).rejects.toThrow('the source broke');
  expect(await bucket.list(`${prefix}broken/`)).toEqual([]);
  expect(await uploadsUnder(`${prefix}broken/`)).toBe(0);
});

it('removes what is under a prefix and nothing beside it, and uploads that somebody never finished', async () => {
  for (const name of ['a/1', 'a/2', 'ab/1']) await bucket.put(`${prefix}${name}`, Buffer.from(name), type);
  await raw.send(new CreateMultipartUploadCommand({ Bucket: access.bucket, Key: `${prefix}a/3` }));
  expect(await uploadsUnder(`${prefix}a/`)).toBe(1);
  expect(await bucket.removeUnder(`${prefix}a/`)).toBe(2);
  expect((await bucket.list(`${prefix}a`)).map(({ key }) => key)).toEqual([`${prefix}ab/1`]);
  expect(await uploadsUnder(`${prefix}a/`)).toBe(0);
  const before = effects.count;
  expect(await bucket.removeUnder(`${prefix}a/`)).toBe(0);
  expect(effects.count, 'nothing to remove is no effect').toBe(before);
});

it('tells a missing object from a bucket that does not answer as it should', async () => {
  await expect(bucket.get(`${prefix}nothing`)).rejects.toThrow(ObjectMissing);
  const stranger = new S3Bucket({ place: access, login: { ...access, secretKey: 'wrong' }, effects });
  await expect(stranger.list(prefix)).rejects.toThrow(/SignatureDoesNotMatch/);
  await expect(stranger.put(`${prefix}x`, Buffer.from('x'), type)).rejects.toThrow(BucketAway);
  await stranger.close();
});

it('refuses a server that was asked to encrypt and does not say that it did', async () => {
  // This one ignores the header, which is just what must not pass for encrypted.
  const asking = new S3Bucket({ place: { ...access, encryption: { algorithm: 'AES256' } }, login: access, effects });
  await expect(asking.put(`${prefix}secret`, Buffer.from('x'), type)).rejects.toThrow(/did not encrypt .*secret by AES256/);
  await asking.close();
});

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}
