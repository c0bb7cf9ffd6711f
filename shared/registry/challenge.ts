/** One way of authenticating that a server offers in `WWW-Authenticate`. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** RFC 9110 §5.6.2 token, §11.2 token68, §5.6.4 quoted-string. */
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const SPACES = /[ \t]+/y;
const SEPARATOR = /[ \t]*,[ \t,]*/y;

/**
 * Parses `WWW-Authenticate` with any number of challenges (RFC 9110 §11.6.1). What comes after something
 * unreadable is left out; the challenges before it stay.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const reader = new HeaderReader(header.trim());
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  reader.take(SEPARATOR);
  while (!reader.atEnd) {
    const parameter = reader.parameter();
    const current = challenges.at(-1);
    if (parameter !== undefined) {
      if (current === undefined) break;
      if (!current.parameters.has(parameter.name))
        current.parameters.set(parameter.name, parameter.value);
    } else {
      const scheme = reader.scheme();
      if (scheme === undefined) break;
      challenges.push({ scheme, parameters: new Map() });
      if (reader.hasParameter()) continue;
      reader.take(TOKEN68);
    }
    if (!reader.atEnd && reader.take(SEPARATOR) === undefined) break;
  }
  return challenges;
}

class HeaderReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    if (match !== undefined) this.#at = pattern.lastIndex;
    return match;
  }

  /** Whether a `name=value` comes next. */
  hasParameter(): boolean {
    const start = this.#at;
    const found = this.parameter() !== undefined;
    this.#at = start;
    return found;
  }

  parameter(): { name: string; value: string } | undefined {
    const start = this.#at;
    const name = this.take(TOKEN)?.[0].toLowerCase();
    const quotedOrToken =
      name === undefined || this.take(EQUALS) === undefined ? undefined : this.#value();
    if (name !== undefined && quotedOrToken !== undefined) return { name, value: quotedOrToken };
    this.#at = start;
    return undefined;
  }

  /** A scheme's name with the space after it. */
  scheme(): string | undefined {
    const scheme = this.take(TOKEN)?.[0].toLowerCase();
    this.take(SPACES);
    return scheme;
  }

  #value(): string | undefined {
    const quoted = this.take(QUOTED)?.[1];
    if (quoted !== undefined) return quoted.replaceAll(/\\(.)/g, '$1');
    return this.take(TOKEN)?.[0];
  }
}
