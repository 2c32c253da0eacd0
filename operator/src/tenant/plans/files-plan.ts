import { FILE_POLICY, type FileRole, type FoundFileRole } from '../../iam/port.ts';
import { isSamePolicy } from '../../iam/same-policy.ts';
import type { Plan } from '../converge.ts';

/** One change to the role or to the bucket's rules. */
export type FilesChange =
  | { readonly kind: 'create' | 'trust' | 'policy' | 'boundary' | 'delete' | 'rules' }
  | { readonly kind: 'remove-policy' | 'detach-policy'; readonly policy: string };

/** What was found. */
export interface FoundFiles {
  readonly role: FoundFileRole | undefined;
  readonly hasRules: boolean;
}

/** Makes, puts back or (when none is wanted) removes the tenant's role. It is compared with everything that could widen it. */
export function filesPlan(wanted: FileRole | undefined, path: string, { role: found, hasRules }: FoundFiles): Plan<FilesChange> {
  if (found !== undefined && found.path !== path) {
    const message = `IAM has a role of this tenant’s name under the path ${found.path} instead of ${path}. It is not ours: remove or rename it.`;
    return { refused: { reason: 'Conflict', message } };
  }
  const rules: FilesChange[] = hasRules ? [] : [{ kind: 'rules' }];
  if (wanted === undefined) return { changes: found === undefined ? rules : [{ kind: 'delete' }, ...rules] };
  if (found === undefined) return { changes: [{ kind: 'create' }, { kind: 'policy' }, ...rules] };
  const policy = found.policies.get(FILE_POLICY);
  const others = [...found.policies.keys()].filter((name) => name !== FILE_POLICY);
  return {
    changes: [
      ...(isSamePolicy(found.trust, wanted.trust) ? [] : [{ kind: 'trust' } as const]),
      // A boundary that somebody else gave it can only narrow it.
      ...(wanted.boundary === undefined || found.boundary === wanted.boundary ? [] : [{ kind: 'boundary' } as const]),
      ...others.map((name) => ({ kind: 'remove-policy', policy: name }) as const),
      ...found.attached.map((arn) => ({ kind: 'detach-policy', policy: arn }) as const),
      ...(policy !== undefined && isSamePolicy(policy, wanted.policy) ? [] : [{ kind: 'policy' } as const]),
      ...rules,
    ],
  };
}
