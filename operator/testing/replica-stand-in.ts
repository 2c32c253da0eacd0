import { createServer, type Server } from 'node:http';
import { Informer } from '../src/control/informer.ts';
import { KubeClient } from '../src/control/kube-client.ts';
import { CHILDREN } from '../src/kubernetes/resources.ts';
import { API_PORT } from '../src/tenant/desired/service.ts';
import { answerAsApi } from './answering-api.ts';

/** Says of every Deployment that it is rolled out, and answers on every Service's address. Not a kubelet: no pod ever exists. */
export type ReplicaStandIn = AsyncDisposable;

/** For an API server without a node. Its Services must have loopback addresses. */
export async function replicaStandIn(kubeconfigFile: string, namespace: string): Promise<ReplicaStandIn> {
  const api = KubeClient.fromKubeconfig(kubeconfigFile);
  const stop = new AbortController();
  const deployments = new Informer({ api, resource: CHILDREN.Deployment, namespace });
  const services = new Informer({ api, resource: CHILDREN.Service, namespace });
  const answering = new Map<string, Server>();

  deployments.onChange((_key, reason, { metadata, spec, status }) => {
    if (reason === 'deleted') return;
    const replicas = (spec as { replicas?: number }).replicas ?? 1;
    const wanted = { observedGeneration: metadata.generation, replicas, updatedReplicas: replicas, readyReplicas: replicas };
    if ((status as { observedGeneration?: number } | undefined)?.observedGeneration === metadata.generation) return;
    // Gone meanwhile, or changed again: the next event says so.
    api
      .patch(
        CHILDREN.Deployment,
        { namespace, name: metadata.name },
        { status: { ...wanted, availableReplicas: replicas } },
        { subresource: 'status' },
      )
      .catch(() => undefined);
  });
  services.onChange((key, reason, { spec }) => {
    if (reason === 'deleted') answering.get(key)?.close();
    const address = (spec as { clusterIP?: string }).clusterIP;
    if (reason !== 'added' || address === undefined) return;
    const server = createServer(answerAsApi);
    server.on('error', () => undefined);
    server.listen(API_PORT, address);
    answering.set(key, server);
  });
  const running = Promise.all([deployments.start(stop.signal), services.start(stop.signal)]);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      for (const server of answering.values()) {
        server.closeAllConnections();
        server.close();
      }
      await api.close();
    },
  };
}
