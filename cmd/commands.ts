import type { Command } from './command.ts';
import { attestCommand } from './command/attest.ts';
import { completionCommand } from './command/completion.ts';
import { dryRunCommand } from './command/dry-run.ts';
import { installCommand } from './command/install.ts';
import { lintCommand } from './command/lint.ts';
import { signCommand } from './command/sign.ts';
import { testCommand } from './command/test.ts';
import { uninstallCommand } from './command/uninstall.ts';
import { verifyCommand } from './command/verify.ts';
import { versionCommand } from './command/version.ts';

/** Every command, in the order of help. */
export const commands: readonly Command[] = [
  installCommand,
  uninstallCommand,
  dryRunCommand,
  verifyCommand,
  lintCommand,
  testCommand,
  signCommand,
  attestCommand,
  completionCommand,
  versionCommand,
];
