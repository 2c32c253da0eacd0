import type { KubeError } from '@tenantry/operator/control/kube-error.ts';

/** What the API server says to a person, without the method and path that stand before its words. Pure. */
export function serverWords({ message }: Pick<KubeError, 'message'>): string {
  return message.replace(/^[A-Z]+ \S+: /, '');
}
