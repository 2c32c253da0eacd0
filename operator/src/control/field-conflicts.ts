import type { KubeError } from './kube-error.ts';

/** A field that a server-side apply was refused because another manager owns it. */
export interface FieldConflict {
  /** `spec.lifecycle.state` */
  readonly field: string;
  /** The server's words, which name the manager: `conflict with "kubectl"`. */
  readonly message: string;
}

/** The server names each field and its manager; none when the refusal had another cause. Pure. */
export function fieldConflicts({ details }: Pick<KubeError, 'details'>): readonly FieldConflict[] {
  const { causes = [] } = (details ?? {}) as { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
  return causes.flatMap(({ field, message }) =>
    field === undefined ? [] : [{ field: field.replace(/^\./, ''), message: message ?? 'another manager owns it' }],
  );
}
