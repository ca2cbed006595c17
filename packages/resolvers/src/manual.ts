import type { Policy } from "@sync/model";

/** Decides nothing: every conflict goes to the inbox, and a person answers there. */
export const manual: Policy = {
  name: "manual",
  decide: () => ({ type: "park", reason: "The policy leaves every conflict to a person." }),
};
