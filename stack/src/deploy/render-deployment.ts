import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Images } from '../images/product-images.ts';
import { KubeObject } from './kube-object.ts';

const Container = z.looseObject({
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
});
const Volume = z.looseObject({
  configMap: z.looseObject({ name: z.string() }).optional(),
  secret: z.looseObject({ secretName: z.string() }).optional(),
});
const Deployment = KubeObject.extend({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).optional() }),
      spec: z.looseObject({ containers: z.array(Container), volumes: z.array(Volume).optional() }),
    }),
  }),
});

export const CONFIG_HASH = 'tenantry.dev/config-hash';

/** Deployment → variables that are other than the manifest's on this platform. */
export type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * A Deployment with its images put in (also where an environment variable names one), its settings instead of the manifest's and, on its
 * pods, a hash of the ConfigMaps and Secrets they mount: a pod reads those once, so it is replaced when they change, and only then. Other objects come back as they are.
 * @throws naming an image or an object the manifest wants and nobody gave.
 */
export function renderDeployment(
  object: KubeObject,
  images: Images,
  configuration: readonly KubeObject[],
  settings: Settings = {},
): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const deployment = Deployment.parse(structuredClone(object));
  const { metadata, spec } = deployment.spec.template;
  for (const container of spec.containers) {
    const image = images[container.image];
    if (image === undefined) throw new Error(`Deployment ${object.metadata.name}: nobody built the image "${container.image}"`);
    container.image = image;
    for (const variable of container.env ?? []) variable.value = images[variable.value ?? ''] ?? variable.value;
    const set = Object.entries(settings[object.metadata.name] ?? {}).map(([name, value]) => ({ name, value }));
    const kept = (container.env ?? []).filter((variable) => !set.some(({ name }) => name === variable.name));
    container.env = [...kept, ...set];
  }
  const mounted = (spec.volumes ?? []).flatMap((volume) => volume.configMap?.name ?? volume.secret?.secretName ?? []);
  metadata.annotations = { ...metadata.annotations, [CONFIG_HASH]: hashOf(object, mounted, configuration) };
  return deployment;
}

function hashOf(deployment: KubeObject, names: readonly string[], configuration: readonly KubeObject[]): string {
  const hash = createHash('sha256');
  for (const name of names) {
    const found = configuration.filter(({ metadata }) => metadata.name === name && metadata.namespace === deployment.metadata.namespace);
    if (found.length === 0) throw new Error(`Deployment ${deployment.metadata.name} mounts "${name}", which the deploy step does not make`);
    hash.update(JSON.stringify(found));
  }
  return hash.digest('hex').slice(0, 16);
}
