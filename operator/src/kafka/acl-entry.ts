import { type Acl, type AclFilter, AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import type { AccessEntry } from './port.ts';

/** Kafka's numbers → our words. */
export function entryOf(acl: Acl): AccessEntry {
  const operation = Object.entries(AclOperations).find(([, value]) => value === acl.operation)?.[0] ?? 'UNKNOWN';
  const ours = acl.permissionType === AclPermissionTypes.ALLOW && acl.host === '*';
  return {
    user: acl.principal.replace(/^User:/, ''),
    resource: acl.resourceType === ResourceTypes.TOPIC ? 'topic' : acl.resourceType === ResourceTypes.GROUP ? 'group' : 'other',
    name: acl.resourceName,
    pattern:
      acl.resourcePatternType === ResourcePatternTypes.LITERAL
        ? 'literal'
        : acl.resourcePatternType === ResourcePatternTypes.PREFIXED
          ? 'prefixed'
          : 'other',
    // A DENY, or an ALLOW for one host, is not an entry we make: it must not be taken for one of ours.
    operation: ours ? operation : `${operation} (permission ${acl.permissionType}, host ${acl.host})`,
  };
}

/** Our words → Kafka's numbers. */
export function aclOf(entry: AccessEntry): Acl {
  const operation = AclOperations[entry.operation as keyof typeof AclOperations];
  if (operation === undefined) throw new Error(`no Kafka operation is called ${entry.operation}`);
  return {
    resourceType: entry.resource === 'topic' ? ResourceTypes.TOPIC : ResourceTypes.GROUP,
    resourceName: entry.name,
    resourcePatternType: entry.pattern === 'prefixed' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${entry.user}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  };
}

/** Matches one entry of one user, whatever its host and permission: what is not wanted goes, a DENY too. */
export function aclFilter(entry: AccessEntry): AclFilter {
  const operation = AclOperations[entry.operation.split(' ')[0] as keyof typeof AclOperations] ?? AclOperations.ANY;
  const resourceType =
    entry.resource === 'topic' ? ResourceTypes.TOPIC : entry.resource === 'group' ? ResourceTypes.GROUP : ResourceTypes.ANY;
  return {
    resourceType,
    resourceName: entry.name,
    resourcePatternType:
      entry.pattern === 'prefixed'
        ? ResourcePatternTypes.PREFIXED
        : entry.pattern === 'literal'
          ? ResourcePatternTypes.LITERAL
          : ResourcePatternTypes.ANY,
    principal: `User:${entry.user}`,
    host: null,
    operation,
    permissionType: AclPermissionTypes.ANY,
  };
}
