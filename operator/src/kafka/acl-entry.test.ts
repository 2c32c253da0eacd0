import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { expect, it } from 'vitest';
import { aclFilter, aclOf, entryOf } from './acl-entry.ts';

const entry = { user: 'tenant.acme', resource: 'topic', name: 'acme.', pattern: 'prefixed', operation: 'READ' } as const;

it('comes back from Kafka’s numbers as it went', () => {
  expect(entryOf(aclOf(entry))).toEqual(entry);
});

it('does not take a DENY, or an ALLOW for one host, for one of ours', () => {
  expect(entryOf({ ...aclOf(entry), permissionType: AclPermissionTypes.DENY }).operation).not.toBe('READ');
  expect(entryOf({ ...aclOf(entry), host: '10.0.0.1' }).operation).not.toBe('READ');
});

it('takes such an entry away all the same', () => {
  const denied = entryOf({ ...aclOf(entry), permissionType: AclPermissionTypes.DENY });
  expect(aclFilter(denied)).toEqual({
    resourceType: ResourceTypes.TOPIC,
    resourceName: 'acme.',
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    principal: 'User:tenant.acme',
    host: null,
    operation: AclOperations.READ,
    permissionType: AclPermissionTypes.ANY,
  });
});
