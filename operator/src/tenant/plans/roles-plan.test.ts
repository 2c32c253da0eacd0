import { expect, it } from 'vitest';
import type { RoleSpec, RoleState } from '../../postgres/port.ts';
import { rolesPlan } from './roles-plan.ts';

const owner: RoleSpec = { name: 't_a_owner@m', tenantId: 'id-1', assumable: true, login: undefined };
const login: RoleSpec = {
  name: 't_a_app@m$1',
  tenantId: 'id-1',
  assumable: false,
  login: {
    credential: { password: 'secret', fingerprint: 'abc' },
    settings: { role: 't_a_app@m', search_path: ['pg_catalog', 'pg_temp'] },
  },
};
const ownerState: RoleState = { name: owner.name, comment: 'tenantry id-1', canLogin: false, excess: [], settings: [], assumable: true };
const loginState: RoleState = {
  name: login.name,
  comment: 'tenantry id-1 abc',
  canLogin: true,
  excess: [],
  settings: ['search_path=pg_catalog, pg_temp', 'role=t_a_app@m'],
  assumable: false,
};
const none = { logins: [], tenantId: 'id-1' };
const found = (...states: RoleState[]): Map<string, RoleState> => new Map(states.map((state) => [state.name, state]));

it('makes what is missing', () => {
  expect(rolesPlan([owner, login], found(ownerState), none)).toEqual({ changes: [{ spec: login, excess: undefined }] });
});

it('leaves alone what is as wanted, whatever the order of settings', () => {
  expect(rolesPlan([owner, login], found(ownerState, loginState), none)).toEqual({ changes: [] });
});

it.each([
  ['a role that may log in', { ...ownerState, canLogin: true }],
  ['a role with an attribute too much', { ...ownerState, excess: ['createdb'] }],
  ['a role with a setting', { ...ownerState, settings: ['search_path=public'] }],
  ['a role the operator can no longer become', { ...ownerState, assumable: false }],
])('puts back %s', (_, state) => {
  expect(rolesPlan([owner], found(state), none)).toEqual({ changes: [{ spec: owner, excess: state.excess }] });
});

it.each([
  ['of another password', { ...loginState, comment: 'tenantry id-1 old' }],
  ['that may not log in', { ...loginState, canLogin: false }],
  ['without its settings', { ...loginState, settings: [] }],
])('puts back a login %s', (_, state) => {
  expect(rolesPlan([login], found(state), none)).toEqual({ changes: [{ spec: login, excess: [] }] });
});

it.each([undefined, 'tenantry id-2', 'made by hand'])('refuses a role with the comment %s, and plans nothing at all', (comment) => {
  const plan = rolesPlan([login, owner], found({ ...ownerState, comment }), none);
  expect(plan).toMatchObject({ refused: { reason: 'Conflict' } });
  expect(plan).not.toHaveProperty('changes');
});

it('retires a login of this tenant that works no more, and leaves anybody else’s alone', () => {
  const over = { logins: ['t_a_app@m$2'], tenantId: 'id-1' };
  const second = { ...loginState, name: 't_a_app@m$2' };
  expect(rolesPlan([owner, login], found(ownerState, loginState, second), over)).toEqual({
    changes: [{ retire: second.name, isOpen: true }],
  });
  const closed = { ...second, canLogin: false };
  expect(rolesPlan([owner, login], found(ownerState, loginState, closed), over)).toEqual({
    changes: [{ retire: second.name, isOpen: false }],
  });
  for (const comment of [undefined, 'tenantry id-2 abc'])
    expect(rolesPlan([owner, login], found(ownerState, loginState, { ...second, comment }), over)).toEqual({ changes: [] });
});
