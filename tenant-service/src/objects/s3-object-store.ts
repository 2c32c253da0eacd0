import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { S3Login } from '../role-config.ts';
import { ObjectMissing, type ObjectStore, ObjectsAway } from './object-store.ts';

/** Four times this is held of an upload at any time, so the least that S3 allows; of 10,000 parts, so 50 GB. */
const PART_BYTES = 5 * 1024 * 1024;

/** The cell's bucket. */
export function s3ObjectStore(login: S3Login): ObjectStore {
  const { bucket: Bucket } = login;
  const client = new S3Client({
    endpoint: login.endpoint,
    region: login.region,
    forcePathStyle: login.forcePathStyle,
    credentials: { accessKeyId: login.accessKey, secretAccessKey: login.secretKey },
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 30_000 },
    // The servers beside AWS do not all know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

  return {
    put: async (key, content, contentType) => {
      const upload = new Upload({
        client,
        params: { Bucket, Key: key, Body: content, ContentType: contentType },
        partSize: PART_BYTES,
        queueSize: 2,
      });
      // An error before the first read would end the process. What ends the stream ends the upload, which then takes its parts away:
      // upload.abort() does not wait for that.
      content.once('error', () => {});
      try {
        await upload.done();
      } catch (error) {
        throw content.errored ?? away(error);
      }
    },
    get: async (key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
        return Body as Readable;
      } catch (error) {
        if (error instanceof NoSuchKey) throw new ObjectMissing(`there is no object ${key}`, { cause: error });
        throw away(error);
      }
    },
    link: (key, { seconds, fileName }) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket, Key: key, ResponseContentDisposition: `attachment; filename="${fileName}"` }), {
        expiresIn: seconds,
      }),
    removeUnder: async (prefix, olderThan) => {
      let removed = 0;
      let ContinuationToken: string | undefined;
      do {
        try {
          const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken }));
          const Objects = (page.Contents ?? [])
            .filter(({ LastModified }) => olderThan === undefined || (LastModified ?? olderThan) < olderThan)
            .map(({ Key }) => ({ Key }));
          if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
          removed += Objects.length;
          ContinuationToken = page.NextContinuationToken;
        } catch (error) {
          throw away(error);
        }
      } while (ContinuationToken !== undefined);
      return removed;
    },
    keepOnly: async (prefix, key) => {
      try {
        const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix }));
        for (const { Key, UploadId } of Uploads) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
        const Objects = Contents.filter(({ Key }) => Key !== key).map(({ Key }) => ({ Key }));
        if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      } catch (error) {
        throw away(error);
      }
    },
    close: () => client.destroy(),
  };
}

const away = (cause: unknown): ObjectsAway => new ObjectsAway('the object store does not answer as it should', { cause });
