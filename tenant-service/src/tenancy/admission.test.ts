import { operations } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { admit } from './admission.ts';
import type { Tenant } from './tenant.ts';

const tenant = (changes: Partial<Tenant>): Tenant =>
  ({ tenantId: 't', state: 'Active', mode: 'Pooled', url: null, closedReason: null, ...changes }) as Tenant;
const read = operations.getCustomer;
const write = operations.createCustomer;
const code = (subject: Tenant, operation: typeof read | typeof write, door: 'pooled' | 'dedicated' = 'pooled'): string => {
  try {
    admit(subject, operation, door);
    return 'served';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('admission', () => {
  it.each([
    ['Active', 'served', 'served'],
    ['ReadOnly', 'served', 'tenant-read-only'],
    ['Suspended', 'tenant-suspended', 'tenant-suspended'],
    ['Closed', 'tenant-closed', 'tenant-closed'],
    ['Provisioning', 'unavailable', 'unavailable'],
  ] as const)('a tenant in state %s: reading is %s, writing is %s', (state, reading, writing) => {
    expect(code(tenant({ state }), read)).toBe(reading);
    expect(code(tenant({ state }), write)).toBe(writing);
  });

  it('tells the registry’s reason', () => {
    expect(() => admit(tenant({ state: 'Suspended', closedReason: 'invoice 7 is open' }), read, 'pooled')).toThrow('invoice 7 is open');
  });

  it('sends a dedicated tenant to its own replicas with their url, which serve it', () => {
    const dedicated = tenant({ mode: 'Dedicated', url: 'http://globex.example.test' });
    expect(() => admit(dedicated, read, 'pooled')).toThrow(
      expect.objectContaining({ code: 'tenant-served-elsewhere', options: { members: { url: 'http://globex.example.test' } } }),
    );
    expect(code(dedicated, read, 'dedicated')).toBe('served');
  });
});
