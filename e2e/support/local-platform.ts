import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { webhookSinkOrigin } from '@tenantry/stack/deploy/webhook-sink-origin.ts';
import { hyperkubeBinary } from '@tenantry/stack/kubernetes/hyperkube-install.ts';
import { LOCAL_CELL } from '@tenantry/stack/local-cell.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { PORTS } from '@tenantry/stack/ports.ts';
import { findProcess } from '@tenantry/stack/process.ts';
import {
  type RabbitmqAccess,
  type RedisAccess,
  type RunningStack,
  runningStack,
  type S3Access,
} from '@tenantry/stack/testing/running-stack.ts';

/** Where the running local platform is, and how to get in. The specifications know it from here only. */
export interface LocalPlatform {
  readonly kubectl: { readonly program: string; readonly kubeconfig: string };
  /** PEM of the CA that signed PostgreSQL's and Keycloak's certificates. */
  readonly ca: string;
  readonly cell: string;
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string };
  readonly brokers: readonly string[];
  /** `operator` has the rights of the operator's client and no more. */
  readonly keycloak: Pick<RunningStack['keycloak'], 'operator' | 'tenants'>;
  /** Where the shared replicas answer. */
  readonly pooledUrl: string;
  /** Where a receiver of webhooks may listen that pods of this platform are let to. */
  readonly webhookSink: string;
  /** Where documents of the cell are. */
  readonly mongo: { readonly url: string; readonly database: string };
  readonly rabbitmq: () => Promise<RabbitmqAccess>;
  readonly redis: () => Promise<RedisAccess>;
  readonly s3: () => Promise<S3Access>;
  /** Process id of a part of the stack. @throws when it does not run */
  readonly pidOf: (part: string) => Promise<number>;
  /** Folder with one file per secret. */
  readonly secretsFolder: string;
  /** @throws when the stack has made no secret of that name */
  readonly secret: (name: string) => string;
}

const paths = stackPaths();
const stack = await runningStack('postgres', 'kafka', 'keycloak', 'kube-apiserver', 'kubelet');
const program = await hyperkubeBinary(paths);

/** The platform of this checkout, as `npm start` or `npm test` has it running. */
export function localPlatform(): LocalPlatform {
  const host = stack.nodeAddress;
  return {
    kubectl: { program, kubeconfig: stack.kubeconfigFile },
    ca: stack.ca,
    cell: LOCAL_CELL.name,
    postgres: { host, port: PORTS.postgres, database: LOCAL_CELL.database },
    brokers: [`${host}:${PORTS.kafka}`],
    keycloak: stack.keycloak,
    pooledUrl: stack.apiUrl,
    webhookSink: webhookSinkOrigin(host),
    mongo: { url: `mongodb://${stack.mongo.host}:${stack.mongo.port}/`, database: `${LOCAL_CELL.database}_documents` },
    rabbitmq: stack.rabbitmq,
    redis: stack.redis,
    s3: stack.s3,
    pidOf: async (part) => {
      const found = await findProcess(paths, part);
      if (found === undefined) throw new Error(`${part} does not run`);
      return found.pid;
    },
    secretsFolder: paths.secrets,
    secret: (name) => readFileSync(join(paths.secrets, name), 'utf8').trim(),
  };
}
