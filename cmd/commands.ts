import type { Command } from './command.ts';
import { completionCommand } from './command/completion.ts';
import { dryRunCommand } from './command/dry-run.ts';
import { installCommand } from './command/install.ts';
import { uninstallCommand } from './command/uninstall.ts';
import { verifyCommand } from './command/verify.ts';
import { versionCommand } from './command/version.ts';

/** Every command, in the order of help. */
export const commands: readonly Command[] = [
  installCommand,
  uninstallCommand,
  dryRunCommand,
  verifyCommand,
  completionCommand,
  versionCommand,
];
