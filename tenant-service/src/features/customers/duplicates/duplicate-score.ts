import type { DuplicateReason } from '@tenantry/contracts';

/** How much a reason alone says, from 0 to 1. */
const WEIGHTS: Readonly<Record<DuplicateReason['kind'], number>> = { email: 0.9, phone: 0.8, name: 0.7 };

/** Reasons as independent witnesses: what remains of the doubt is the product of what each leaves. Two decimals. */
export function duplicateScore(reasons: readonly DuplicateReason[]): number {
  const doubt = reasons.reduce((left, { kind, similarity }) => left * (1 - WEIGHTS[kind] * similarity), 1);
  return Math.round((1 - doubt) * 100) / 100;
}
