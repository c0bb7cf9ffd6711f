/** The declarations of `@sigstore/tuf` and `@sigstore/sign` name one type of a package that ships none. */
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
}
