import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAUSE_IMAGE } from '../kubernetes/containerd-config.ts';
import { pauseBinary } from '../kubernetes/hyperkube-install.ts';
import type { PartContext } from '../part.ts';
import { ensureImage } from './build-image.ts';

/** The image of pod sandboxes. */
export async function ensurePauseImage(context: PartContext): Promise<void> {
  await ensureImage(context, {
    image: PAUSE_IMAGE,
    dockerfile: join(context.paths.root, 'stack', 'images', 'pause.Dockerfile'),
    fill: async (folder) => copyFile(await pauseBinary(context.paths), join(folder, 'pause')),
  });
}
