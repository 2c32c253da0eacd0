import { z } from 'zod';
import type { ChildObject } from '../../kubernetes/port.ts';
import type { DesiredInput } from './desired-input.ts';
import { apiSelector, childMetadata } from './labels.ts';
import { type ReplicaEndpoint, replicaEndpoints } from './replica-endpoints.ts';
import { API_PORT, METRICS_PORT } from './service.ts';

/** The label every namespace has of itself. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';
/** Where NodeLocal DNSCache listens on every node that has it. */
const NODE_LOCAL_DNS = '169.254.20.10/32';

/**
 * Closes a dedicated tenant's replicas in both directions but for what they need: requests from anywhere, metrics from inside the cluster,
 * and the way to each server they use. A policy knows addresses, not names: a server given by name is opened by its namespace when it is a
 * Service, otherwise by its port at `egressCidrs`, or at any address when none are configured.
 */
export function networkPolicyFor(input: DesiredInput): ChildObject {
  const endpoints = replicaEndpoints(input.place);
  const hasNames = endpoints.some(({ host }) => addressBits(host) === undefined);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: childMetadata(input, input.names.workload),
    spec: {
      podSelector: { matchLabels: apiSelector(input) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [tcp(API_PORT)] }, { from: [{ namespaceSelector: {} }], ports: [tcp(METRICS_PORT)] }],
      egress: [
        ...endpoints.map((endpoint) => wayTo(endpoint, input.place.egressCidrs ?? [])),
        // Without names nobody needs to ask for addresses.
        ...(hasNames ? [wayToNames()] : []),
      ],
    },
  };
}

function wayTo({ host, port }: ReplicaEndpoint, cidrs: readonly string[]): object {
  const bits = addressBits(host);
  if (bits !== undefined) return { to: [block(`${host}/${bits}`)], ports: [tcp(port)] };
  const namespace = /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(host)?.[1];
  // Policies see a Service's pods behind it, whose port may be another than the Service's.
  if (namespace !== undefined) return { to: [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: namespace } } }] };
  return cidrs.length === 0 ? { ports: [tcp(port)] } : { to: cidrs.map(block), ports: [tcp(port)] };
}

function wayToNames(): object {
  return {
    to: [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: 'kube-system' } } }, block(NODE_LOCAL_DNS)],
    ports: [{ protocol: 'UDP', port: 53 }, tcp(53)],
  };
}

/** Length of an address, IPv4's or IPv6's; undefined for a name. */
function addressBits(host: string): 32 | 128 | undefined {
  if (z.ipv4().safeParse(host).success) return 32;
  return z.ipv6().safeParse(host).success ? 128 : undefined;
}

function block(cidr: string): object {
  return { ipBlock: { cidr } };
}

function tcp(port: number): object {
  return { protocol: 'TCP', port };
}
