import { expect, it } from 'vitest';
import { aDedicatedInput } from '../../../testing/tenant-fixtures.ts';
import type { Place } from '../tenant-pass.ts';
import { networkPolicyFor } from './network-policy.ts';

interface Rule {
  readonly to?: readonly object[];
  readonly from?: readonly object[];
  readonly ports?: readonly object[];
}
interface Policy {
  readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly policyTypes: readonly string[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

/** The policy of a tenant whose servers have these addresses. */
function policy(postgres: Place['cell']['postgres'], identityIssuer: string, more: Partial<Place> = {}): Policy {
  const input = aDedicatedInput();
  const cell = { ...input.place.cell, postgres };
  return networkPolicyFor({ ...input, place: { ...input.place, cell, identityIssuer, ...more } }).spec as Policy;
}
const database = (host: string, port = 5432) => ({ host, port, database: 'main' });
const tcp = (port: number) => ({ protocol: 'TCP', port });

it('closes the tenant’s own replicas in both directions', () => {
  const { podSelector, policyTypes } = policy(database('10.0.0.5'), 'https://10.0.0.6/realms/t');
  expect(podSelector.matchLabels).toMatchObject({ 'tenantry.dev/tenant': 'acme', 'app.kubernetes.io/component': 'api' });
  expect(policyTypes).toEqual(['Ingress', 'Egress']);
});

it('lets in requests from anywhere and questions for metrics from the cluster, and nothing else', () => {
  expect(policy(database('10.0.0.5'), 'https://10.0.0.6/realms/t').ingress).toEqual([
    { ports: [tcp(28080)] },
    { from: [{ namespaceSelector: {} }], ports: [tcp(9464)] },
  ]);
});

it('opens exactly the servers by address, and no names when there are none', () => {
  const readReplica = { host: 'fd00::7', port: 5433 };
  expect(policy({ ...database('10.0.0.5'), readReplica }, 'https://10.0.0.6:8443/realms/t').egress).toEqual([
    { to: [{ ipBlock: { cidr: '10.0.0.5/32' } }], ports: [tcp(5432)] },
    { to: [{ ipBlock: { cidr: 'fd00::7/128' } }], ports: [tcp(5433)] },
    { to: [{ ipBlock: { cidr: '10.0.0.6/32' } }], ports: [tcp(8443)] },
  ]);
});

it('opens the way to Redis where the cell has one', () => {
  const { cell } = aDedicatedInput().place;
  const place = { cell: { ...cell, postgres: database('10.0.0.5'), redis: { host: '10.0.0.7', port: 6379, tls: true } } };
  expect(policy(database('10.0.0.5'), 'https://10.0.0.6/realms/t', place).egress).toContainEqual({
    to: [{ ipBlock: { cidr: '10.0.0.7/32' } }],
    ports: [tcp(6379)],
  });
});

it('opens the way to the bucket and to STS only where replicas have a role for it', () => {
  const { cell } = aDedicatedInput().place;
  const s3 = { endpoint: 'https://10.0.0.8:8443', region: 'eu-central-1', bucket: 'files', forcePathStyle: true };
  const tenantRoles = { oidcProvider: 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A' };
  const bucket = { to: [{ ipBlock: { cidr: '10.0.0.8/32' } }], ports: [tcp(8443)] };
  const withBucket = (more: object) =>
    policy(database('10.0.0.5'), 'https://10.0.0.6/realms/t', {
      cell: { ...cell, postgres: database('10.0.0.5'), s3: { ...s3, ...more } },
      egressCidrs: ['10.1.0.0/16'],
    }).egress;
  expect(withBucket({})).not.toContainEqual(bucket);
  expect(withBucket({ tenantRoles })).toEqual(
    expect.arrayContaining([bucket, { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [tcp(443)] }]),
  );
});

it('opens a Service by its namespace, other names by their port where servers are, and the way to ask for names', () => {
  const dns = {
    to: [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
      { ipBlock: { cidr: '169.254.20.10/32' } },
    ],
    ports: [{ protocol: 'UDP', port: 53 }, tcp(53)],
  };
  const inside = { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data' } } }] };
  const postgres = database('postgres.data.svc.cluster.local');
  expect(policy(postgres, 'https://id.example.com/realms/t').egress).toEqual([inside, { ports: [tcp(443)] }, dns]);
  expect(policy(postgres, 'https://id.example.com/realms/t', { egressCidrs: ['10.0.0.0/16', '10.1.0.0/16'] }).egress).toEqual([
    inside,
    { to: [{ ipBlock: { cidr: '10.0.0.0/16' } }, { ipBlock: { cidr: '10.1.0.0/16' } }], ports: [tcp(443)] },
    dns,
  ]);
});

it('reads the port of an issuer as a browser would, and its address without brackets', () => {
  const issuerRule = (issuer: string) => policy(database('10.0.0.5'), issuer).egress[1];
  expect(issuerRule('http://10.0.0.6/realms/t')).toEqual({ to: [{ ipBlock: { cidr: '10.0.0.6/32' } }], ports: [tcp(80)] });
  expect(issuerRule('https://[fd00::6]:8443/realms/t')).toEqual({ to: [{ ipBlock: { cidr: 'fd00::6/128' } }], ports: [tcp(8443)] });
});
