import { BRIDGE } from '../node-address.ts';
import type { Part } from '../part.ts';
import { runCommand } from '../run-command.ts';

/** The bridge whose address host and pods share. Without root there is none, and nothing to do. */
export const network: Part = {
  name: 'network',
  needs: [],
  processes: [],
  needsRoot: false,
  address: (context) => context.nodeAddress,
  hint: 'The bridge could not be made: is iproute2 installed and is this machine allowed to make bridges?',
  installed: async () => true,
  install: async () => {},
  start: async (context) => {
    if (context.nodeAddress !== BRIDGE.address) return;
    const exists = await runCommand('ip', ['link', 'show', BRIDGE.name]).then(
      () => true,
      () => false,
    );
    if (!exists) await runCommand('ip', ['link', 'add', BRIDGE.name, 'type', 'bridge']);
    await runCommand('ip', ['addr', 'replace', `${BRIDGE.address}/32`, 'dev', BRIDGE.name]);
    await runCommand('ip', ['link', 'set', BRIDGE.name, 'up']);
  },
  ready: async () => {},
  stop: async () => {},
};
