import { createHash } from 'node:crypto';
import type { Tenant, TenantClassSpec } from '@tenantry/contracts';
import { canonicalJson } from '../control/canonical-json.ts';
import { type ReplicaEndpoint, replicaEndpoints } from './desired/replica-endpoints.ts';
import type { EffectiveSpec } from './effective-spec.ts';
import type { Step } from './step.ts';
import type { Place, Ports, TenantPass } from './tenant-pass.ts';

/** Fields of a spec that steer the operator and are no wish about anything outside. */
const STEERING = ['paused', 'driftPolicy', 'deletionPolicy', 'deletionProtection', 'deletionGracePeriod'] as const;

/**
 * Hash of everything that what the steps want is made of. As long as it is `status.settledWish`, a difference is somebody's doing; when it
 * is another, a difference is a wish not carried out yet. Quotas are left out: they reach every tenant at once, beside the passes
 * (QuotaPush). Whatever a step wants by and is neither in spec nor class belongs here.
 */
export function wishOf(pass: Pick<TenantPass, 'tenant' | 'tenantClass' | 'credentials' | 'place'>, build: Build): string {
  const { cell, ...place } = pass.place;
  return hashOf([
    specWish(pass.tenant),
    classRevision(pass.tenantClass.spec),
    pass.credentials.generations,
    { ...place, cell: cell.name, replicationFactor: cell.kafka.replicationFactor },
    build,
  ]);
}

/** What this build and this cluster add to a wish. */
export interface Build {
  readonly steps: readonly string[];
  readonly schemaVersion: number;
  /** Of a dedicated tenant: the servers its replicas use, and whether the cluster has a kind to tell Prometheus by. */
  readonly workload?: { readonly endpoints: readonly ReplicaEndpoint[]; readonly isMonitored: boolean } | undefined;
}

/** @see Build */
export function buildOf(
  { steps, place, ports }: { readonly steps: readonly Step[]; readonly place: Place; readonly ports: Pick<Ports, 'database' | 'objects'> },
  { mode }: Pick<EffectiveSpec, 'mode'>,
): Build {
  const workload =
    mode === 'Dedicated' ? { endpoints: replicaEndpoints(place), isMonitored: ports.objects.serves('ServiceMonitor') } : undefined;
  return { steps: steps.map((step) => step.name), schemaVersion: ports.database.latestVersion, workload };
}

/** Hash of what a class wants of its tenants one after another: not its quotas, nor what is only said to people. */
export function classRevision(spec: TenantClassSpec): string {
  return hashOf(classWish(spec));
}

/** The part of a class that reaches its tenants one after another. */
export function classWish({
  description: _description,
  quotas: _quotas,
  rollout: _rollout,
  ...wish
}: TenantClassSpec): Record<string, unknown> {
  return wish;
}

function specWish({ spec }: Tenant): object {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !STEERING.some((steering) => steering === field)));
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}
