/** The declarations of `@sigstore/tuf` and `@sigstore/sign` name a package that ships none. */
declare module 'make-fetch-happen' {
  export interface MakeFetchHappenOptions {
    readonly retry?:
      | boolean
      | number
      | {
          readonly retries?: number;
          /** Milliseconds. */
          readonly minTimeout?: number;
          readonly maxTimeout?: number;
        };
    /** Milliseconds. */
    readonly timeout?: number | undefined;
  }

  export interface FetchOptions extends MakeFetchHappenOptions {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
  }

  export default function fetch(url: string, options?: FetchOptions): Promise<Response>;
}
