import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { awaitRollout, deployPlatform } from '../deploy/deploy-platform.ts';
import { readBuiltImages } from '../images/built-images.ts';
import { drainNode, reopenNode } from '../kubernetes/drain-node.ts';
import type { Part } from '../part.ts';
import { PORTS } from '../ports.ts';

/** Our own products, in the cluster, from their images: operator, api and relay. Its pods end before the servers they use. */
export const tenantry: Part = {
  name: 'tenantry',
  needs: ['images', 'postgres', 'kafka', 'redis', 's3', 'keycloak', 'kubelet', 'kube-proxy'],
  processes: [],
  needsRoot: true,
  address: (context) => `http://${context.nodeAddress}:${PORTS.apiNodePort}`,
  hint: `See its pods: npm run kubectl -- get pods -n ${SYSTEM_NAMESPACE}`,
  installed: async () => true,
  install: async () => {},
  start: async (context) => {
    await reopenNode(context.paths);
    await deployPlatform(context, await readBuiltImages(context.paths));
  },
  ready: awaitRollout,
  stop: ({ paths, progress }) => drainNode(paths, progress),
};
