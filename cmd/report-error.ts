import { CodedError, messageOf } from '#shared/base/coded-error.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { PROGRAM } from './help.ts';
import { InputError } from './input-error.ts';
import { printableText } from './print/printable-text.ts';
import type { Output } from './streams.ts';

/** Documents and keys that a person gave; recognised by name so that their modules are not loaded for it. */
const INPUT_ERRORS: ReadonlySet<string> = new Set([
  'InputError',
  'DocumentError',
  'PublicKeyError',
]);

/** Error classes whose message says everything to a person; others show where they came from. */
function isExpected(thrown: unknown): boolean {
  return thrown instanceof CodedError;
}

/**
 * The one place where anything thrown becomes a message and an exit code. Nothing that was thrown ever
 * exits 0 (MUST-NOT-HAPPEN 21).
 */
export function reportError(
  thrown: unknown,
  stderr: Output,
  commandName: string | undefined,
): ExitCode {
  stderr.write(`error: ${printableText(messageOf(thrown))}\n`);
  if (thrown instanceof InputError && thrown.code === 'USAGE') {
    const subject = commandName === undefined ? '' : `${commandName} `;
    stderr.write(`See '${PROGRAM} ${subject}--help' for usage.\n`);
  }
  if (!isExpected(thrown) && thrown instanceof Error && thrown.stack !== undefined) {
    stderr.write(
      `This is a defect of ${PROGRAM}; please report it with these lines:\n${printableText(thrown.stack)}\n`,
    );
  }
  const isInput = thrown instanceof CodedError && INPUT_ERRORS.has(thrown.name);
  return isInput ? EXIT.usage : EXIT.trouble;
}
