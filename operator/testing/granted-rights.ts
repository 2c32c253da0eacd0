import type { AuditedCall } from './audit-log.ts';
import type { PrivateCluster } from './private-cluster.ts';

/** `verb group/resource in namespace` (`everywhere` for a ClusterRole bound cluster-wide). */
export type Right = string;

interface Role {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
  }[];
}

interface Binding {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** All that bindings in the cluster give a service account by name, one right each. */
export async function rightsOf(
  { kubectl }: PrivateCluster,
  account: { readonly name: string; readonly namespace: string },
): Promise<ReadonlySet<Right>> {
  const list = async <T>(kinds: string): Promise<readonly T[]> =>
    (JSON.parse(await kubectl('get', kinds, '--all-namespaces', '--output=json')) as { items: readonly T[] }).items;
  const bindings = [...(await list<Binding>('rolebindings')), ...(await list<Binding>('clusterrolebindings'))].filter(({ subjects = [] }) =>
    subjects.some(({ kind, name, namespace }) => kind === 'ServiceAccount' && name === account.name && namespace === account.namespace),
  );
  const roles = await list<Role>('roles');
  const clusterRoles = await list<Role>('clusterroles');
  const rights = bindings.flatMap(({ kind, metadata, roleRef }) => {
    const among = roleRef.kind === 'ClusterRole' ? clusterRoles : roles.filter((role) => role.metadata.namespace === metadata.namespace);
    const rules = among.find(({ metadata: { name } }) => name === roleRef.name)?.rules ?? [];
    const where = kind === 'ClusterRoleBinding' ? 'everywhere' : (metadata.namespace ?? '');
    return rules.flatMap(({ verbs, apiGroups = [], resources = [] }) =>
      verbs.flatMap((verb) => apiGroups.flatMap((group) => resources.map((resource) => right(verb, group, resource, where)))),
    );
  });
  return new Set(rights);
}

/** What the recorded calls needed. Server-side apply of what is not there yet needs the right to create as well. */
export function rightsUsedBy(calls: readonly AuditedCall[]): ReadonlySet<Right> {
  return new Set(
    calls
      .filter(({ code }) => code < 400 || code === 404)
      .flatMap(({ verb, group, resource, namespace, code }) => {
        const verbs = verb === 'patch' && code === 201 ? ['patch', 'create'] : [verb];
        return verbs.map((each) => right(each, group, resource, namespace === '' ? 'everywhere' : namespace));
      }),
  );
}

function right(verb: string, group: string, resource: string, where: string): Right {
  return `${verb} ${group === '' ? 'core' : group}/${resource} in ${where}`;
}
