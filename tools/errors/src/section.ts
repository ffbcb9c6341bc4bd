/** A part of the table of errors. */
export interface Section {
  readonly title: string;
  /** Things that must fail. Their source text is the first column of the table. */
  readonly cases: readonly (() => unknown)[];
}
