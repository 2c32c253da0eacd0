import { type Operation, operations, ROLES } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { authorize, rolesOf } from './policy.ts';

const list: Operation[] = Object.values(operations);

describe('roles', () => {
  it('come from whole group paths only', () => {
    expect([...rolesOf(['/admin', '/viewer'])]).toEqual(['admin', 'viewer']);
    for (const group of [
      'admin',
      '/admin/billing',
      '/x/admin',
      '//admin',
      '/ADMIN',
      '/admin ',
      '/platform-admin',
      'constructor',
      '__proto__',
    ]) {
      expect(rolesOf([group]).size).toBe(0);
    }
  });

  it.each(list.flatMap((operation) => ROLES.map((role) => [operation.id, role, operation] as const)))(
    '%s × %s is what the table says',
    (_, role, operation) => {
      const call = () => authorize({ roles: new Set([role]) }, operation);
      if (operation.roles.includes(role)) expect(call).not.toThrow();
      else expect(call).toThrow(expect.objectContaining({ code: 'role-missing' }));
    },
  );

  it('none at all may call nothing', () => {
    for (const operation of list) expect(() => authorize({ roles: new Set() }, operation)).toThrow();
  });
});
