import { backupCommand, restoreCommand } from './backup-commands.ts';
import type { CommandContext } from './command-context.ts';
import type { CommandName } from './command-line.ts';
import { diffCommand } from './diff-command.ts';
import { explainCommand } from './explain-command.ts';
import { resumeCommand, suspendCommand } from './lifecycle-commands.ts';
import { reportCommand } from './report-command.ts';
import { reconcileCommand, rotateCommand } from './request-commands.ts';
import { statusCommand } from './status-command.ts';

const COMMANDS: Readonly<Record<CommandName, (context: CommandContext) => Promise<number>>> = {
  status: statusCommand,
  explain: explainCommand,
  diff: diffCommand,
  suspend: suspendCommand,
  resume: resumeCommand,
  rotate: rotateCommand,
  backup: backupCommand,
  restore: restoreCommand,
  reconcile: reconcileCommand,
  report: reportCommand,
};

/** Carries out one command and gives the exit code. @throws PluginError, KubeError */
export function runCommand(context: CommandContext): Promise<number> {
  return COMMANDS[context.line.command](context);
}
