import { expect, it } from 'vitest';
import type { KubeObject } from './kube-object.ts';
import { CONFIG_HASH, renderDeployment } from './render-deployment.ts';

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'system' },
  spec: {
    template: {
      metadata: { labels: { app: 'api' } },
      spec: {
        containers: [
          {
            name: 'api',
            image: 'service',
            env: [
              { name: 'SERVICE_IMAGE', value: 'service' },
              { name: 'LOG_LEVEL', value: 'info' },
            ],
          },
        ],
        volumes: [{ name: 'secrets', secret: { secretName: 'api' } }],
      },
    },
  },
};
const images = { service: 'localhost/service:abc' };
const secret = (name: string, value: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'system' },
  data: { password: value },
});

function template(object: KubeObject) {
  return (
    object as unknown as { spec: { template: { metadata: { annotations: Record<string, string> }; spec: { containers: unknown[] } } } }
  ).spec.template;
}

it('puts the built image in, also where a variable passes it on', () => {
  const [container] = template(renderDeployment(deployment, images, [secret('api', 'x')])).spec.containers;
  expect(container).toMatchObject({
    image: 'localhost/service:abc',
    env: [
      { name: 'SERVICE_IMAGE', value: 'localhost/service:abc' },
      { name: 'LOG_LEVEL', value: 'info' },
    ],
  });
});

it('sets variables of this platform, instead of the manifest’s or beside them, on that Deployment alone', () => {
  const settings = { api: { LOG_LEVEL: 'debug', MORE: 'x' }, relay: { LOG_LEVEL: 'trace' } };
  const rendered = template(renderDeployment(deployment, images, [secret('api', 'x')], settings));
  expect((rendered.spec.containers[0] as { env: unknown }).env).toEqual([
    { name: 'SERVICE_IMAGE', value: 'localhost/service:abc' },
    { name: 'LOG_LEVEL', value: 'debug' },
    { name: 'MORE', value: 'x' },
  ]);
});

it('changes the pods when a mounted secret changes, and not when another one does', () => {
  const hash = (...configuration: KubeObject[]) =>
    template(renderDeployment(deployment, images, configuration)).metadata.annotations[CONFIG_HASH];
  expect(hash(secret('api', 'x'), secret('relay', 'y'))).toBe(hash(secret('api', 'x'), secret('relay', 'changed')));
  expect(hash(secret('api', 'x'))).not.toBe(hash(secret('api', 'changed')));
});

it('refuses an image nobody built and a mount nobody makes, by name', () => {
  expect(() => renderDeployment(deployment, {}, [secret('api', 'x')])).toThrow('Deployment api: nobody built the image "service"');
  expect(() => renderDeployment(deployment, images, [])).toThrow('Deployment api mounts "api", which the deploy step does not make');
});

it('leaves the given object and other kinds alone', () => {
  const before = structuredClone(deployment);
  renderDeployment(deployment, images, [secret('api', 'x')]);
  expect(deployment).toEqual(before);
  expect(renderDeployment(secret('api', 'x'), {}, [])).toEqual(secret('api', 'x'));
});

it('adds the settings of this platform to the Deployment they are for, and to no other', () => {
  const settings = { api: { DRIFT_CHECK_INTERVAL: '5s' }, relay: { RELAY_BATCH: '1' } };
  const [container] = template(renderDeployment(deployment, images, [secret('api', 'x')], settings)).spec.containers;
  expect(container).toMatchObject({
    env: [{ name: 'SERVICE_IMAGE' }, { name: 'LOG_LEVEL' }, { name: 'DRIFT_CHECK_INTERVAL', value: '5s' }],
  });
});
