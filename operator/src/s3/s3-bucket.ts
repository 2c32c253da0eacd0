import type { Readable } from 'node:stream';
import type { Cell } from '@tenantry/contracts';
import type { Effects } from '../effects.ts';
import { type Bucket, BucketAway, ObjectMissing, type PutOptions, type StoredObject } from './port.ts';
import type * as Sdk from './s3-sdk.ts';

/** Parts are held in memory, two at a time. */
const PART_BYTES = 8 * 1024 * 1024;
/** S3 takes 10,000 parts; a guess may be too small. */
const PARTS_PLANNED = 5000;

/** What the bucket is reached with. */
export interface S3BucketOptions {
  readonly place: NonNullable<Cell['s3']>;
  readonly login: { readonly accessKey: string; readonly secretKey: string };
  readonly effects: Effects;
}

/** The cell's bucket over S3. The SDK is loaded by the first call: an operator that makes no backup does not hold its 30 MB. */
export class S3Bucket implements Bucket {
  readonly #options: S3BucketOptions;
  #loaded: Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> | undefined;

  constructor(options: S3BucketOptions) {
    this.#options = options;
  }

  url(key: string): string {
    return `s3://${this.#options.place.bucket}/${key}`;
  }

  async put(key: string, content: Readable | Buffer, { contentType, expectedBytes = 0, signal }: PutOptions): Promise<void> {
    const { sdk, client } = await this.#sdk();
    const { place, effects } = this.#options;
    const asked = place.encryption;
    const params = {
      Bucket: place.bucket,
      Key: key,
      Body: content,
      ContentType: contentType,
      ...(asked === undefined ? {} : { ServerSideEncryption: asked.algorithm }),
      ...(asked?.kmsKeyId === undefined ? {} : { SSEKMSKeyId: asked.kmsKeyId }),
    };
    const partSize = Math.max(PART_BYTES, Math.ceil(expectedBytes / PARTS_PLANNED));
    await effects.perform(`s3: put ${key}`, async () => {
      const upload = new sdk.Upload({ client, params, partSize, queueSize: 2 });
      // The upload is ended by its stream, never by its abort(): that one does not wait until the parts are taken away.
      const cancel = (): void => {
        if (!Buffer.isBuffer(content)) content.destroy(signal?.reason);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      // An error before the first read would end the process.
      if (!Buffer.isBuffer(content)) content.once('error', () => {});
      try {
        signal?.throwIfAborted();
        const answer = await upload.done();
        if (asked !== undefined && answer.ServerSideEncryption !== asked.algorithm)
          throw new BucketAway(`the object store did not encrypt ${key} by ${asked.algorithm}, which cells.json asks for`);
      } catch (error) {
        if (error instanceof BucketAway) throw error;
        throw (Buffer.isBuffer(content) ? undefined : content.errored) ?? away(error);
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    });
  }

  async get(key: string): Promise<Readable> {
    const { sdk, client } = await this.#sdk();
    try {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: this.#options.place.bucket, Key: key }));
      return Body as Readable;
    } catch (error) {
      if (error instanceof sdk.NoSuchKey) throw new ObjectMissing(`there is no object ${this.url(key)}`, { cause: error });
      throw away(error);
    }
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const { sdk, client } = await this.#sdk();
    const found: StoredObject[] = [];
    let ContinuationToken: string | undefined;
    do {
      const command = new sdk.ListObjectsV2Command({ Bucket: this.#options.place.bucket, Prefix: prefix, ContinuationToken });
      const page = await client.send(command).catch((error: unknown) => Promise.reject(away(error)));
      for (const { Key, Size } of page.Contents ?? []) if (Key !== undefined) found.push({ key: Key, bytes: Size ?? 0 });
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return found;
  }

  async removeUnder(prefix: string): Promise<number> {
    const { sdk, client } = await this.#sdk();
    const { place, effects } = this.#options;
    const Bucket = place.bucket;
    const objects = await this.list(prefix);
    const { Uploads = [] } = await client
      .send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix: prefix }))
      .catch((error: unknown) => Promise.reject(away(error)));
    if (objects.length + Uploads.length === 0) return 0;
    await effects.perform(`s3: remove ${prefix}`, async () => {
      try {
        // A thousand is what S3 takes at once.
        for (let at = 0; at < objects.length; at += 1000) {
          const Objects = objects.slice(at, at + 1000).map(({ key }) => ({ Key: key }));
          const { Errors = [] } = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
          if (Errors.length > 0) throw new Error(`${Errors[0]?.Key}: ${Errors[0]?.Message}`);
        }
        for (const { Key, UploadId } of Uploads) await client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      } catch (error) {
        throw away(error);
      }
    });
    return objects.length;
  }

  async close(): Promise<void> {
    (await this.#loaded?.catch(() => undefined))?.client.destroy();
  }

  #sdk(): Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  async #load(): Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> {
    const { place, login } = this.#options;
    const sdk = await import('./s3-sdk.ts');
    const client = new sdk.S3Client({
      endpoint: place.endpoint,
      region: place.region,
      forcePathStyle: place.forcePathStyle,
      credentials: { accessKeyId: login.accessKey, secretAccessKey: login.secretKey },
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 3000, requestTimeout: 30_000 },
      // The servers beside AWS do not all know the newer checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    return { sdk, client };
  }
}

function away(cause: unknown): BucketAway {
  const words = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new BucketAway(`the object store does not answer as it should (${words})`, { cause });
}
