import type { TenantNames } from '@tenantry/contracts';
import { escapeIdentifier } from 'pg';
import { type Grant, grantKey } from './tenant-grants.ts';

/** What separates the rights found from those wanted. Nothing to do: both lists are empty. */
export interface GrantPlan {
  readonly missing: readonly Grant[];
  readonly extra: readonly Grant[];
  readonly wanted: readonly Grant[];
}

export function planGrants(wanted: readonly Grant[], found: readonly Grant[]): GrantPlan {
  const wantedKeys = new Set(wanted.map(grantKey));
  const foundKeys = new Set(found.map(grantKey));
  return {
    missing: wanted.filter((grant) => !foundKeys.has(grantKey(grant))),
    extra: found.filter((grant) => !wantedKeys.has(grantKey(grant))),
    wanted,
  };
}

/**
 * The plan as one text of statements, to be run in a transaction of the operator's login (behind requireEpoch). Takes before it gives, so
 * that a right with a grant option comes back without. Rights on objects are the owner's to give: the text turns into it and back.
 * A membership that a superuser gave cannot be taken by the operator: it stays, and is found again.
 */
export function grantStatements(names: TenantNames, { missing, extra, wanted }: GrantPlan): string {
  const onObjects = [
    ...extra.filter(({ kind }) => kind !== 'member').map((grant) => `revoke ${right(names, grant)} from ${role(grant)} cascade;`),
    ...gifts(
      names,
      missing.filter(({ kind }) => kind !== 'member'),
    ),
  ];
  const memberships = [
    ...extra.filter(({ kind }) => kind === 'member').map((grant) => leave(grant, wanted)),
    ...joins(missing.filter(({ kind }) => kind === 'member')),
  ];
  const asOwner = onObjects.length === 0 ? [] : [`set local role ${escapeIdentifier(names.ownerRole)};`, ...onObjects, 'reset role;'];
  // The operator may only turn into the owner once its membership is there. Otherwise it turns first: after a change of memberships PostgreSQL
  // would walk through all it administers once more.
  const hasToBecomeOwner = missing.some(({ kind, object }) => kind === 'member' && object === names.ownerRole);
  return (hasToBecomeOwner ? [...memberships, ...asOwner] : [...asOwner, ...memberships]).join('\n');
}

/**
 * One statement for all that a role is given on an object: each statement is a change of the object's row, and of everything that each backend
 * of the cell keeps of it. Rights on columns are given one by one; nobody wants any.
 */
function gifts(names: TenantNames, grants: readonly Grant[]): string[] {
  const together = Map.groupBy(grants, ({ kind, object, grantee, privilege }) =>
    JSON.stringify(kind === 'column' ? [kind, object, grantee, privilege] : [kind, object, grantee]),
  );
  return [...together.values()].map((alike) => {
    const grant = alike[0] as Grant;
    const privilege = alike.map((each) => each.privilege).join(', ');
    return `grant ${right(names, { ...grant, privilege })} to ${role(grant)};`;
  });
}

function right(names: TenantNames, { kind, object, privilege }: Grant): string {
  const plain = privilege.replace(' WITH GRANT OPTION', '');
  const schema = escapeIdentifier(names.schema);
  switch (kind) {
    case 'schema':
      return `${plain} on schema ${schema}`;
    case 'column': {
      const [table = '', column = ''] = object.split('.');
      return `${plain} (${escapeIdentifier(column)}) on ${schema}.${escapeIdentifier(table)}`;
    }
    case 'function': {
      const [name = ''] = object.split('(');
      return `${plain} on function ${schema}.${escapeIdentifier(name)}${object.slice(name.length)}`;
    }
    default:
      return `${plain} on ${kind} ${schema}.${escapeIdentifier(object)}`;
  }
}

function role({ grantee }: Grant): string {
  return grantee === 'PUBLIC' ? 'public' : escapeIdentifier(grantee);
}

/** One statement for all who join a role alike: for each PostgreSQL looks through every role the operator administers, three a tenant of the cell. */
function joins(grants: readonly Grant[]): string[] {
  const together = Map.groupBy(grants, ({ object, privilege }) => JSON.stringify([object, privilege]));
  return [...together.values()].map((alike) => {
    const { object, privilege } = alike[0] as Grant;
    const worth = privilege === 'INHERIT' ? 'inherit true, set false' : 'inherit false, set true';
    return `grant ${escapeIdentifier(object)} to ${alike.map((grant) => escapeIdentifier(grant.grantee)).join(', ')} with ${worth};`;
  });
}

/** Takes one option of a membership that is wanted for another, the whole membership otherwise. */
function leave({ object, privilege, grantee }: Grant, wanted: readonly Grant[]): string {
  const stays = wanted.some((grant) => grant.kind === 'member' && grant.object === object && grant.grantee === grantee);
  return `revoke ${stays ? `${privilege} option for ` : ''}${escapeIdentifier(object)} from ${escapeIdentifier(grantee)} cascade;`;
}
