import { hasPythonLibrary, type PythonLibrary, pythonLibrary } from '../install/python-library.ts';
import type { Part } from '../part.ts';
import { PORTS } from '../ports.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { VERSIONS } from '../versions.ts';

/** Its own `server` extra brings every service of Amazon's, 180 MB; these are what the server is and what S3, IAM and STS need. */
const MOTO: PythonLibrary = {
  name: 'moto',
  version: VERSIONS.moto,
  requirements: [`moto[s3]==${VERSIONS.moto}`, `flask==${VERSIONS.flask}`, `flask-cors==${VERSIONS.flaskCors}`],
};

/**
 * moto: a stand-in for Amazon's IAM, STS and S3 rules, which exist nowhere else. It keeps everything in memory and takes any credentials
 * until it is told to check them (`POST /moto-api/reset-auth`); then it holds roles to their policies, but does not look at conditions such
 * as `s3:prefix`, nor at the tokens that roles are taken with. Only tests use it, on loopback.
 */
export const moto: Part = {
  name: 'moto',
  needs: [],
  processes: ['moto'],
  needsRoot: false,
  forTests: true,
  address: () => `${motoUrl()} (a stand-in for Amazon, for tests)`,
  hint: `Is something else on port ${PORTS.moto}? \`npm run doctor\` looks.`,
  installed: (context) => hasPythonLibrary(context, MOTO),
  install: async (context) => void (await pythonLibrary(context, MOTO)),
  start: async (context) => {
    if (await findProcess(context.paths, 'moto')) return;
    const library = await pythonLibrary(context, MOTO);
    await startProcess(context.paths, {
      name: 'moto',
      command: 'python3',
      args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(PORTS.moto)],
      // The cache is as it was installed: nothing is compiled into it.
      env: { PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: '1' },
    });
  },
  ready: () =>
    retryUntil('moto does not answer', 30_000, async () => {
      const answer = await fetch(`${motoUrl()}/moto-api/data.json`, { signal: AbortSignal.timeout(5000) });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    }),
  stop: ({ paths }) => stopProcess(paths, 'moto'),
};

/** All of Amazon's services answer here. */
export function motoUrl(): string {
  return `http://127.0.0.1:${PORTS.moto}`;
}
