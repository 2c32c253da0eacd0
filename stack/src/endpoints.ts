import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { keycloakUrl } from './keycloak/keycloak-admin.ts';
import { LOCAL_CELL } from './local-cell.ts';
import type { PartContext } from './part.ts';
import { POSTGRES_ADMIN } from './parts/postgres.ts';
import { S3_REGION, s3Url } from './parts/s3.ts';
import type { Paths } from './paths.ts';
import { ensureLocalPki } from './pki.ts';
import { PORTS } from './ports.ts';

/** `.run/endpoints.json`: where the local platform's servers are. It names files of secrets and holds none. */
export const Endpoints = z.object({
  nodeAddress: z.string(),
  /** PEM file of the CA that PostgreSQL's and Keycloak's certificates are signed by. */
  caFile: z.string(),
  /** Folder with one file per secret; the names are in stack/src/secrets.ts. */
  secretsFolder: z.string(),
  postgres: z.object({ host: z.string(), port: z.number(), adminUser: z.string(), cellDatabase: z.string() }),
  pgbouncer: z.object({ host: z.string(), port: z.number() }),
  kafka: z.object({ host: z.string(), port: z.number() }),
  rabbitmq: z.object({ host: z.string(), port: z.number(), management: z.url() }),
  redis: z.object({ host: z.string(), port: z.number() }),
  mongo: z.object({ host: z.string(), port: z.number() }),
  s3: z.object({ url: z.url(), region: z.string(), bucket: z.string() }),
  keycloak: z.object({ origin: z.url(), tenantsIssuer: z.url(), staffIssuer: z.url() }),
  /** Where the pooled api answers on the host, once it is deployed. */
  api: z.object({ url: z.url() }),
});

export type Endpoints = z.infer<typeof Endpoints>;

/** Written at every `up`. */
export async function writeEndpoints(context: Pick<PartContext, 'paths' | 'nodeAddress'>): Promise<void> {
  const { paths, nodeAddress } = context;
  const origin = keycloakUrl(nodeAddress);
  const endpoints: Endpoints = {
    nodeAddress,
    caFile: (await ensureLocalPki(paths, nodeAddress)).ca,
    secretsFolder: paths.secrets,
    postgres: { host: nodeAddress, port: PORTS.postgres, adminUser: POSTGRES_ADMIN, cellDatabase: LOCAL_CELL.database },
    pgbouncer: { host: nodeAddress, port: PORTS.pgbouncer },
    kafka: { host: nodeAddress, port: PORTS.kafka },
    rabbitmq: { host: nodeAddress, port: PORTS.rabbitmq, management: `http://${nodeAddress}:${PORTS.rabbitmqManagement}` },
    redis: { host: nodeAddress, port: PORTS.redis },
    mongo: { host: nodeAddress, port: PORTS.mongo },
    s3: { url: s3Url(nodeAddress), region: S3_REGION, bucket: LOCAL_CELL.bucket },
    keycloak: { origin, tenantsIssuer: `${origin}/realms/tenantry`, staffIssuer: `${origin}/realms/platform` },
    api: { url: `http://${nodeAddress}:${PORTS.apiNodePort}` },
  };
  await writeFile(`${paths.endpoints}.new`, `${JSON.stringify(endpoints, null, 2)}\n`);
  await rename(`${paths.endpoints}.new`, paths.endpoints);
}

/** Nothing while no stack was ever started in this checkout. */
export async function readEndpoints(paths: Paths): Promise<Endpoints | undefined> {
  const text = await readFile(paths.endpoints, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Endpoints.parse(JSON.parse(text));
}
