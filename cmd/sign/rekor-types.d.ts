/** `@sigstore/sign`'s declarations name types of a package that it does not bring; nothing here reads them. */
declare module '@sigstore/rekor-types' {
  export type LogEntry = Readonly<Record<string, object>>;
  export type ProposedEntry = object;
  export type ProposedDSSEEntry = object;
  export type ProposedHashedRekordEntry = object;
  export type ProposedIntotoEntry = object;
}
