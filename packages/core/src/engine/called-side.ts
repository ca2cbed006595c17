import { otherSide } from "@sync/model";
import type { Side } from "@sync/model";

/** A side of the state by the caller's name for it. */
export function calledSide({ swapped }: { readonly swapped: boolean }, side: Side): Side {
  return swapped ? otherSide(side) : side;
}
