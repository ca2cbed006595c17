export { diffPage } from "./diff/diff-page.ts";
export { runPage } from "./run/run-page.ts";
export type { RunPageOptions } from "./run/run-page.ts";
export type { PageOptions } from "./options.ts";
export { checkPageFile, writePage } from "./write-page.ts";
