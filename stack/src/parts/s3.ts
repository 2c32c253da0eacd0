import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_CELL } from '../local-cell.ts';
import type { Part, PartContext } from '../part.ts';
import { PORTS } from '../ports.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { installVersitygw, versitygwBinary, versitygwIsInstalled } from '../s3/versitygw-install.ts';
import { SECRETS, secret } from '../secrets.ts';

/** What S3 clients sign their requests for. */
export const S3_REGION = 'us-east-1';

/**
 * S3 by versitygw: signatures, presigned links, multipart and versions as on AWS, objects as files. It has no lifecycle rules and ignores
 * encryption headers; nothing here may lean on either. Plain http: presigned links are opened by clients that do not know our CA.
 */
export const s3: Part = {
  name: 's3',
  needs: ['network'],
  processes: ['s3'],
  needsRoot: false,
  address: (context) => s3Url(context.nodeAddress),
  hint: `Is something else on port ${PORTS.s3} or ${PORTS.s3Admin}? Its data needs a file system with extended attributes: set TENANTRY_RUN_DIR to a folder on ext4 or xfs.`,
  installed: ({ paths }) => versitygwIsInstalled(paths),
  install: installVersitygw,
  start: async (context) => {
    const { paths, nodeAddress } = context;
    const [objects, versions, users] = await Promise.all(['objects', 'versions', 'users'].map((name) => folder(context, name)));
    const addresses = [...new Set([nodeAddress, '127.0.0.1'])].flatMap((address) => ['--port', `${address}:${PORTS.s3}`]);
    await startProcess(paths, {
      name: 's3',
      command: await versitygwBinary(paths),
      args: [
        ...addresses,
        ...['--admin-port', `127.0.0.1:${PORTS.s3Admin}`, '--region', S3_REGION, '--health', '/health', '--iam-dir', users ?? ''],
        ...['--keep-alive', '--quiet', 'posix', '--versioning-dir', versions ?? '', objects ?? ''],
      ],
      env: { ROOT_ACCESS_KEY: await secret(paths, SECRETS.s3RootAccessKey), ROOT_SECRET_KEY: await secret(paths, SECRETS.s3RootSecretKey) },
    });
  },
  ready: async (context) => {
    await retryUntil('S3 does not answer', 30_000, async () => {
      const answer = await fetch(`${s3Url(context.nodeAddress)}/health`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`health answers ${answer.status}`);
    });
    await prepareBucket(context);
  },
  stop: ({ paths }) => stopProcess(paths, 's3'),
};

export function s3Url(nodeAddress: string): string {
  return `http://${nodeAddress}:${PORTS.s3}`;
}

async function folder(context: PartContext, name: string): Promise<string> {
  const path = join(context.paths.data, 's3', name);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

/** The platform's own user, who is not root, and the bucket it owns. Repeating it changes nothing. */
async function prepareBucket({ paths }: PartContext): Promise<void> {
  const [access, secretKey] = [await secret(paths, SECRETS.s3AccessKey), await secret(paths, SECRETS.s3SecretKey)];
  const binary = await versitygwBinary(paths);
  const env = {
    ADMIN_ACCESS_KEY: await secret(paths, SECRETS.s3RootAccessKey),
    ADMIN_SECRET_KEY: await secret(paths, SECRETS.s3RootSecretKey),
    ADMIN_ENDPOINT_URL: `http://127.0.0.1:${PORTS.s3Admin}`,
    ADMIN_REGION: S3_REGION,
  };
  const administer = (...words: string[]): Promise<string> => runCommand(binary, ['admin', ...words], { env, limitMs: 10_000 });
  const firstColumn = (table: string): string[] => table.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
  const known = firstColumn(await administer('list-users')).includes(access);
  await administer(known ? 'update-user' : 'create-user', '--access', access, '--secret', secretKey, '--role', 'user');
  if (firstColumn(await administer('list-buckets')).includes(LOCAL_CELL.bucket)) return;
  await administer('create-bucket', '--owner', access, '--bucket', LOCAL_CELL.bucket);
}
