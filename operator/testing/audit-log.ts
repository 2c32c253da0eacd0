import { readFile } from 'node:fs/promises';

/** One call as the API server recorded it. `*` never occurs: these are uses, not grants. */
export interface AuditedCall {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  /** With its subresource: `tenants/status`. */
  readonly resource: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  /** '' for lists and watches. */
  readonly name: string;
  readonly code: number;
}

/** Records every call of one user once, when it was answered, without bodies (a Secret's would hold its values). */
export function auditPolicy(user: string): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'Panic'],
    rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
  });
}

/** Every recorded call on a resource. Watches are recorded when they begin and when they end: both are the same use. */
export async function readAudit(file: string): Promise<readonly AuditedCall[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter(Boolean).flatMap((line) => {
    const { stage, verb, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
    if (objectRef?.resource === undefined || (stage === 'ResponseStarted' && verb !== 'watch')) return [];
    const { apiGroup = '', resource, subresource, namespace = '', name = '' } = objectRef;
    const full = subresource === undefined ? resource : `${resource}/${subresource}`;
    return [{ verb, group: apiGroup, resource: full, namespace, name, code: responseStatus?.code ?? 0 }];
  });
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}
