import { hyperkubeIsInstalled, installHyperkube } from '../kubernetes/hyperkube-install.ts';
import type { Part } from '../part.ts';

/** The binary of the whole cluster. A part of its own, so that its long build begins first and has its own progress line. */
export const hyperkube: Part = {
  name: 'hyperkube',
  needs: [],
  processes: [],
  needsRoot: false,
  address: () => '',
  hint: 'It is compiled from Go modules: is proxy.golang.org reachable, and are 6 GB free in ~/.cache/tenantry?',
  installed: (context) => hyperkubeIsInstalled(context.paths),
  install: installHyperkube,
  start: async () => {},
  ready: async () => {},
  stop: async () => {},
};
