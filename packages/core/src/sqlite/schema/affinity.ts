import { foldName } from "../identifier.ts";
import type { Affinity, Column } from "./types.ts";

/**
 * The affinity of a column by its declared type: the five rules of
 * https://www.sqlite.org/datatype3.html §3.1, in their order, and STRICT's `ANY`, which keeps every
 * value as it is. Outside STRICT a type named `ANY` is `NUMERIC` by the last rule.
 */
export function affinityOf(declaredType: string, strict: boolean): Affinity {
  const type = foldName(declaredType);
  if (strict && type === "any") return "BLOB";
  if (type.includes("int")) return "INTEGER";
  if (type.includes("char") || type.includes("clob") || type.includes("text")) return "TEXT";
  if (type === "" || type.includes("blob")) return "BLOB";
  if (type.includes("real") || type.includes("floa") || type.includes("doub")) return "REAL";
  return "NUMERIC";
}

/**
 * Can two values of a column be equal to `=` and still be of different storage class? `INTEGER` and
 * `NUMERIC` turn every real with an integer value into an integer, except −2^63 (SQLite leaves both
 * ends of the range alone, and +2^63 is not an integer at all). STRICT refuses what its type does not
 * name, so that only `ANY` can mix.
 */
export function mixedClassesOf(
  affinity: Affinity,
  declaredType: string,
  strict: boolean,
): Column["mixedClasses"] {
  if (strict) return foldName(declaredType) === "any" ? "any" : "never";
  switch (affinity) {
    case "BLOB":
      return "any";
    case "INTEGER":
    case "NUMERIC":
      return "extreme";
    case "TEXT":
    case "REAL":
      return "never";
  }
}
