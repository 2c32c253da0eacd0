import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitForLock } from '../lock.ts';
import type { PartContext } from '../part.ts';
import { runCommand } from '../run-command.ts';
import { importImage, nodeHasImage } from './node-images.ts';

export interface ImageRecipe {
  /** Full name with tag. The tag stands for the content: an image that exists is never built again. */
  readonly image: string;
  /** Local image this one is built from; it must be there already. */
  readonly base?: string;
  readonly dockerfile: string;
  /** Fills the build context. Called only when the image has to be built. */
  readonly fill: (folder: string) => Promise<void>;
}

/**
 * Builds an image and gives it to the node, or finds both done. buildah runs with `chroot` isolation, which needs no daemon and no
 * namespaces of its own, and with storage under the cache, so the machine's own images are not touched.
 */
export async function ensureImage(context: PartContext, recipe: ImageRecipe): Promise<string> {
  const { paths, progress } = context;
  if (await nodeHasImage(paths, recipe.image)) return recipe.image;
  const home = join(paths.cache, 'images');
  await mkdir(home, { recursive: true, mode: 0o700 });
  await using _turn = await waitForLock(join(home, 'build.lock'), `building ${recipe.image}`, () => progress('waiting for another build'));
  if (await nodeHasImage(paths, recipe.image)) return recipe.image;
  const work = await mkdtemp(join(home, 'work-'));
  try {
    if (!(await isBuilt(home, recipe.image))) {
      progress(`building ${recipe.image}`);
      await build(home, work, recipe);
    }
    progress(`importing ${recipe.image}`);
    const archive = join(work, 'image.tar');
    await buildah(home, ['push', '--quiet', '--disable-compression', recipe.image, `oci-archive:${archive}:${recipe.image}`]);
    await importImage(paths, archive);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return recipe.image;
}

async function build(home: string, work: string, recipe: ImageRecipe): Promise<void> {
  const folder = join(work, 'context');
  await mkdir(folder);
  await recipe.fill(folder);
  const base = recipe.base === undefined ? [] : ['--build-arg', `BASE_IMAGE=${recipe.base}`];
  await buildah(home, [
    ...['build', '--quiet', '--isolation', 'chroot', '--pull-never', '--timestamp', '0'],
    ...[...base, '--file', recipe.dockerfile, '--tag', recipe.image, folder],
  ]);
}

async function isBuilt(home: string, image: string): Promise<boolean> {
  return await buildah(home, ['inspect', '--type', 'image', '--format', '{{.FromImageID}}', image]).then(
    () => true,
    () => false,
  );
}

async function buildah(home: string, args: readonly string[]): Promise<string> {
  const storage = join(home, 'storage.conf');
  const settings = { driver: 'overlay', runroot: join(home, 'run'), graphroot: join(home, 'storage') };
  await writeFile(
    storage,
    `[storage]\n${Object.entries(settings)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join('')}`,
  );
  // A policy of our own: the machine may have none, and nothing is pulled here.
  const policy = join(home, 'policy.json');
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  return await runCommand('buildah', [...args.slice(0, 1), ...policyFlag(args[0], policy), ...args.slice(1)], {
    env: { CONTAINERS_STORAGE_CONF: storage },
  });
}

function policyFlag(command: string | undefined, policy: string): string[] {
  return command === 'build' || command === 'push' ? ['--signature-policy', policy] : [];
}
