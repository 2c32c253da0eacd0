import { type DriftItem, tenantKeys } from '@tenantry/contracts';
import { fileRoleOf, fileRolesPath } from '../../iam/file-role.ts';
import type { FileAccess, FileRights, FileRole } from '../../iam/port.ts';
import { driftItem } from '../plans/drift-item.ts';
import { type FilesChange, filesPlan } from '../plans/files-plan.ts';
import type { Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';
import { onlyWhereWanted } from './only-where-wanted.ts';

const NOT_NEEDED = 'Only replicas of dedicated tenants sign in to the bucket as their tenant.';

/** The IAM role by which a dedicated tenant's replicas reach the tenant's own files, and the bucket's rules that end what was left behind. */
export const filesStep: Step = {
  name: 'files',
  condition: 'FilesReady',
  run: async (pass) => {
    const { files } = pass.ports;
    const { cell } = pass.place;
    if (files === undefined) return { kind: 'not-needed', message: notOffered(pass) };
    const wanted = wantedRole(pass);
    const { fileRole } = tenantKeys(pass.tenantId);
    return onlyWhereWanted<FilesChange>(
      pass,
      { step: 'files', wanted, notNeeded: NOT_NEEDED },
      {
        look: async () => {
          const [role, hasRules] = await Promise.all([files.role(fileRole), files.hasRules()]);
          return filesPlan(wanted, fileRolesPath(cell.name), { role, hasRules });
        },
        apply: async (changes) => {
          for (const change of changes) await make(files, change, { fileRole, wanted });
        },
        describe: (change) => describe(change, fileRole),
        differences: (change) => [difference(change, fileRole, cell.s3?.bucket ?? '')],
        done: () => doneMessage(pass, fileRole),
      },
    );
  },
};

const RIGHTS: Readonly<Record<TenantPass['spec']['state'], FileRights>> = { Active: 'all', ReadOnly: 'read', Suspended: 'none' };

function wantedRole({ spec, tenantId, names, place }: TenantPass): FileRole | undefined {
  if (spec.mode !== 'Dedicated') return undefined;
  const owner = { cell: place.cell, tenantId, namespace: place.tenantsNamespace, serviceAccount: names.workload };
  return fileRoleOf(owner, RIGHTS[spec.state]);
}

function notOffered({ place: { cell } }: TenantPass): string {
  if (cell.s3 === undefined) return `Cell ${cell.name} has no bucket.`;
  return `Cell ${cell.name} gives its tenants no roles (s3.tenantRoles in cells.json); files go in and out by presigned links.`;
}

function doneMessage({ spec, place }: TenantPass, role: string): string {
  const files = `the tenant’s own files in bucket ${place.cell.s3?.bucket}`;
  if (spec.state === 'Suspended') return `IAM role ${role} is denied everything while the tenant is suspended.`;
  return `IAM role ${role} may ${spec.state === 'ReadOnly' ? 'read' : 'read and write'} ${files}, and nothing else.`;
}

function describe(change: FilesChange, role: string): string {
  if (change.kind === 'rules') return 'lifecycle rules of the bucket';
  return `IAM role ${role} (${'policy' in change ? `${change.kind} ${change.policy}` : change.kind})`;
}

function difference(change: FilesChange, role: string, bucket: string): DriftItem {
  if (change.kind === 'rules') return driftItem(`s3/bucket/${bucket}`, 'lifecycle', 'as Tenantry makes it', 'different');
  const resource = `iam/role/${role}`;
  if (change.kind === 'create') return driftItem(resource, 'state', 'as Tenantry makes it', 'missing');
  if (change.kind === 'delete') return driftItem(resource, 'state', 'no role', 'there');
  if ('policy' in change) return driftItem(resource, 'policies', 'its own and no other', change.policy);
  return driftItem(resource, change.kind, 'as Tenantry makes it', 'different');
}

async function make(
  files: FileAccess,
  change: FilesChange,
  { fileRole, wanted }: { readonly fileRole: string; readonly wanted: FileRole | undefined },
): Promise<void> {
  if (change.kind === 'rules') return files.putRules();
  if (change.kind === 'remove-policy') return files.removePolicy(fileRole, change.policy);
  if (change.kind === 'detach-policy') return files.detachPolicy(fileRole, change.policy);
  if (change.kind === 'delete' || wanted === undefined) return files.deleteRole(fileRole);
  if (change.kind === 'create') return files.createRole(wanted);
  if (change.kind === 'trust') return files.setTrust(wanted);
  if (change.kind === 'boundary') return files.setBoundary(wanted);
  return files.setPolicy(wanted);
}
