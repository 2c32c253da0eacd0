import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { readEndpoints } from '../endpoints.ts';
import type { Images } from '../images/product-images.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import type { PartContext } from '../part.ts';
import { retryUntil } from '../retry-until.ts';
import { secret } from '../secrets.ts';
import { applyObjects } from './apply-objects.ts';
import { bootstrapLocalCell, cellIsMigrated } from './bootstrap-local-cell.ts';
import type { KubeObject } from './kube-object.ts';
import { platformConfiguration } from './platform-configuration.ts';
import { readManifests } from './read-manifests.ts';
import { renderDeployment, type Settings } from './render-deployment.ts';
import { webhookSinkOrigin } from './webhook-sink-origin.ts';

/** The platform's Deployments, in the order a person waits for them. */
export const PLATFORM_DEPLOYMENTS = [
  'tenantry-operator',
  'tenantry-api',
  'tenantry-relay',
  'tenantry-projector',
  'tenantry-webhook-sender',
  'tenantry-job-worker',
] as const;

/**
 * A person who breaks something by hand here, and every test, sees it come back soon; production looks every 5 minutes. And webhooks may go to a
 * receiver on this machine, at one address.
 */
function localSettings(nodeAddress: string): Settings {
  const webhooks = { WEBHOOK_ALLOWED_ORIGINS: webhookSinkOrigin(nodeAddress) };
  return { 'tenantry-operator': { DRIFT_CHECK_INTERVAL: '5s' }, 'tenantry-api': webhooks, 'tenantry-webhook-sender': webhooks };
}

/** Long enough for a first start that migrates the cell on a busy machine. */
const ROLLOUT_SECONDS = 180;

/**
 * Brings the platform into the cluster, or up to date there; an unchanged platform restarts no pod. PostgreSQL, Kafka, Keycloak and the
 * node have to run. Returns before the pods are ready: see {@link awaitRollout}.
 */
export async function deployPlatform(context: PartContext, images: Images): Promise<void> {
  const { paths, progress } = context;
  const endpoints = await readEndpoints(paths);
  if (!endpoints) throw new Error('no stack was started in this checkout: npm run stack -- up');
  const manifest = (name: string): Promise<KubeObject[]> => readManifests(join(paths.root, 'manifests', name));

  progress('applying namespaces and kinds');
  const kinds = await readManifests(join(paths.root, 'crds'));
  await applyObjects(paths, [...(await manifest('namespaces.yaml')), ...kinds]);
  const names = kinds.map((kind) => `crd/${kind.metadata.name}`);
  await kubectl(paths, ['wait', '--for=condition=Established', '--timeout=30s', ...names]);

  progress('preparing the cell');
  await bootstrapLocalCell(paths, endpoints);

  progress('applying the platform');
  const ca = await readFile(endpoints.caFile, 'utf8');
  const configuration = await platformConfiguration({ endpoints, ca, secret: (name) => secret(paths, name) });
  const policies = await readManifests(join(paths.root, 'crds', 'policies'));
  const settings = localSettings(endpoints.nodeAddress);
  const render = async (...files: string[]): Promise<KubeObject[]> => {
    const objects = (await Promise.all(files.map(manifest))).flat();
    return objects.map((object) => renderDeployment(object, images, configuration, settings));
  };
  const operator = await render('operator-access.yaml', 'tenant-access.yaml', 'tenant-classes.yaml', 'operator.yaml');
  const services = await render('api.yaml', 'relay.yaml', 'projector.yaml', 'webhook-sender.yaml', 'job-worker.yaml');
  if (await cellIsMigrated(paths, endpoints)) return await applyObjects(paths, [...policies, ...configuration, ...operator, ...services]);

  // Services that find no registry end, and Kubernetes waits 10 s and more before it starts them again.
  await applyObjects(paths, [...policies, ...configuration, ...operator]);
  progress('waiting for the operator to make the registry');
  await retryUntil(
    'the operator did not make the registry (see: npm run kubectl -- logs -n tenantry-system deploy/tenantry-operator)',
    120_000,
    async () => {
      if (!(await cellIsMigrated(paths, endpoints))) throw new Error('there is no table tenantry.tenants yet');
    },
  );
  await applyObjects(paths, services);
}

/** Resolves when the new pods of every Deployment are ready. @throws with what the pods complain about when they do not get there. */
export async function awaitRollout(context: PartContext): Promise<void> {
  for (const name of PLATFORM_DEPLOYMENTS) {
    context.progress(`waiting for ${name}`);
    const wait = ['rollout', 'status', `deployment/${name}`, `--namespace=${SYSTEM_NAMESPACE}`, `--timeout=${ROLLOUT_SECONDS}s`];
    await kubectl(context.paths, wait).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await complaints(context, name)}`, { cause: error });
    });
  }
}

async function complaints({ paths }: PartContext, name: string): Promise<string> {
  const selection = [`--namespace=${SYSTEM_NAMESPACE}`, `--selector=app.kubernetes.io/name=${name}`];
  const pods = await kubectl(paths, ['get', 'pods', ...selection]).catch((error: Error) => error.message);
  const log = await kubectl(paths, ['logs', ...selection, '--tail=10']).catch((error: Error) => error.message);
  return `pods:\n${pods}\nlast lines of their log:\n${log}`;
}
