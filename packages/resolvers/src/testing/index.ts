export { BrokenLaw } from "./broken-law.ts";
export { conflictsLike } from "./conflicts-like.ts";
export type { TableExample } from "./conflicts-like.ts";
export { swapped } from "./mirror.ts";
export { proveResolver, resolverLaws } from "./prove-resolver.ts";
export type { ProofOptions, ResolverLaw } from "./prove-resolver.ts";
