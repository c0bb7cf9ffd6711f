import assert from 'node:assert/strict';
import { type KeyProvider, KeySourceError } from '#shared/trust/key-source.ts';

/** The PEM text that a provider finds behind a reference. */
export async function fetchKey(provider: KeyProvider, uri: string): Promise<string> {
  return (await provider.fetch(uri, new AbortController().signal)).pem;
}

/** The error for a reference that cannot be had, which names it. */
export async function keyRefusal(provider: KeyProvider, uri: string): Promise<KeySourceError> {
  const error: unknown = await fetchKey(provider, uri).then(
    () => assert.fail('it was fetched'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof KeySourceError, String(error));
  assert.ok(error.message.startsWith(`Cannot fetch key "${uri}": `), error.message);
  return error;
}
