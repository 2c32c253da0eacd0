import {
  API_SECRET,
  CellsFile,
  JOB_WORKER_SECRET,
  OPERATOR_SECRET,
  PROJECTOR_SECRET,
  RELAY_SECRET,
  SENDER_SECRET,
  SYSTEM_NAMESPACE,
  TENANTS_NAMESPACE,
} from '@tenantry/contracts';
import type { Endpoints } from '../endpoints.ts';
import { LOCAL_CELL } from '../local-cell.ts';
import type { KubeObject } from './kube-object.ts';

/** What the objects are made of. */
export interface ConfigurationInput {
  readonly endpoints: Endpoints;
  /** PEM of the CA of PostgreSQL and Keycloak. */
  readonly ca: string;
  /** The secret of this file name. */
  readonly secret: (name: string) => Promise<string>;
}

/** The ConfigMap and the Secrets the platform's pods mount. Each Deployment has a Secret with what it needs and nothing else. */
export async function platformConfiguration({ endpoints, ca, secret }: ConfigurationInput): Promise<KubeObject[]> {
  const cells = JSON.stringify(cellsFile(endpoints), null, 2);
  const configMap = (namespace: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'tenantry-cells', namespace },
    data: { 'cells.json': cells, 'ca.crt': ca },
  });
  const secretObject = async ({ name, ...files }: Readonly<Record<string, string>> & { readonly name: string }): Promise<KubeObject> => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: SYSTEM_NAMESPACE },
    type: 'Opaque',
    data: Object.fromEntries(
      await Promise.all(Object.values(files).map(async (file) => [file, Buffer.from(await secret(file)).toString('base64')] as const)),
    ),
  });
  const secrets = await Promise.all(
    [OPERATOR_SECRET, API_SECRET, RELAY_SECRET, PROJECTOR_SECRET, SENDER_SECRET, JOB_WORKER_SECRET].map(secretObject),
  );
  // Pods of dedicated tenants read the same file.
  return [configMap(SYSTEM_NAMESPACE), configMap(TENANTS_NAMESPACE), ...secrets];
}

/** `cells.json` of the local platform. */
export function cellsFile(endpoints: Endpoints): CellsFile {
  const { postgres, kafka, rabbitmq, redis, mongo, s3, keycloak, api } = endpoints;
  return CellsFile.parse({
    cells: [
      {
        name: LOCAL_CELL.name,
        postgres: { host: postgres.host, port: postgres.port, database: postgres.cellDatabase },
        kafka: { brokers: [`${kafka.host}:${kafka.port}`], replicationFactor: 1 },
        rabbitmq: { ...rabbitmq, tls: false },
        redis: { ...redis, tls: false },
        mongo: { url: `mongodb://${mongo.host}:${mongo.port}/`, database: `${LOCAL_CELL.database}_documents`, tls: false, logins: false },
        s3: { endpoint: s3.url, region: s3.region, bucket: s3.bucket, forcePathStyle: true },
      },
    ],
    identity: { issuer: keycloak.tenantsIssuer },
    pooledUrl: api.url,
  });
}
