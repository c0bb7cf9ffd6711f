/** `@sigstore/tuf`'s declarations name one type of a package that ships none. */
declare module 'make-fetch-happen' {
  export interface MakeFetchHappenOptions {
    readonly retry?: boolean | number | { readonly retries?: number };
  }
}
