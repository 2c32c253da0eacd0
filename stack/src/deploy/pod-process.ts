import { join } from 'node:path';
import { z } from 'zod';
import { imageCommand, imageEnvironment } from '../images/image-command.ts';
import { PRODUCTS } from '../images/product-images.ts';
import { readManifests } from './read-manifests.ts';

const Deployment = z.looseObject({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.tuple([
          z.looseObject({
            image: z.enum(Object.keys(PRODUCTS) as [keyof typeof PRODUCTS]),
            args: z.array(z.string()).optional(),
            env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
          }),
        ]),
      }),
    }),
  }),
});

/** How a role of the product runs in its pod. */
export interface PodProcess {
  /** Of Node; `main.mjs` last. */
  readonly words: readonly string[];
  /** Bounds of the allocator. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Arguments and allocator of the Deployment in `manifests/NAME.yaml`, and of its image where that says nothing. For programs started from their
 * bundle without a container, so that what is measured is what is deployed. @throws when the manifest has no such Deployment.
 */
export async function podProcess(root: string, name: string): Promise<PodProcess> {
  const objects = await readManifests(join(root, 'manifests', `${name}.yaml`));
  const { containers } = Deployment.parse(objects.find(({ kind }) => kind === 'Deployment')).spec.template.spec;
  const [{ image, args, env }] = containers;
  const product = PRODUCTS[image];
  const own = env.flatMap(({ name, value }) => (name.startsWith('MALLOC_') && value !== undefined ? [[name, value] as const] : []));
  return {
    words: args?.slice(1) ?? (await imageCommand(root, product)),
    environment: { ...(await imageEnvironment(root, product)), ...Object.fromEntries(own) },
  };
}
