import { expect, it } from 'vitest';
import { RevokedTokens } from './revoked-tokens.ts';

const at = (iso: string): number => Date.parse(iso);
const token = (issued: string, changes: object = {}) => ({ organizationId: 'o-1', subject: 's-1', issuedAtMs: at(issued), ...changes });

it.each([
  ['before the change', token('2026-11-22T12:00:04Z'), true],
  ['in the very second of the change', token('2026-11-22T12:00:05Z'), true],
  ['after the change', token('2026-11-22T12:00:06Z'), false],
  ['before it, of another subject', token('2026-11-22T12:00:00Z', { subject: 's-2' }), false],
  ['before it, of another tenant', token('2026-11-22T12:00:00Z', { organizationId: 'o-2' }), false],
])('a token issued %s', (_, actor, revoked) => {
  const tokens = new RevokedTokens();
  expect(tokens.has(actor)).toBe(false);
  tokens.replace([{ organizationId: 'o-1', subject: 's-1', issuedUntil: new Date('2026-11-22T12:00:05.900Z') }]);
  expect(tokens.has(actor)).toBe(revoked);
  tokens.replace([]);
  expect(tokens.has(actor)).toBe(false);
});
