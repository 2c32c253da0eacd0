import { expect, it } from 'vitest';
import { linkAmong, pathOfLink } from './deep-link.ts';

it.each([
  ['tenantry://tenants/acme', '/tenants/acme'],
  ['TENANTRY://tenants/acme/customers/', '/tenants/acme/customers'],
  [
    'tenantry://tenants/acme/customers/019A9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
    '/tenants/acme/customers/019A9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  ],
  ['tenantry://platform/tenants/acme?edit=true#/x', '/platform/tenants/acme'],
])('opens %s, its case kept and what follows left out', (link, path) => {
  expect(pathOfLink(link)).toBe(path);
});

it.each([
  'tenantry://',
  'tenantry://tenants/../platform',
  'tenantry://tenants/acme/../../platform',
  'tenantry://tenants/acme/customers/%2e%2e%2f%2e%2e',
  'tenantry://tenants/acme%00/customers',
  'tenantry://tenants/acme/customers/javascript:alert(1)',
  'tenantry://tenants/ACME',
  'tenantry://tenants/acme/delete',
  'tenantry://user:password@tenants/acme',
  'tenantry:tenants/acme',
  'https://tenants/acme',
  'file:///etc/passwd',
  ' tenantry://tenants/acme',
  'tenantry://tenants/acme\ntenantry://platform',
  `tenantry://tenants/acme/${'x'.repeat(1000)}`,
])('opens nothing for %j', (link) => {
  expect(pathOfLink(link)).toBeUndefined();
});

it('finds the link among the words of a second start, and takes no option for one', () => {
  expect(linkAmong(['/opt/tenantry', '--tenantry://tenants/acme', 'tenantry://tenants/Acme'])).toBe('tenantry://tenants/Acme');
  expect(linkAmong(['/opt/tenantry'])).toBeUndefined();
});
