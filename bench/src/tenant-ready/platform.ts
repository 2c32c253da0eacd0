import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cellLogins, OPERATOR_SECRET, SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { KubeClient } from '@tenantry/operator/control/kube-client.ts';
import { defineResource, type KubeObject } from '@tenantry/operator/control/kube-object.ts';
import { Effects } from '@tenantry/operator/effects.ts';
import { PlatformaticKafka } from '@tenantry/operator/kafka/platformatic-kafka.ts';
import { KeycloakIdentity } from '@tenantry/operator/keycloak/keycloak-identity.ts';
import { KeycloakRest } from '@tenantry/operator/keycloak/keycloak-rest.ts';
import { HttpProbe } from '@tenantry/operator/probe/http-probe.ts';
import { LOCAL_CELL } from '@tenantry/stack/local-cell.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { PORTS } from '@tenantry/stack/ports.ts';
import { findProcess } from '@tenantry/stack/process.ts';
import { SECRETS } from '@tenantry/stack/secrets.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import pg from 'pg';
import { podProcesses } from '../measure/proc.ts';

/** The deployed platform: the servers the operator works with, through the operator's own clients and rights. */
export interface Platform {
  readonly kube: KubeClient;
  readonly cell: string;
  /** As the operator's login. */
  readonly database: pg.Client;
  readonly kafka: PlatformaticKafka;
  readonly identity: KeycloakIdentity;
  readonly probe: HttpProbe;
  readonly pooledUrl: string;
  /** Key of derived passwords; not the operator's, as ours are not its tenants. */
  readonly credentialKey: Buffer;
  /** Roots of process trees by whose work it is. */
  readonly processes: Readonly<Record<string, readonly number[]>>;
  readonly close: () => Promise<void>;
}

const PODS = defineResource({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true });

/** Connects to the running platform; every connection is open and every token fetched before anything is timed. */
export async function openPlatform(): Promise<Platform> {
  const paths = stackPaths();
  const stack = await runningStack('postgres', 'kafka', 'keycloak', 'kube-apiserver', 'kubelet');
  const secret = (file: string): string => readFileSync(join(paths.secrets, file), 'utf8').trim();
  const host = stack.nodeAddress;
  const kube = KubeClient.fromKubeconfig(stack.kubeconfigFile);
  const effects = new Effects({ assertLeading: () => {} });
  const database = new pg.Client({
    host,
    port: PORTS.postgres,
    database: LOCAL_CELL.database,
    user: cellLogins(LOCAL_CELL.name).operator,
    password: secret(OPERATOR_SECRET.postgresPassword),
    ssl: { ca: stack.ca, host },
  });
  await database.connect();
  const kafka = new PlatformaticKafka({
    brokers: [`${host}:${PORTS.kafka}`],
    user: 'operator',
    password: secret(OPERATOR_SECRET.kafkaPassword),
    effects,
  });
  const issuer = stack.keycloak.tenants.url;
  const clientSecret = await stack.secret(SECRETS.keycloakOperator);
  const rest = new KeycloakRest({ issuer, ca: stack.ca, clientId: 'tenantry-operator', clientSecret });
  const identity = new KeycloakIdentity(rest, effects);
  const probe = new HttpProbe({ issuer, ca: stack.ca });
  await Promise.all([kafka.topics([]), identity.machineClient('tenant-nobody')]);
  return {
    kube,
    cell: LOCAL_CELL.name,
    database,
    kafka,
    identity,
    probe,
    pooledUrl: stack.apiUrl,
    credentialKey: Buffer.alloc(32, 'bench'),
    processes: {
      operator: await operatorProcesses(kube),
      postgres: await pidOf('postgres'),
      kafka: await pidOf('kafka'),
      keycloak: await pidOf('keycloak'),
      kubernetes: [...(await pidOf('kube-apiserver')), ...(await pidOf('etcd'))],
    },
    close: async () => {
      await Promise.allSettled([database.end(), kafka.close(), rest.close(), probe.close(), kube.close()]);
    },
  };
}

async function operatorProcesses(kube: KubeClient): Promise<number[]> {
  const selector = 'app.kubernetes.io/name=tenantry-operator';
  const { items } = await kube.list<KubeObject>(PODS, { namespace: SYSTEM_NAMESPACE, labelSelector: selector });
  return items.flatMap(({ metadata }) => (metadata.uid === undefined ? [] : podProcesses(metadata.uid)));
}

async function pidOf(part: string): Promise<number[]> {
  const found = await findProcess(stackPaths(), part);
  if (found === undefined) throw new Error(`${part} does not run`);
  return [found.pid];
}
