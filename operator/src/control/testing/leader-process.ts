import { KubeClient } from '../kube-client.ts';
import { LeaderElection } from '../leader.ts';

/**
 * A process that campaigns for a lease and prints a line whenever it acts as leader: `<identity> <wall clock ms>`.
 * Arguments: kubeconfig, identity. The lease lasts 3 s.
 */
const [kubeconfig = '', identity = ''] = process.argv.slice(2);
const client = KubeClient.fromKubeconfig(kubeconfig);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const election = new LeaderElection({
  api: client,
  lease: { namespace: 'default', name: 'leader-test' },
  identity,
  leaseDurationMs: 3_000,
  renewDeadlineMs: 2_000,
  retryPeriodMs: 300,
  onStartedLeading: async (signal) => {
    console.log(`${identity} starts`);
    while (!signal.aborted) {
      try {
        election.assertLeading();
        console.log(`${identity} ${Date.now()}`);
      } catch {
        console.log(`${identity} refused`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  onStoppedLeading: (why) => console.log(`${identity} ${why}`),
});
console.log(`${identity} campaigns`);
await election.run(stop.signal);
await client.close();
