import { Controller } from '../controller.ts';
import { Informer } from '../informer.ts';
import type { KubeApi } from '../kube-api.ts';
import { controllerOf, defineResource, type KubeObject, ownerReferenceTo } from '../kube-object.ts';
import { LeaderElection } from '../leader.ts';
import { applyObject } from '../server-side-apply.ts';
import { WorkQueue } from '../work-queue.ts';

type Greeting = KubeObject & { readonly data?: Readonly<Record<string, string>> };
const kind = defineResource<Greeting>({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true });
const owned = { fieldManager: 'greeter', hashAnnotation: 'example.dev/desired-hash' };

/** Every ConfigMap labelled `greet=yes` gets a companion that greets its `data.name`, and keeps it whatever is done to it. */
export async function runGreeter(api: KubeApi, identity: string, stop: AbortSignal): Promise<void> {
  const wishes = new Informer({ api, resource: kind, namespace: 'default', labelSelector: 'greet=yes' });
  const greetings = new Informer({ api, resource: kind, namespace: 'default', labelSelector: 'made-by=greeter' });
  const queue = new WorkQueue({ name: 'greetings' });
  wishes.onChange((key) => queue.add(key));
  greetings.onChange((_key, _reason, child) => queue.add(`default/${controllerOf(child, 'ConfigMap')}`));

  const reconcile = async (key: string, signal: AbortSignal) => {
    const wish = wishes.get(key);
    if (wish === undefined) return undefined; // Gone: the companion goes with it, by its ownerReference.
    const name = `${wish.metadata.name}-greeting`;
    const metadata = { name, namespace: 'default', labels: { 'made-by': 'greeter' }, ownerReferences: [ownerReferenceTo(wish)] };
    const object: Greeting = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text: `Hello, ${wish.data?.name}!` } };
    leader.assertLeading();
    await applyObject(api, { ...owned, resource: kind, object, cached: greetings.get(`default/${name}`), signal });
    return undefined;
  };
  const lead = (signal: AbortSignal) => new Controller({ name: 'greetings', queue, workers: 2, reconcile }).run(signal);
  const leader = new LeaderElection({ api, identity, lease: { namespace: 'default', name: 'greeter' }, onStartedLeading: lead });
  const views = [wishes.start(stop), greetings.start(stop)];
  await Promise.all([wishes.synced, greetings.synced]);
  await Promise.all([leader.run(stop), ...views]);
}
