import { randomBytes } from 'node:crypto';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Cell } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import type { S3BucketOptions } from '../src/s3/s3-bucket.ts';

/** Of every moto. */
const ACCOUNT = '123456789012';

/** A bucket of the test's own on the stand-in for Amazon, in a cell that gives its tenants roles, and an administrator's keys to both. */
export async function motoBucket(cell: string): Promise<Pick<S3BucketOptions, 'place' | 'login'>> {
  const { motoUrl } = await runningStack('moto');
  const place: NonNullable<Cell['s3']> = {
    endpoint: motoUrl,
    region: 'us-east-1',
    bucket: `${cell.replaceAll('_', '-')}-${randomBytes(4).toString('hex')}`,
    forcePathStyle: true,
    tenantRoles: { oidcProvider: `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.example.com/id/TEST`, iamEndpoint: motoUrl },
  };
  // Another test may have moto check credentials at this moment, and these are nobody's.
  const login = await eventually(() => administrator(motoUrl, `operator-${place.bucket}`), { limitMs: 20_000, everyMs: 100 });
  const credentials = { accessKeyId: login.accessKey, secretAccessKey: login.secretKey };
  const s3 = new S3Client({ endpoint: motoUrl, region: place.region, forcePathStyle: true, credentials });
  await s3.send(new CreateBucketCommand({ Bucket: place.bucket }));
  s3.destroy();
  return { place, login };
}

async function administrator(endpoint: string, base: string): Promise<S3BucketOptions['login']> {
  const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'nobody', secretAccessKey: 'nobody' } });
  const UserName = `${base}-${randomBytes(4).toString('hex')}`;
  const everything = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
  try {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'everything', PolicyDocument: everything }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKey: AccessKey?.AccessKeyId ?? '', secretKey: AccessKey?.SecretAccessKey ?? '' };
  } finally {
    iam.destroy();
  }
}
