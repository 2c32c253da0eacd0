import { S3Client } from '@aws-sdk/client-s3';
import type { Cell } from '@tenantry/contracts';

/** Whose replica. */
export interface ReplicaOwner {
  readonly place: NonNullable<Cell['s3']>;
  readonly roleArn: string;
}

/** The bucket as a replica that has taken its tenant's role, as the SDK does it with the pod's token. moto does not look at the token. */
export async function asReplica({ place, roleArn }: ReplicaOwner): Promise<S3Client> {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'replica',
    WebIdentityToken: 'a.b.c',
  });
  const answer = await (await fetch(place.endpoint, { method: 'POST', body })).text();
  const value = (name: string): string => answer.match(new RegExp(`<${name}>([^<]+)<`))?.[1] ?? '';
  if (value('SessionToken') === '') throw new Error(`no session of ${roleArn}: ${answer}`);
  return new S3Client({
    endpoint: place.endpoint,
    region: place.region,
    forcePathStyle: true,
    credentials: { accessKeyId: value('AccessKeyId'), secretAccessKey: value('SecretAccessKey'), sessionToken: value('SessionToken') },
    // moto computes signatures over the plain body only.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/**
 * moto checks signatures and policies meanwhile, of everybody who uses it: keep it short. For one file of tests only: of two at once, the first to
 * end would end it for both.
 */
export async function whileChecking(motoUrl: string, act: () => Promise<unknown>): Promise<void> {
  const freely = async (requests: string) => {
    await (await fetch(`${motoUrl}/moto-api/reset-auth`, { method: 'POST', body: requests })).body?.cancel();
  };
  await freely('0');
  try {
    await act();
  } finally {
    await freely('inf');
  }
}
