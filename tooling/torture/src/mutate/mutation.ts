/** One way to break the product, in one place. */
export interface Mutation {
  /** What is broken, in a few words; it stands in the table. */
  readonly name: string;
  /** The guarantee of DESIGN §3, or the section, that is at stake. */
  readonly breaks: string;
  /**
   * Text that stands exactly once in the sources of all packages, so that code may move between files.
   * One that is not found, or twice, is an error: the list has to follow the code.
   */
  readonly find: string;
  readonly replace: string;
  /** Test files most likely to see it, as `package/file`; the rest is run where they do not. */
  readonly tests: readonly string[];
}
