import { expect, it } from 'vitest';
import { CommandEnded, endCommands, runCommand } from './run-command.ts';

it('gives what a program wrote to standard output', async () => {
  expect(await runCommand('sh', ['-c', 'echo out; echo err >&2'])).toBe('out\n');
});

it('says the command, its exit code and its last lines when it fails', async () => {
  await expect(runCommand('sh', ['-c', 'echo broken >&2; exit 3'])).rejects.toThrow('exited with 3\n  broken');
});

it('ends a command under way, whose caller sees it fail', async () => {
  const sleeping = runCommand('sleep', ['30']);
  endCommands();
  await expect(sleeping).rejects.toThrow('was ended by SIGTERM');
  await expect(sleeping).rejects.toBeInstanceOf(CommandEnded);
});
