import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubeObject } from '../deploy/kube-object.ts';
import { readManifests } from '../deploy/read-manifests.ts';
import { renderDeployment } from '../deploy/render-deployment.ts';
import type { Paths } from '../paths.ts';
import { PORTS } from '../ports.ts';

/** Where the desktop looks for a Prometheus when its environment names no other place. */
export const PROMETHEUS = { namespace: 'monitoring', service: 'prometheus' } as const;

/** Its HTTP API, through the API server. */
export const PROMETHEUS_PROXY = `/api/v1/namespaces/${PROMETHEUS.namespace}/services/${PROMETHEUS.service}/proxy`;

/** Everything of it in the cluster, and the rights of people to ask it. @param image of the server */
export async function prometheusObjects(paths: Paths, nodeAddress: string, image: string): Promise<KubeObject[]> {
  const configuration: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'prometheus', namespace: PROMETHEUS.namespace },
    data: { 'prometheus.yml': stringify(prometheusConfig(nodeAddress)) },
  };
  const own = await readManifests(join(paths.root, 'stack', 'prometheus', 'prometheus.yaml'));
  const [namespace, ...rest] = own.map((object) => renderDeployment(object, { prometheus: image }, [configuration]));
  const access = await readManifests(join(paths.root, 'manifests', 'monitoring', 'prometheus-access.yaml'));
  return [...(namespace === undefined ? [] : [namespace]), configuration, ...rest, ...access];
}

/** What is asked, and how often. RabbitMQ is the one server here that counts for Prometheus by itself. */
function prometheusConfig(nodeAddress: string): object {
  return {
    global: { scrape_interval: '15s', scrape_timeout: '5s' },
    scrape_configs: [
      { job_name: 'tenantry', http_sd_configs: [{ url: 'http://127.0.0.1:8080', refresh_interval: '10s' }] },
      { job_name: 'rabbitmq', static_configs: [{ targets: [`${nodeAddress}:${PORTS.rabbitmqMetrics}`] }] },
    ],
  };
}
