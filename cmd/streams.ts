/** Something text is written to. */
export interface Output {
  write(text: string): void;
  /** Whether a person is looking: colours and progress only then. */
  readonly isTTY: boolean;
  /** Width in characters, where known. */
  readonly columns: number | undefined;
}

/** Standard streams as the commands see them; tests give buffers. */
export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  /** All of standard input as text, refused above the limit of the caller. */
  readStdin(maxBytes: number): Promise<string>;
}
