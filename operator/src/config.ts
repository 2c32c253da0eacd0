import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cell, CellsFile, Duration, durationMs, OPERATOR_SECRET } from '@tenantry/contracts';
import { z } from 'zod';

/** Everything the operator is told from outside. Frozen; nothing else reads `process.env`. */
export interface Config {
  readonly production: boolean;
  /** Empty: this operator handles every Tenant without the label `tenantry.dev/operator`; a name: only those that carry it. */
  readonly operatorName: string;
  readonly cell: Cell;
  readonly identityIssuer: string;
  readonly pooledUrl: string;
  readonly serviceImage: string;
  /** PEM bundle that PostgreSQL's and Keycloak's certificates are checked against. */
  readonly ca: string;
  readonly secrets: {
    readonly postgresPassword: string;
    readonly kafkaPassword: string;
    readonly keycloakSecret: string;
    readonly credentialKey: Buffer;
    /** Present when the cell has a Redis. */
    readonly redisPassword: string | undefined;
    /** Present when the cell has a RabbitMQ. */
    readonly rabbitmqPassword: string | undefined;
    /** Present when the cell has a bucket. */
    readonly s3: { readonly accessKey: string; readonly secretKey: string } | undefined;
  };
  /** Absent: the service account of the pod. */
  readonly kubeconfigFile: string | undefined;
  readonly systemNamespace: string;
  readonly tenantsNamespace: string;
  /** Absent: dedicated tenants have no host of their own. */
  readonly ingress: { readonly domain: string; readonly className: string | undefined; readonly tlsSecret: string | undefined } | undefined;
  /** What the Prometheus that is to find the replicas selects ServiceMonitors by. */
  readonly serviceMonitorLabels: Readonly<Record<string, string>>;
  /** Where servers are that cells.json gives by name; empty: anywhere. */
  readonly egressCidrs: readonly string[];
  readonly driftCheckIntervalMs: number;
  /** How often every kind is listed anew, in case its watch lied. */
  readonly relistIntervalMs: number;
  readonly workers: number;
  readonly metrics: { readonly host: string; readonly port: number };
  readonly logLevel: string;
  /** Test failpoint: exit 137 after this many outside effects. */
  readonly crashAfter: number | undefined;
}

/** Every mistake of the configuration at once, one per line, each naming its variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `a, b` → `['a', 'b']`; unset or empty: none. */
const List = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .default([]);

const Environment = z.object({
  NODE_ENV: z.string().default('development'),
  OPERATOR_NAME: z
    .string()
    .regex(/^([a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?)?$/, 'must be a label value of a-z, 0-9 and "-"')
    .default(''),
  CELL: z.string().optional(),
  CELLS_FILE: z.string().min(1).default('/etc/tenantry/cells.json'),
  CA_FILE: z.string().min(1).default('/etc/tenantry/ca.crt'),
  SECRETS_DIR: z.string().min(1).default('/var/run/secrets/tenantry'),
  SERVICE_IMAGE: z.string({ error: 'is required: the image of dedicated tenants’ replicas' }).min(1),
  KUBECONFIG_FILE: z.string().min(1).optional(),
  SYSTEM_NAMESPACE: z.string().min(1).default('tenantry-system'),
  TENANTS_NAMESPACE: z.string().min(1).default('tenantry-tenants'),
  // 200 leaves room for the longest slug: a DNS name has 253 characters.
  INGRESS_DOMAIN: z.string().max(200).regex(DOMAIN, 'must be a DNS name such as tenants.example.com').optional(),
  INGRESS_CLASS: z.string().min(1).optional(),
  INGRESS_TLS_SECRET: z.string().min(1).optional(),
  SERVICE_MONITOR_LABELS: List.pipe(z.array(z.string().regex(/^[^=]+=[^=]*$/, 'must look like name=value,name=value'))),
  EGRESS_CIDRS: List.pipe(
    z.array(z.union([z.cidrv4(), z.cidrv6()], { error: 'must be a list of addresses with a prefix, as 10.0.0.0/16' })),
  ),
  DRIFT_CHECK_INTERVAL: Duration.default('5m').transform(durationMs),
  RELIST_INTERVAL: Duration.default('10m').transform(durationMs),
  WORKERS: z.coerce.number().int().min(1).max(64).default(4),
  METRICS_HOST: z.string().min(1).default('0.0.0.0'),
  METRICS_PORT: z.coerce.number().int().min(0).max(65535).default(9464),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  CRASH_AFTER: z.coerce.number().int().min(1).optional(),
});

/** Reads environment and the files it names. @throws ConfigError with every mistake found. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const mistakes: string[] = [];
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const env = parsed.data;

  if (env.NODE_ENV === 'production' && env.CRASH_AFTER !== undefined)
    mistakes.push('CRASH_AFTER: is a test failpoint; unset it in production');
  if (env.INGRESS_DOMAIN === undefined && (env.INGRESS_CLASS ?? env.INGRESS_TLS_SECRET) !== undefined)
    mistakes.push('INGRESS_DOMAIN: is needed with INGRESS_CLASS and INGRESS_TLS_SECRET');
  const ca = readText(env.CA_FILE, 'CA_FILE', mistakes);
  const secret = (file: string): string => readText(join(env.SECRETS_DIR, file), 'SECRETS_DIR', mistakes).trim();
  const cells = readCells(env.CELLS_FILE, mistakes);
  const cell = env.CELL === undefined ? cells?.cells[0] : cells?.cells.find(({ name }) => name === env.CELL);
  const secrets = {
    postgresPassword: secret(OPERATOR_SECRET.postgresPassword),
    kafkaPassword: secret(OPERATOR_SECRET.kafkaPassword),
    keycloakSecret: secret(OPERATOR_SECRET.keycloakSecret),
    credentialKey: Buffer.from(secret(OPERATOR_SECRET.credentialKey), 'base64'),
    redisPassword: cell?.redis === undefined ? undefined : secret(OPERATOR_SECRET.redisPassword),
    rabbitmqPassword: cell?.rabbitmq === undefined ? undefined : secret(OPERATOR_SECRET.rabbitmqPassword),
    s3:
      cell?.s3 === undefined
        ? undefined
        : { accessKey: secret(OPERATOR_SECRET.s3AccessKey), secretKey: secret(OPERATOR_SECRET.s3SecretKey) },
  };
  if (secrets.credentialKey.length < 32 && mistakes.length === 0)
    mistakes.push(`SECRETS_DIR: ${OPERATOR_SECRET.credentialKey} must be at least 32 bytes in base64`);
  if (cells !== undefined && cell === undefined) mistakes.push(`CELL: CELLS_FILE has no cell named ${env.CELL}`);
  if (mistakes.length > 0 || cells === undefined || cell === undefined) throw new ConfigError([...new Set(mistakes)].join('\n'));

  return Object.freeze({
    production: env.NODE_ENV === 'production',
    operatorName: env.OPERATOR_NAME,
    cell,
    identityIssuer: cells.identity.issuer,
    pooledUrl: cells.pooledUrl.replace(/\/$/, ''),
    serviceImage: env.SERVICE_IMAGE,
    ca,
    secrets,
    kubeconfigFile: env.KUBECONFIG_FILE,
    systemNamespace: env.SYSTEM_NAMESPACE,
    tenantsNamespace: env.TENANTS_NAMESPACE,
    ingress:
      env.INGRESS_DOMAIN === undefined
        ? undefined
        : { domain: env.INGRESS_DOMAIN, className: env.INGRESS_CLASS, tlsSecret: env.INGRESS_TLS_SECRET },
    serviceMonitorLabels: Object.fromEntries(env.SERVICE_MONITOR_LABELS.map((label) => label.split('='))),
    egressCidrs: env.EGRESS_CIDRS,
    driftCheckIntervalMs: env.DRIFT_CHECK_INTERVAL,
    relistIntervalMs: env.RELIST_INTERVAL,
    workers: env.WORKERS,
    metrics: { host: env.METRICS_HOST, port: env.METRICS_PORT },
    logLevel: env.LOG_LEVEL,
    crashAfter: env.CRASH_AFTER,
  });
}

function readText(file: string, variable: string, mistakes: string[]): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    mistakes.push(`${variable}: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
    return '';
  }
}

function readCells(file: string, mistakes: string[]): CellsFile | undefined {
  const text = readText(file, 'CELLS_FILE', mistakes);
  if (text === '') return undefined;
  try {
    const parsed = CellsFile.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    mistakes.push(...parsed.error.issues.map((issue) => `CELLS_FILE: ${issue.path.join('.')}: ${issue.message}`));
  } catch {
    mistakes.push(`CELLS_FILE: ${file} is not JSON`);
  }
  return undefined;
}
