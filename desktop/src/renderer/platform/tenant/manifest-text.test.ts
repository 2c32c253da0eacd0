import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { manifestText } from './manifest-text.ts';

const manifest = {
  kind: 'Tenant',
  spec: {
    lifecycle: { state: 'Active' },
    messaging: { topics: [{ name: 'orders.eu', partitions: 3 }, { name: 'bills' }], queues: [] },
  },
};

it('names behind each field the tool that keeps it, and stays the same object', () => {
  const owners = [
    { path: 'spec.lifecycle.state', manager: 'argocd' },
    { path: 'spec.messaging.topics[orders.eu].partitions', manager: 'kubectl' },
    { path: 'spec.messaging.queues', manager: 'helm' },
    { path: 'spec.gone.since', manager: 'nobody' },
  ];
  const text = manifestText(manifest, owners, (manager) => `kept by ${manager}`);
  expect(text).toContain('state: Active # kept by argocd\n');
  expect(text).toContain('partitions: 3 # kept by kubectl\n');
  expect(text).toContain('queues: []\n');
  expect(text).not.toContain('nobody');
  expect(parse(text)).toEqual(manifest);
});
