import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { localPlatform } from './local-platform.ts';

/** The cell's bucket as its operator sees it. */
export interface BucketEye extends Disposable {
  readonly keys: (prefix: string) => Promise<readonly (string | undefined)[]>;
  readonly read: (key: string) => Promise<Uint8Array>;
}

export async function bucketEye(): Promise<BucketEye> {
  const { bucket: Bucket, accessKey, secretKey, ...address } = await localPlatform().s3();
  const client = new S3Client({ ...address, credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } });
  return {
    keys: async (prefix) => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
      return Contents.map(({ Key }) => Key);
    },
    read: async (key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}
