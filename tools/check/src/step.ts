/** One step of `pnpm check`. */
export interface Step {
  readonly name: string;
  readonly what: string;
  /** Throws with what is wrong; may return a note for the log. */
  readonly run: () => Promise<string | undefined> | string | undefined;
}
