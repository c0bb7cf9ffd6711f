import { dump } from 'js-yaml';

/** One YAML document; long strings stay on one line, as kubectl prints them. */
export function formatYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true });
}
