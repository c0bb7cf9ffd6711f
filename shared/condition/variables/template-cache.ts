import { parseTemplate, type Template } from './template.ts';

/** Texts of all policies of a large cluster; beyond that they are parsed again. */
const MAX_TEMPLATES = 10_000;

const templates = new Map<string, Template>();

/**
 * {@link parseTemplate}, once for every text. For texts of policies only, which are few and come back with
 * every request.
 */
export function cachedTemplate(text: string): Template {
  const known = templates.get(text);
  if (known !== undefined) return known;
  if (templates.size >= MAX_TEMPLATES) templates.clear();
  const template = parseTemplate(text);
  templates.set(text, template);
  return template;
}
