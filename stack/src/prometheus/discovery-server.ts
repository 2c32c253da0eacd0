import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
// Runs in the image beside this file, by Node alone: nothing else of the stack is there.
import { type MeasuredPod, podTargets } from './pod-targets.ts';

/**
 * Tells Prometheus by its HTTP service discovery where pods are: Debian builds it without the discovery of Kubernetes. Each asking is one list of
 * each namespace; while the API server is away Prometheus keeps what it was told last.
 * `node discovery-server.ts LISTEN-PORT API-SERVER METRICS-PORT NAMESPACE…`
 */
const [listenPort = '', apiServer = '', metricsPort = '', ...namespaces] = process.argv.slice(2);

const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

const server = createServer(async (_, response) => {
  try {
    const pods = (await Promise.all(namespaces.map(podsOf))).flat();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(podTargets(pods, Number(metricsPort))));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    response.writeHead(503).end();
  }
});
// Only the container beside it asks.
server.listen(Number(listenPort), '127.0.0.1');
// The first process of a container is not ended by a signal that it does not handle.
process.on('SIGTERM', () => process.exit(0));

async function podsOf(namespace: string): Promise<readonly MeasuredPod[]> {
  // It is renewed every hour: read each time.
  const authorization = `Bearer ${(await readFile(TOKEN_FILE, 'utf8')).trim()}`;
  const answer = await fetch(`${apiServer}/api/v1/namespaces/${namespace}/pods`, {
    headers: { authorization },
    signal: AbortSignal.timeout(5_000),
  });
  if (!answer.ok) throw new Error(`the API server answers ${answer.status}`);
  return ((await answer.json()) as { readonly items: readonly MeasuredPod[] }).items;
}
