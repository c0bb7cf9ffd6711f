/**
 * Reads a body whole, however long its headers say it is.
 * @param maxBytes what is read at most; the rest is never taken from the connection.
 * @param tooLarge the error to throw for more.
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
