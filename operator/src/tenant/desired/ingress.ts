import type { ChildObject } from '../../kubernetes/port.ts';
import type { IngressSettings } from '../tenant-pass.ts';
import type { DesiredInput } from './desired-input.ts';
import { childMetadata } from './labels.ts';

/** The name a dedicated tenant answers under outside the cluster. A slug is one DNS label, so no two tenants can have the same. */
export function ingressHost({ names }: Pick<DesiredInput, 'names'>, { domain }: IngressSettings): string {
  return `${names.organizationAlias}.${domain}`;
}

/** A dedicated tenant's own host, always with TLS: of the named Secret, or of the controller's own certificate when none is named. */
export function ingressFor(input: DesiredInput, settings: IngressSettings): ChildObject {
  const host = ingressHost(input, settings);
  const { className, tlsSecret } = settings;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: childMetadata(input, input.names.workload),
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      tls: [{ hosts: [host], ...(tlsSecret === undefined ? {} : { secretName: tlsSecret }) }],
      rules: [
        {
          host,
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: input.names.workload, port: { name: 'http' } } } }],
          },
        },
      ],
    },
  };
}
