import { expect, it } from 'vitest';
import { externalLink } from './external-link.ts';

it('gives https to the browser, and http in a development environment only', () => {
  expect(externalLink('https://example.org/a?b=c', 'production')).toBe('https://example.org/a?b=c');
  expect(externalLink('http://127.0.0.1:27070/file', 'development')).toBe('http://127.0.0.1:27070/file');
  expect(externalLink('http://127.0.0.1:27070/file', 'production')).toBeUndefined();
});

it.each([
  'file:///etc/passwd',
  'javascript:alert(1)',
  'smb://host/share',
  'ms-msdt:/id',
  'https://user:pw@example.org',
  'data:text/html,x',
  'no address',
  '',
])('never gives it %j', (link) => {
  expect(externalLink(link, 'development')).toBeUndefined();
});
