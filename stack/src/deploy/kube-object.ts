import { z } from 'zod';

/** A Kubernetes object as we pass it on: identity checked, content untouched. */
export const KubeObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

export type KubeObject = z.infer<typeof KubeObject>;
