import type { Part } from './part.ts';
import { chromium } from './parts/chromium.ts';
import { containerd } from './parts/containerd.ts';
import { etcd } from './parts/etcd.ts';
import { hyperkube } from './parts/hyperkube.ts';
import { images } from './parts/images.ts';
import { kafka } from './parts/kafka.ts';
import { keycloak } from './parts/keycloak.ts';
import { kubeApiserver } from './parts/kube-apiserver.ts';
import { kubeControllerManager } from './parts/kube-controller-manager.ts';
import { kubeProxy } from './parts/kube-proxy.ts';
import { kubeScheduler } from './parts/kube-scheduler.ts';
import { kubelet } from './parts/kubelet.ts';
import { mongo } from './parts/mongo.ts';
import { moto } from './parts/moto.ts';
import { network } from './parts/network.ts';
import { pgbouncer } from './parts/pgbouncer.ts';
import { postgres } from './parts/postgres.ts';
import { prometheus } from './parts/prometheus.ts';
import { rabbitmq } from './parts/rabbitmq.ts';
import { redis } from './parts/redis.ts';
import { s3 } from './parts/s3.ts';
import { tenantry } from './parts/tenantry.ts';
import { webConsole } from './parts/web-console.ts';

/** Every part, in the order a person reads them. A new part is added here and nowhere else. */
export const CATALOGUE: readonly Part[] = [
  hyperkube, // First: its build is the longest.
  network,
  postgres,
  kafka,
  rabbitmq,
  redis,
  s3,
  mongo,
  keycloak,
  etcd,
  kubeApiserver,
  kubeControllerManager,
  kubeScheduler,
  containerd,
  images,
  kubelet,
  kubeProxy,
  tenantry,
  webConsole,
  prometheus,
  pgbouncer,
  moto,
  chromium,
];

/** What `npm start` brings up: everything but parts that only tests use. */
export const PLATFORM: readonly Part[] = CATALOGUE.filter((part) => !part.forTests);

/**
 * The named parts and everything they need, needs first.
 * @throws naming the known parts when one is unknown, or the circle when parts need each other.
 */
export function withNeeds(names: readonly string[], catalogue: readonly Part[] = CATALOGUE): Part[] {
  const ordered: Part[] = [];
  const visiting: string[] = [];
  const visit = (name: string): void => {
    if (visiting.includes(name)) throw new Error(`parts need each other in a circle: ${[...visiting, name].join(' → ')}`);
    const part = catalogue.find((each) => each.name === name);
    if (!part) throw new Error(`there is no part "${name}"; parts are: ${catalogue.map((each) => each.name).join(', ')}`);
    if (ordered.includes(part)) return;
    visiting.push(name);
    part.needs.forEach(visit);
    visiting.pop();
    ordered.push(part);
  };
  names.forEach(visit);
  return ordered;
}
