import { VERSION } from '../version.ts';
import { CATALOGUE, type CatalogueEntry } from './catalogue.ts';
import type { Finding, LintedDocument, Severity } from './finding.ts';

type Level = 'error' | 'warning' | 'note';

/** A SARIF 2.1.0 log with one run, as code scanning services read it. */
interface SarifLog {
  readonly $schema: string;
  readonly version: '2.1.0';
  readonly runs: readonly [SarifRun];
}

interface SarifRun {
  readonly tool: { readonly driver: object };
  readonly columnKind: 'utf16CodeUnits';
  readonly results: readonly object[];
}

const LEVELS: Readonly<Record<Severity, Level>> = {
  error: 'error',
  unsupported: 'error',
  warning: 'warning',
  note: 'note',
};

/** The findings as SARIF 2.1.0, with every rule that there is, so that its title is shown. */
export function sarifOf(documents: readonly LintedDocument[]): SarifLog {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kubectl sign-policy lint',
            semanticVersion: VERSION,
            rules: CATALOGUE.map(ruleOf),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: documents.flatMap(({ origin, findings }) =>
          findings.map((finding) => resultOf(origin, finding)),
        ),
      },
    ],
  };
}

function ruleOf({ id, severity, title }: CatalogueEntry): object {
  const text = title.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  return {
    id,
    shortDescription: { text },
    defaultConfiguration: { level: severity === 'foreign' ? 'none' : LEVELS[severity] },
  };
}

const INDEX = new Map(CATALOGUE.map(({ id }, index) => [id, index]));

function resultOf(file: string, { rule, severity, line, column, path, message }: Finding): object {
  return {
    ruleId: rule,
    ruleIndex: INDEX.get(rule),
    level: LEVELS[severity],
    message: { text: path === '' ? message : `${path}: ${message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
        ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

/**
 * A relative file stays relative: code scanning joins it to the root of the repository. What stands before a
 * colon would be a scheme.
 */
function uriOf(file: string): string {
  const path = encodeURI(file.replaceAll('\\', '/')).replaceAll(/[?#:]/g, encodeURIComponent);
  return path.startsWith('/') ? `file://${path}` : path.replace(/^(?:\.\/)+/, '');
}
