import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import type { SessionView } from '../../platform/bridge.ts';
import { sessionOwner, takeUp } from './session.ts';

const LIST = ['tenant', 'acme', 'customers', 'list'];

function session(view: Partial<SessionView>): SessionView {
  return { realm: 'tenants', signedIn: false, person: undefined, lapsed: undefined, tenants: [], kept: 'memory', ...view };
}
const person = (subject: string) => ({ subject, username: subject, name: subject, email: undefined });
const signedIn = (subject: string) => session({ signedIn: true, person: person(subject) });
const lapsed = (subject: string) => session({ lapsed: person(subject) });

/** A window in which Grace has read a list. */
function window() {
  const queries = new QueryClient();
  takeUp(queries, signedIn('grace'));
  queries.setQueryData(LIST, ['Ada']);
  return { queries, list: () => queries.getQueryState(LIST) };
}

it('keeps what a person has read while they sign in again, and reads it anew then', () => {
  const { queries, list } = window();
  takeUp(queries, lapsed('grace'));
  expect([list()?.data, list()?.isInvalidated]).toEqual([['Ada'], false]);
  takeUp(queries, signedIn('grace'));
  expect([list()?.data, list()?.isInvalidated]).toEqual([['Ada'], true]);
});

it.each([
  ['somebody else signs in', [lapsed('grace'), signedIn('ada')]],
  ['somebody else signs in at once', [signedIn('ada')]],
  ['they sign out', [session({})]],
  ['they leave instead of signing in again', [lapsed('grace'), session({})]],
])('keeps nothing of it when %s', (_, told) => {
  const { queries, list } = window();
  for (const each of told) takeUp(queries, each);
  expect(list()?.data).toBeUndefined();
  expect(sessionOwner(queries.getQueryData(['session', 'tenants']))).toBe(sessionOwner(told.at(-1)));
});
