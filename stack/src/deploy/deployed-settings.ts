import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { readEndpoints } from '../endpoints.ts';
import { kubeconfigFile } from '../kubernetes/kubeconfig.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import type { Paths } from '../paths.ts';

/**
 * Environment of a process of the platform that runs outside the cluster: the deployed one's own cell, CA, credentials and service image.
 * Writes cells.json and ca.crt into `folder`. @throws when the platform does not run.
 */
export async function deployedSettings(paths: Paths, folder: string): Promise<Record<string, string>> {
  const endpoints = await readEndpoints(paths);
  if (endpoints === undefined) throw new Error('the platform does not run: start it with `npm start`');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { data } = await read<{ data: Record<string, string> }>(paths, 'configmap/tenantry-cells');
  for (const [file, text] of Object.entries(data)) await writeFile(join(folder, file), text);
  const api = await read<{ spec: { template: { spec: { containers: [{ image: string }] } } } }>(paths, 'deployment/tenantry-api');
  return {
    CELLS_FILE: join(folder, 'cells.json'),
    CA_FILE: join(folder, 'ca.crt'),
    SECRETS_DIR: endpoints.secretsFolder,
    SERVICE_IMAGE: api.spec.template.spec.containers[0].image,
    KUBECONFIG_FILE: kubeconfigFile(paths),
    METRICS_HOST: '127.0.0.1',
  };
}

async function read<T>(paths: Paths, name: string): Promise<T> {
  return JSON.parse(await kubectl(paths, ['get', name, '--namespace', SYSTEM_NAMESPACE, '--output', 'json'])) as T;
}
