import { expect, it } from 'vitest';
import { aClass, aDedicatedInput, aTenant } from '../../testing/tenant-fixtures.ts';
import { type Build, classRevision, wishOf } from './wish.ts';

const { credentials, place } = aDedicatedInput();
const build = { steps: ['roles'], schemaVersion: 3 };
const wish = (spec: object, tenantClass: object = {}, more: object = {}) =>
  wishOf({ tenant: aTenant(spec), tenantClass: aClass(tenantClass), credentials, place, ...more }, build);

const wishWith = (workload: NonNullable<Build['workload']>) =>
  wishOf({ tenant: aTenant(), tenantClass: aClass(), credentials, place }, { ...build, workload });

it.each([
  ['pausing', wish({ paused: true })],
  ['the drift policy', wish({ driftPolicy: 'Report' })],
  ['what deletion does', wish({ deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '1h' })],
  ['quotas, which reach every tenant beside the passes', wish({}, { quotas: { customers: 7 } })],
  ['words about the class', wish({}, { description: 'Cheap' })],
])('is no other wish: %s', (_, other) => {
  expect(other).toBe(wish({}));
});

it.each([
  ['a topic', wish({ messaging: { topics: [{ name: 'orders' }] } })],
  ['a name for people', wish({ displayName: 'Acme Inc.' })],
  ['a limit of the class', wish({}, { database: { statementTimeout: '1s' } })],
  ['another image', wish({}, {}, { place: { ...place, serviceImage: 'service:2' } })],
  ['another server for replicas', wishWith({ endpoints: [{ host: 'db', port: 5433 }], isMonitored: false })],
  ['Prometheus to be told', wishWith({ endpoints: [], isMonitored: true })],
  ['a later schema', wishOf({ tenant: aTenant(), tenantClass: aClass(), credentials, place }, { ...build, schemaVersion: 4 })],
])('is another wish: %s', (_, other) => {
  expect(other).not.toBe(wish({}));
});

it('gives a class the same revision again when an edit is taken back', () => {
  const edited = classRevision(aClass({ workload: { maxReplicas: 9 } }).spec);
  expect(edited).not.toBe(classRevision(aClass().spec));
  expect(classRevision(aClass({}).spec)).toBe(classRevision(aClass().spec));
});
