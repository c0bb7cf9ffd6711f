import type { Finding, LintedDocument, Severity } from './finding.ts';

/** Workflow commands by which GitHub Actions shows a finding beside the line. */
const COMMANDS: Readonly<Record<Severity, string>> = {
  error: 'error',
  unsupported: 'error',
  warning: 'warning',
  note: 'notice',
};

/** One workflow command a finding, with GitHub's escapes for properties and messages. */
export function githubOf(documents: readonly LintedDocument[]): string {
  return documents
    .flatMap(({ origin, findings }) => findings.map((finding) => commandOf(origin, finding)))
    .join('');
}

function commandOf(file: string, { rule, severity, line, column, path, message }: Finding): string {
  const properties = Object.entries({ file, line, col: column, title: rule })
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
    .join(',');
  const text = path === '' ? message : `${path}: ${message}`;
  return `::${COMMANDS[severity]} ${properties}::${escapeData(text)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
