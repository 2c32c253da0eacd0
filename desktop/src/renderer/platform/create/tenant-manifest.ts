import { GROUP, VERSION } from '@tenantry/contracts';
import { parse, stringify } from 'yaml';

/** A Tenant as somebody writes it. */
export interface TenantManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What a new tenant begins with: nothing but its class is needed. */
export const NEW_TENANT: TenantManifest = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Tenant', metadata: { name: '' }, spec: {} };

export function yamlOf(manifest: TenantManifest): string {
  return stringify(manifest);
}

/** The manifest of a text, or in words why it is none. Pure. */
export function manifestOf(text: string): TenantManifest | { readonly problem: string } {
  let read: unknown;
  try {
    read = parse(text);
  } catch (error) {
    return { problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : `${error}` };
  }
  if (!isMap(read)) return { problem: 'not an object' };
  const { apiVersion, kind, metadata, spec } = read;
  if (apiVersion !== NEW_TENANT.apiVersion || kind !== NEW_TENANT.kind)
    return { problem: `not a ${NEW_TENANT.kind} of ${NEW_TENANT.apiVersion}` };
  if (!isMap(metadata) || typeof metadata.name !== 'string') return { problem: 'metadata.name is missing' };
  if (!isMap(spec)) return { problem: 'spec is missing' };
  return read as unknown as TenantManifest;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
