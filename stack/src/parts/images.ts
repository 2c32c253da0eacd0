import { readBuiltImages, writeBuiltImages } from '../images/built-images.ts';
import { ensureProductImages } from '../images/product-images.ts';
import type { Part } from '../part.ts';

/** Images of our products, built and given to the node while the other servers still start. */
export const images: Part = {
  name: 'images',
  needs: ['hyperkube', 'containerd'],
  processes: [],
  needsRoot: true,
  address: () => '',
  hint: 'A product that cannot be bundled names the file and line; buildah names what it could not do.',
  installed: async () => true,
  install: async () => {},
  start: async (context) => writeBuiltImages(context.paths, await ensureProductImages(context)),
  ready: async ({ paths }) => void (await readBuiltImages(paths)),
  stop: async () => {},
};
