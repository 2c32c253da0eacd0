/** As much of a pod as decides whether and how it is asked. */
export interface MeasuredPod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly ports?: readonly { readonly containerPort: number }[] }[];
  };
  readonly status?: { readonly phase?: string; readonly podIP?: string };
}

/** One target of Prometheus’ HTTP service discovery. */
export interface PodTarget {
  readonly targets: readonly [string];
  readonly labels: Readonly<Record<string, string>>;
}

/** Pure: containers that count on this port, with the labels that the Prometheus Operator gives theirs, a ServiceMonitor's tenant included. */
export function podTargets(pods: readonly MeasuredPod[], port: number): PodTarget[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    if (status?.podIP === undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return [];
    const tenant = metadata.labels?.['tenantry.dev/tenant'];
    const measured = spec.containers.filter(({ ports = [] }) => ports.some(({ containerPort }) => containerPort === port));
    return measured.map(
      ({ name }): PodTarget => ({
        targets: [`${status.podIP}:${port}`],
        labels: {
          namespace: metadata.namespace,
          pod: metadata.name,
          container: name,
          ...(tenant === undefined ? {} : { tenantry_dev_tenant: tenant }),
        },
      }),
    );
  });
}
