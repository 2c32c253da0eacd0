export * from './platform/cells.ts';
export * from './platform/secrets.ts';
export * from './tenant/duration.ts';
export * from './tenant/tenant-conditions.ts';
export * from './tenant/tenant-labels.ts';
export * from './tenant/tenant-names.ts';
export * from './tenant/tenant-resource.ts';
export * from './tenant/tenant-resource-class.ts';
