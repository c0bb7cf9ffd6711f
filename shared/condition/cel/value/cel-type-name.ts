/** What `type(…)` gives: types are the same where their names are. */
export class CelTypeName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}
