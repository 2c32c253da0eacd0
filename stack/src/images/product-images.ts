import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../content-hash.ts';
import type { PartContext } from '../part.ts';
import { ensureBaseImage } from './base-image.ts';
import { ensureImage } from './build-image.ts';
import { bundleProduct, type Product } from './bundle-product.ts';

/** Image name in the manifests → image to run. */
export type Images = Readonly<Record<string, string>>;

/** Image name in the manifests → what is in it. */
export const PRODUCTS = {
  'tenantry-operator': { folder: 'operator', files: { migrations: ['tenant-schema/migrations'] } },
  'tenantry-service': {
    folder: 'tenant-service',
    threads: ['reporting/report-thread.ts'],
    files: {
      docs: ['swagger-ui.css', 'swagger-ui-bundle.js', 'oauth2-redirect.html', 'oauth2-redirect.js', 'favicon-32x32.png'].map(
        (file) => `node_modules/swagger-ui-dist/${file}`,
      ),
      fonts: [
        'node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
        'node_modules/@embedpdf/fonts-jp/fonts/NotoSansJP-Regular.otf',
        'node_modules/@embedpdf/fonts-kr/fonts/NotoSansKR-Regular.otf',
        'node_modules/@embedpdf/fonts-sc/fonts/NotoSansHans-Regular.otf',
      ],
    },
  },
} as const satisfies Readonly<Record<string, Product>>;

/** Bundles both products and builds an image of each that changed. The tag is a hash of the content: no change costs no build and no restart. */
export async function ensureProductImages(context: PartContext): Promise<Images> {
  const base = await ensureBaseImage(context);
  const images: Record<string, string> = {};
  for (const [name, product] of Object.entries(PRODUCTS)) images[name] = await ensureProductImage(context, base, name, product);
  return images;
}

async function ensureProductImage(context: PartContext, base: string, name: string, product: Product): Promise<string> {
  const { paths, progress } = context;
  const home = join(paths.cache, 'images');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const bundle = await mkdtemp(join(home, 'bundle-'));
  try {
    progress(`bundling ${product.folder}`);
    await bundleProduct(paths.root, product, bundle);
    const dockerfile = join(paths.root, product.folder, 'Dockerfile');
    const tag = await contentHash(bundle, [base, await readFile(dockerfile, 'utf8')]);
    return await ensureImage(context, {
      image: `localhost/${name}:${tag}`,
      base,
      dockerfile,
      fill: (folder) => cp(bundle, folder, { recursive: true }),
    });
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}
