import type { JsonValue } from '#shared/base/json-value.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import { parseStrictJson } from '#shared/base/strict-json.ts';
import { predicateTypeOf } from '#shared/signature/predicate-types.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { readInputs } from '../file/read-inputs.ts';
import { InputError } from '../input-error.ts';
import { type SignArguments, signStatement } from './sign.ts';

export interface AttestArguments extends Omit<SignArguments, 'annotations'> {
  readonly predicate: string | undefined;
  readonly type: string;
}

/** What verifiers read at most of an attestation, base64 in its envelope. Bytes. */
const MAX_PREDICATE_BYTES = 7 * 1024 * 1024;

/** Signs a predicate about one image and stores the attestation beside the image. */
export async function attest(args: AttestArguments, context: Context): Promise<ExitCode> {
  const predicate = await readPredicate(args.predicate ?? '', context);
  const said = { predicateType: predicateTypeOf(args.type), predicate };
  return await signStatement({ ...args, annotations: [] }, said, context);
}

async function readPredicate(path: string, { streams }: Context): Promise<JsonValue> {
  const [input] = await readInputs([path], { recursive: false, streams });
  const text = input?.text ?? '';
  const cannot = (why: string, cause?: unknown): InputError =>
    new InputError('FILE', `Cannot attest "${path}": ${why}`, { cause });
  if (Buffer.byteLength(text) > MAX_PREDICATE_BYTES)
    throw cannot(`it is larger than ${MAX_PREDICATE_BYTES} bytes`);
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw cannot(`a predicate must be JSON: ${messageOf(cause)}`, cause);
  }
}
