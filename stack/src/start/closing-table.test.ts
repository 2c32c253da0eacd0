import { expect, it } from 'vitest';
import { closingText } from './closing-table.ts';

const closing = {
  version: '0.1.0',
  nodeVersion: '24.21.0',
  seconds: 38.4,
  dataSince: undefined,
  rows: [{ what: 'Kafka', where: '172.31.255.1:29092', signIn: 'SCRAM-SHA-512' }],
  standIns: [],
  missing: [],
  tenants: 'NAME   READY\nacme   True\n',
  commands: ['npm run status'],
};

it('lines the columns up and ends with commands that can be pasted', () => {
  const text = closingText(closing);
  expect(text).toContain(
    '  What   Where               Sign in (a command, or name: file of the password)\n  Kafka  172.31.255.1:29092  SCRAM-SHA-512',
  );
  expect(text).toContain('  Try, in this folder:\n    npm run status\n');
});

it('says welcome back, and of when the data is, only when there was some', () => {
  expect(closingText(closing)).not.toContain('welcome back');
  expect(closingText({ ...closing, dataSince: '2026-11-22T14:50:12.345Z' })).toContain(
    'welcome back, your data is of 2026-11-22 14:50 UTC',
  );
});

it('names every stand-in', () => {
  expect(closingText({ ...closing, standIns: ['moto for AWS KMS'] })).toContain('Stand-ins: moto for AWS KMS');
});

it('names what does not run', () => {
  expect(closingText({ ...closing, missing: ['kubelet', 'tenantry'] })).toContain('Not running: kubelet, tenantry.');
});
