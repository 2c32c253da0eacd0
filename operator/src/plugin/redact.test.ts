import { expect, it } from 'vitest';
import { REDACTED, redact } from './redact.ts';

it('keeps of a Secret only which keys it has', () => {
  const secret = { kind: 'Secret', metadata: { name: 'acme-credentials' }, data: { 'kafka-password': 'aHVudGVyMg==' } };
  expect(redact(secret)).toEqual({ ...secret, data: { 'kafka-password': REDACTED } });
});

it.each([
  ['a token', 'got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl back', `got ${REDACTED} back`],
  ['a header', 'Authorization: Bearer abcdef.ghijkl', `Authorization: Bearer ${REDACTED}`],
  ['credentials in a URL', 'postgres://app:hunter2@db:5432/main', `postgres://${REDACTED}@db:5432/main`],
  ['a password in a message', 'login failed, password=hunter2 was wrong', `login failed, password=${REDACTED} was wrong`],
  ['a person', 'invited peter@initech.example today', `invited ${REDACTED} today`],
  ['a key', '-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----', REDACTED],
])('takes out %s', (_, text, left) => {
  expect(redact({ log: [text] })).toEqual({ log: [left] });
});

it('takes out values by their name, and leaves names of things', () => {
  expect(redact({ spec: { displayName: 'Acme Inc.', secretName: 'acme-credentials', clientSecret: 'x', replicas: 2 } })).toEqual({
    spec: { displayName: REDACTED, secretName: 'acme-credentials', clientSecret: REDACTED, replicas: 2 },
  });
});
