import { resolve } from 'node:path';
import { DocumentError } from '#shared/document/document-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { readPolicyDocuments } from '../file/load-policies.ts';
import { type InputText, readInputs } from '../file/read-inputs.ts';
import { InputError } from '../input-error.ts';
import { UNREADABLE } from './catalogue.ts';
import { isFailing, type LintedDocument } from './finding.ts';
import { lintDocument } from './lint-document.ts';
import { printLint } from './print.ts';

export interface LintArguments {
  readonly _: readonly string[];
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly output: string;
  readonly strict: boolean;
  readonly 'no-notes': boolean;
}

/** Where a policy without a namespace is put; it changes no finding. */
const NAMESPACE = 'default';

/** Says of every policy of the given files what is wrong with it; exit code by the worst. */
export async function lint(args: LintArguments, context: Context): Promise<ExitCode> {
  const paths = [...args._, ...args.filename];
  const { streams, style } = context;
  const inputs = await readInputs(paths, { recursive: args.recursive, streams });
  const documents = withoutRepeats(inputs).flatMap(lintInput);
  if (!documents.some(({ isPolicy }) => isPolicy)) {
    const origins = paths.map((path) => `"${path}"`).join(', ');
    throw new InputError('POLICY', `Cannot find a policy in ${origins}`);
  }
  const shown = args['no-notes'] ? documents.map(withoutNotes) : documents;
  streams.stdout.write(printLint(shown, args.output, { style, strict: args.strict }));
  return exitCode(documents, args.strict);
}

/** A file that is named twice, or in a folder that is named too, is one file. */
function withoutRepeats(inputs: readonly InputText[]): readonly InputText[] {
  const seen = new Map<string, string>();
  return inputs.filter(({ origin, text }) => {
    const path = resolve(origin);
    if (seen.get(path) === text) return false;
    seen.set(path, text);
    return true;
  });
}

/** A file that cannot be read is a finding, so that those of the others are told too. */
function lintInput(input: InputText): readonly LintedDocument[] {
  try {
    return readPolicyDocuments([input], NAMESPACE).map(lintDocument);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const place = error.location ?? { line: 1, column: 1 };
    return [
      {
        origin: input.origin,
        line: place.line,
        name: 'unreadable',
        isPolicy: true,
        state: 'refused',
        foreignRules: 0,
        findings: [
          { rule: UNREADABLE.id, severity: 'error', path: '', message: error.message, ...place },
        ],
      },
    ];
  }
}

function withoutNotes(document: LintedDocument): LintedDocument {
  return { ...document, findings: document.findings.filter(({ severity }) => severity !== 'note') };
}

function exitCode(documents: readonly LintedDocument[], strict: boolean): ExitCode {
  const findings = documents.flatMap((document) => document.findings);
  if (findings.some(({ rule }) => rule === UNREADABLE.id)) return EXIT.usage;
  return findings.some((finding) => isFailing(finding, strict)) ? EXIT.denied : EXIT.ok;
}
