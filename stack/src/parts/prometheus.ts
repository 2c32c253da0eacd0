import { join } from 'node:path';
import { applyObjects } from '../deploy/apply-objects.ts';
import { readManifests } from '../deploy/read-manifests.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import type { Part } from '../part.ts';
import { findProcess } from '../process.ts';
import { ensurePrometheusImage, installPrometheus, prometheusIsInstalled } from '../prometheus/prometheus-install.ts';
import { PROMETHEUS, prometheusObjects } from '../prometheus/prometheus-objects.ts';

const IN_ITS_NAMESPACE = `--namespace=${PROMETHEUS.namespace}`;

/** The moving numbers of the platform view. Nothing counts on it: without it the desktop says that there are none. */
export const prometheus: Part = {
  name: 'prometheus',
  needs: ['kubelet', 'kube-proxy'],
  processes: [],
  needsRoot: true,
  optional: true,
  address: () => `in the cluster: ${PROMETHEUS.namespace}/${PROMETHEUS.service}`,
  hint: `Its pod: npm run kubectl -- describe pods -n ${PROMETHEUS.namespace}`,
  installed: ({ paths }) => prometheusIsInstalled(paths),
  install: installPrometheus,
  start: async (context) => {
    const { paths, nodeAddress, progress } = context;
    const image = await ensurePrometheusImage(context);
    progress('applying Prometheus');
    // It may be up before the platform: what it looks at is in namespaces of the platform's.
    await applyObjects(paths, await readManifests(join(paths.root, 'manifests', 'namespaces.yaml')));
    await applyObjects(paths, await prometheusObjects(paths, nodeAddress, image));
  },
  ready: async ({ paths }) => {
    await kubectl(paths, ['rollout', 'status', 'deployment/prometheus', IN_ITS_NAMESPACE, '--timeout=120s'], { limitMs: 125_000 });
  },
  stop: async ({ paths }) => {
    const running = await Promise.all(['kubelet', 'kube-apiserver'].map((name) => findProcess(paths, name)));
    if (!running.every(Boolean)) return;
    const remove = ['delete', 'deployment/prometheus', IN_ITS_NAMESPACE, '--ignore-not-found', '--cascade=foreground', '--timeout=30s'];
    await kubectl(paths, remove, { limitMs: 35_000 });
  },
};
