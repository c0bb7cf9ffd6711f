import { createHmac, randomBytes } from 'node:crypto';

/** New in each process: a scope in a log cannot be used to guess at passwords. */
const SECRET = randomBytes(32);

/** Names credentials without revealing them: equal content gives equal scopes within one process. */
export function scopeOf(kind: string, content: string): string {
  const hash = createHmac('sha256', SECRET).update(content).digest('hex');
  return `${kind}:${hash.slice(0, 32)}`;
}
