/** How much of a value a page shows. */
export interface ValueLimits {
  /**
   * Characters of a text or bytes of a blob, in one folded stretch; what is longer is left out, which
   * the page says. Keeps a page that a browser can open.
   */
  readonly longest: number;
}
