import { tenantNames } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import type { RoleSpec, RoleState } from '../../postgres/port.ts';
import { roleComment } from '../role-comment.ts';
import { driftItem } from './drift-item.ts';
import { identityDifferences } from './identity-differences.ts';
import type { FoundIdentity, WantedIdentity } from './identity-plan.ts';
import { kafkaAccessDifferences } from './kafka-access-differences.ts';
import { roleDifferences } from './role-differences.ts';
import { topicDifferences } from './topic-differences.ts';

const names = tenantNames('acme', 'main');
const credential = { password: 'the-password', fingerprint: 'abcdef012345' };
const login: RoleSpec = {
  name: names.login(1),
  tenantId: 'id-1',
  assumable: false,
  login: { credential, settings: { role: names.appRole, search_path: ['pg_catalog', 'pg_temp'] } },
};
const asWanted: RoleState = {
  name: login.name,
  comment: roleComment('id-1', credential.fingerprint),
  canLogin: true,
  excess: [],
  settings: [`role=${names.appRole}`, 'search_path=pg_catalog, pg_temp'],
  assumable: false,
};
const brief = (items: readonly { field: string; want: string; have: string }[]) =>
  items.map(({ field, want, have }) => `${field}: ${want} ← ${have}`);

it.each([
  ['nothing', asWanted, []],
  ['a role that is gone', undefined, ['exists: yes ← no']],
  ['a login switched off', { ...asWanted, canLogin: false }, ['login: yes ← no']],
  ['attributes too many', { ...asWanted, excess: ['createdb', 'bypassrls'] }, ['attributes: none ← createdb, bypassrls']],
  [
    'another password, without saying which',
    { ...asWanted, comment: roleComment('id-1', '000000000000') },
    ['password: (secret) ← (secret)'],
  ],
  [
    'settings, each for itself',
    { ...asWanted, settings: [`role=${names.ownerRole}`, 'search_path=pg_catalog, pg_temp', 'work_mem=1GB'] },
    [`role: ${names.appRole} ← ${names.ownerRole}`, 'work_mem: unset ← 1GB'],
  ],
])('tells of a role %s', (_, found, items) => {
  expect(brief(roleDifferences(login, found))).toEqual(items);
});

it('tells of a topic what is there and what should be', () => {
  const topic = { name: 'acme.events', partitions: 3, replicationFactor: 1, configs: { 'retention.ms': '1000', 'segment.ms': '5' } };
  const found = new Map([[topic.name, topic]]);
  expect(brief(topicDifferences({ kind: 'create', topic }, new Map()))).toEqual(['exists: yes ← no']);
  expect(brief(topicDifferences({ kind: 'grow', name: topic.name, from: 1, to: 3 }, found))).toEqual(['partitions: 3 ← 1']);
  expect(
    brief(topicDifferences({ kind: 'configure', name: topic.name, set: { 'retention.ms': '604800000' }, remove: ['segment.ms'] }, found)),
  ).toEqual(['retention.ms: 604800000 ← 1000', 'segment.ms: unset ← 5']);
});

it('tells of every Kafka right for itself, and of a login no secret', () => {
  const entry = { user: 'tenant.acme', resource: 'topic', name: 'acme.', pattern: 'prefixed', operation: 'READ' } as const;
  expect(kafkaAccessDifferences({ kind: 'allow', entries: [entry] })).toEqual([
    { resource: 'kafka/user/tenant.acme', field: 'READ on topic acme.*', want: 'allowed', have: 'not allowed' },
  ]);
  expect(brief(kafkaAccessDifferences({ kind: 'revoke', entries: [entry] }))).toEqual(['READ on topic acme.*: not allowed ← allowed']);
  expect(brief(kafkaAccessDifferences({ kind: 'login', user: 'tenant.acme' }))).toEqual(['password: (secret) ← (secret)']);
});

it('tells of an organization and a client what was changed, and of the client’s secret nothing', () => {
  const organization = { alias: 'acme', description: 'Acme', enabled: true, tenantId: 'id-1' };
  const client = { clientId: 'tenant-acme', tenantId: 'id-1', secret: 'the-secret', enabled: true };
  const wanted: WantedIdentity = { organization, clients: [client] };
  const found: FoundIdentity = {
    organization: { ...organization, id: 'o', enabled: false },
    groups: new Map(),
    clients: new Map([
      [
        client.clientId,
        { client: { ...client, id: 'c', secret: 'another', deviations: ['fullScopeAllowed'] }, isMember: true, isInMachineGroup: false },
      ],
    ]),
  };
  expect(brief(identityDifferences({ kind: 'update-organization' }, wanted, found))).toEqual(['enabled: true ← false']);
  const items = identityDifferences(
    { kind: 'update-client', clientId: client.clientId, what: ['fullScopeAllowed', 'secret'] },
    wanted,
    found,
  );
  expect(brief(items)).toEqual(['fullScopeAllowed: as Tenantry makes it ← changed', 'secret: (secret) ← (secret)']);
  expect(JSON.stringify(items)).not.toMatch(/the-secret|another/);
});

it('cuts what a status could not hold', () => {
  const item = driftItem('r'.repeat(300), 'f', 'w'.repeat(300), '');
  expect([item.resource.length, item.want.length, item.have]).toEqual([253, 256, '']);
});
