import { isJsonObject, member } from './json-value.ts';

/** The texts of a mapping in foreign JSON, labels say; what is no text is left out. */
export function stringMap(parent: unknown, key: string): Readonly<Record<string, string>> {
  const value = member(parent, key);
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text]] : [],
    ),
  );
}

/** The texts of a list in foreign JSON. */
export function stringList(parent: unknown, key: string): readonly string[] {
  const value = member(parent, key);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
