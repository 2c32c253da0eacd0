import { RABBITMQ_OPERATOR } from '@tenantry/contracts';
import type { Endpoints } from '../endpoints.ts';
import { SAMPLE_STAFF } from '../keycloak/realms.ts';
import { PORTS } from '../ports.ts';
import { PROMETHEUS, PROMETHEUS_PROXY } from '../prometheus/prometheus-objects.ts';
import { SAMPLE_PEOPLE } from '../samples/sample-people.ts';
import { webConsoleOrigin } from '../web-console/web-console-origin.ts';
import type { ClosingRow } from './closing-table.ts';

export interface Running {
  /** The run folder as a person in the checkout would write it. */
  readonly run: string;
  readonly endpoints: Endpoints;
  /** Names of parts that are ready. */
  readonly parts: readonly string[];
  /** Address of each sample tenant's API. */
  readonly tenants: readonly { readonly slug: string; readonly url: string }[];
}

/** Pure: what a person can open or call, where it is, and how to get in: a command, or a name and the file with its password. No password is printed. */
export function whatRuns({ run, endpoints, parts, tenants }: Running): ClosingRow[] {
  const secrets = `${run}/secrets`;
  const rows: ClosingRow[] = tenants.map(({ slug, url }) => ({
    what: `API of ${slug}`,
    where: `${url}/v1/customers`,
    signIn: `npm run -s token -- ${slug} [--user ${peopleOf(slug)}]`,
  }));
  if (tenants.length > 0)
    rows.push({
      what: 'API reference',
      where: `${endpoints.api.url}/docs/`,
      signIn: 'public; its Authorize signs alice, bob, carol or dave in',
    });
  const server = (part: string, row: ClosingRow): void => void (parts.includes(part) && rows.push(row));
  server('web-console', {
    what: 'Web console',
    where: webConsoleOrigin(),
    signIn: tenants.length > 0 ? `${everyone()}: ${secrets}/person-NAME-password` : 'nobody yet: the operator makes organizations',
  });
  server('kube-apiserver', {
    what: 'Kubernetes',
    where: `https://${endpoints.nodeAddress}:${PORTS.kubeApiserver}`,
    signIn: `npm run kubectl -- get tenants; ${run}/kubeconfig`,
  });
  server('keycloak', {
    what: 'Keycloak, tenants',
    where: endpoints.keycloak.tenantsIssuer,
    signIn: tenants.length > 0 ? `${everyone()}: ${secrets}/person-NAME-password` : 'nobody yet: the operator makes organizations',
  });
  server('keycloak', {
    what: 'Keycloak, staff',
    where: endpoints.keycloak.staffIssuer,
    signIn: `${SAMPLE_STAFF.username}: ${secrets}/person-${SAMPLE_STAFF.username}-password`,
  });
  server('postgres', {
    what: 'PostgreSQL',
    where: `${endpoints.postgres.host}:${endpoints.postgres.port}/${endpoints.postgres.cellDatabase}`,
    signIn: `${endpoints.postgres.adminUser}: ${secrets}/postgres-admin-password`,
  });
  server('kafka', {
    what: 'Kafka',
    where: `${endpoints.kafka.host}:${endpoints.kafka.port}`,
    signIn: tenants.length > 0 ? 'tenant.NAME: Secret NAME-credentials in tenantry-tenants' : `admin: ${secrets}/kafka-admin-password`,
  });
  server('rabbitmq', {
    what: 'RabbitMQ',
    where: endpoints.rabbitmq.management,
    signIn: `${RABBITMQ_OPERATOR}: ${secrets}/rabbitmq-operator-password; tenants: Secret NAME-credentials in tenantry-tenants`,
  });
  server('redis', {
    what: 'Redis',
    where: `${endpoints.redis.host}:${endpoints.redis.port}`,
    signIn: `password: ${secrets}/redis-password`,
  });
  server('s3', {
    what: 'S3',
    where: `${endpoints.s3.url}/${endpoints.s3.bucket}`,
    signIn: `${secrets}/s3-access-key and s3-secret-key`,
  });
  server('prometheus', {
    what: 'Prometheus',
    where: `in the cluster: ${PROMETHEUS.namespace}/${PROMETHEUS.service}`,
    signIn: `npm run kubectl -- get --raw "${PROMETHEUS_PROXY}/api/v1/query?query=up"`,
  });
  const podLogs = parts.includes('kubelet') ? 'npm run kubectl -- logs -n tenantry-system deploy/tenantry-operator' : '';
  return [...rows, { what: 'Logs', where: `${run}/logs/`, signIn: podLogs }];
}

/** Paste as they are; the token is fetched when the line runs, so it is never an expired one. */
export function commandsToTry(running: Running): string[] {
  const [first] = running.tenants;
  if (first === undefined) return [];
  return [
    `curl -s "${first.url}/v1/customers?search=muller&limit=2" -H "authorization: Bearer $(npm run -s token -- ${first.slug})"`,
    'npm run kubectl -- apply -f manifests/examples/initech.yaml && npm run kubectl -- wait --for=condition=Ready tenant/initech --timeout=60s',
  ];
}

function peopleOf(slug: string): string {
  return SAMPLE_PEOPLE.filter((person) => person.slug === slug)
    .map((person) => person.username)
    .join('|');
}

function everyone(): string {
  return [...new Set(SAMPLE_PEOPLE.map((person) => person.username))].join(', ');
}
