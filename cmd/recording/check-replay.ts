import { usageError } from '../input-error.ts';

/**
 * Refuses a trust root beside a recording, which holds whom it believed: it would be another question.
 * @throws {InputError}
 */
export function checkReplay(args: {
  readonly replay: string | undefined;
  readonly 'trusted-root': readonly string[];
}): void {
  if (args.replay === undefined || args['trusted-root'].length === 0) return;
  throw usageError(
    '"--trusted-root" cannot be used with "--replay": a recording has its own trust root',
  );
}
