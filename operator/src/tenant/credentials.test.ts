import { expect, it } from 'vitest';
import { TenantCredentials } from './credentials.ts';

const key = Buffer.alloc(32, 7);

it('derives the same password again after a crash', () => {
  expect(new TenantCredentials(key, 'a', 1).for('kafka')).toEqual(new TenantCredentials(key, 'a', 1).for('kafka'));
});

it('gives another password to every tenant, purpose, generation and key', () => {
  const passwords = [
    new TenantCredentials(key, 'a', 1).for('kafka'),
    new TenantCredentials(key, 'b', 1).for('kafka'),
    new TenantCredentials(key, 'a', 1).for('postgres'),
    new TenantCredentials(key, 'a', 2).for('kafka'),
    new TenantCredentials(Buffer.alloc(32, 8), 'a', 1).for('kafka'),
  ].map(({ password }) => password);
  expect(new Set(passwords).size).toBe(passwords.length);
  for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

it('marks a password without telling it', () => {
  const { password, fingerprint } = new TenantCredentials(key, 'a', 1).for('client');
  expect(fingerprint).toMatch(/^[0-9a-f]{12}$/);
  expect(password).not.toContain(fingerprint);
});

it('has one generation, and two while a rotation overlaps, the current first', () => {
  expect(new TenantCredentials(key, 'a', 2).generations).toEqual([2]);
  const both = new TenantCredentials(key, 'a', 2, 1);
  expect([both.generation, both.generations]).toEqual([2, [2, 1]]);
  expect(both.for('kafka', 1)).toEqual(new TenantCredentials(key, 'a', 1).for('kafka'));
});
