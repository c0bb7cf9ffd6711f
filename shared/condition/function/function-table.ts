import { ADDRESS_FUNCTIONS } from './address-functions.ts';
import { ARITHMETIC_FUNCTIONS } from './arithmetic-functions.ts';
import { CERTIFICATE_FUNCTIONS } from './certificate-functions.ts';
import { COLLECTION_FUNCTIONS } from './collection-functions.ts';
import { CONVERSION_FUNCTIONS } from './conversion-functions.ts';
import { ENCODING_FUNCTIONS } from './encoding-functions.ts';
import { EXPRESSION_FUNCTIONS } from './expression-functions.ts';
import type { FunctionEntry } from './function-entry.ts';
import { NUMBER_FUNCTIONS } from './number-functions.ts';
import { RANDOM_FUNCTIONS } from './random-functions.ts';
import { REGEXP_FUNCTIONS } from './regexp-functions.ts';
import { SEMVER_FUNCTIONS } from './semver-functions.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { TIME_FUNCTIONS } from './time-functions.ts';

/** Every function of the language: JMESPath's own 26, and those of Kyverno 1.19. */
export const FUNCTIONS: ReadonlyMap<string, FunctionEntry> = new Map(
  [
    ADDRESS_FUNCTIONS,
    ARITHMETIC_FUNCTIONS,
    CERTIFICATE_FUNCTIONS,
    COLLECTION_FUNCTIONS,
    CONVERSION_FUNCTIONS,
    ENCODING_FUNCTIONS,
    EXPRESSION_FUNCTIONS,
    NUMBER_FUNCTIONS,
    RANDOM_FUNCTIONS,
    REGEXP_FUNCTIONS,
    SEMVER_FUNCTIONS,
    TEXT_FUNCTIONS,
    TIME_FUNCTIONS,
  ].flatMap((group) => Object.entries(group)),
);

/** The names that an expression may call. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set(FUNCTIONS.keys());
