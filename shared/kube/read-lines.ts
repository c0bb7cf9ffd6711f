import { StringDecoder } from 'node:string_decoder';
import { KubeError } from './kube-error.ts';

/** An event holds one object; etcd takes 1.5 MiB, escaped at worst a few times that. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/** The lines of a stream of bytes, without empty ones. */
export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
    if (rest.length > MAX_LINE_LENGTH) {
      throw new KubeError(
        'SERVER_ERROR',
        `Cannot read an event: it is longer than ${MAX_LINE_LENGTH} characters`,
      );
    }
  }
}
