import { SyncError } from "@sync/model";
import { nearestWord } from "./nearest-word.ts";

/** Where else the name was looked for, in vain. */
export interface MissingPackage {
  readonly packageName: string;
  readonly cause: unknown;
}

/** The error for a name that no policy has: lists those there are, and the one that was probably meant. */
export function unknownPolicy(
  name: string,
  known: readonly string[],
  missing?: MissingPackage,
): SyncError {
  const nearest = nearestWord(name, known);
  const orPackage =
    missing === undefined
      ? ""
      : `, and the package ${missing.packageName} cannot be found from here`;
  return new SyncError(
    "SYNC_UNKNOWN_POLICY",
    `No policy is named ${JSON.stringify(name)}${orPackage}. Known policies: ${known.join(", ")}.`,
    {
      details: { name, known },
      ...(missing === undefined ? {} : { cause: missing.cause }),
      ...(nearest === null ? {} : { next: `Did you mean ${nearest}?` }),
    },
  );
}
