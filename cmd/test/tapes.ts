import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Recorder } from '#shared/recording/recorder.ts';
import { Replay } from '#shared/recording/replay.ts';
import type { Tape } from '#shared/recording/tape.ts';
import { usageError } from '../input-error.ts';
import { plural } from '../print/plural.ts';
import { printable } from '../print/tree.ts';
import { readRecording, writeRecording } from '../recording/recording-file.ts';
import type { Output } from '../streams.ts';
import type { Suite } from './suite.ts';

export interface TapeArguments {
  readonly record: string | undefined;
  readonly replay: string | undefined;
  readonly live: boolean;
  readonly 'trusted-root': readonly string[];
}

/** `kyverno-test.yaml` is replayed from `kyverno-test.recording.gz` beside it. */
const SUFFIX = '.recording.gz';

/** A recording that is being made, and where it will be. */
interface OpenRecording {
  readonly tape: Recorder;
  readonly path: string;
}

/** What stands between the suites of a run and the world; nothing, where they ask it directly. */
export class Tapes {
  readonly #bySuite: ReadonlyMap<string, Tape>;
  readonly #recorder: OpenRecording | undefined;

  private constructor(bySuite: ReadonlyMap<string, Tape>, recorder?: OpenRecording) {
    this.#bySuite = bySuite;
    this.#recorder = recorder;
  }

  /** @throws {InputError} for a recording that cannot be used. */
  static async open(args: TapeArguments, suites: readonly Suite[]): Promise<Tapes> {
    const paths = [...new Set(suites.map(({ path }) => path))];
    const { record, replay } = args;
    if (record !== undefined) {
      const tape = new Recorder();
      return new Tapes(new Map(paths.map((path) => [path, tape])), { tape, path: record });
    }
    if (replay !== undefined) {
      const tape = new Replay(await readRecording(replay));
      return new Tapes(new Map(paths.map((path) => [path, tape])));
    }
    const found = new Map<string, Tape>();
    for (const suite of args.live ? [] : suites) {
      const path = recordingBeside(suite);
      if (found.has(suite.path) || !(await isThere(path))) continue;
      refuseTrustRoot(args, path);
      found.set(suite.path, new Replay(await readRecording(path)));
    }
    return new Tapes(found);
  }

  of({ path }: Suite): Tape | undefined {
    return this.#bySuite.get(path);
  }

  /**
   * Writes what was recorded, if nothing is missing in it, and tells what is.
   * @returns whether every question had its answer.
   * @throws {InputError} where the recording cannot be written.
   */
  async close(stderr: Output): Promise<boolean> {
    const gaps = [...new Set([...this.#bySuite.values()].flatMap((tape) => tape.gaps()))].sort();
    if (gaps.length > 0) {
      stderr.write(this.#recorder === undefined ? NOT_RECORDED : NOT_WRITTEN);
      stderr.write(gaps.map((gap) => `  ${printable(gap)}\n`).join(''));
      return false;
    }
    if (this.#recorder !== undefined) {
      const { tape, path } = this.#recorder;
      const size = await writeRecording(path, tape.recording());
      const answers = plural(tape.recording().answers.size, 'answer');
      stderr.write(`Recorded ${answers} in "${path}", ${plural(size, 'byte')}\n`);
    }
    return true;
  }
}

const NOT_RECORDED = 'error: not recorded, run with --record:\n';
const NOT_WRITTEN = 'error: nothing was recorded, because these questions got no answer:\n';

function recordingBeside({ path, folder }: Suite): string {
  return join(folder, `${basename(path, extname(path))}${SUFFIX}`);
}

/** A recording holds whom it believed; another trust root would be another test. */
function refuseTrustRoot(args: TapeArguments, path: string): void {
  if (args['trusted-root'].length === 0) return;
  throw usageError(
    `"--trusted-root" cannot be used with the recording "${path}", which has its own: add "--live" or "--record"`,
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
