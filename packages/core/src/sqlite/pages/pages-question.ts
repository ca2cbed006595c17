import type { HashAnswer, HashRequest } from "./hash-pages.ts";
import type { SignAnswer, SignRequest } from "./sign.ts";

/** What may be asked about the pages of one database. */
export type PagesQuestion =
  | { readonly type: "sign"; readonly request: SignRequest }
  | { readonly type: "hash"; readonly request: HashRequest };

/** By the type of the question. */
export type PagesAnswer = SignAnswer | HashAnswer;
