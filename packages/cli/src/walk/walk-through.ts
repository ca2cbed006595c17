import type { InboxConflict, Pair } from "@sync/core";
import type { SyncManager } from "@sync/manager";
import type { Outcome } from "../exit-codes.ts";
import { outcomeLine } from "../output/decision-text.ts";
import { conflictText } from "../output/inbox-text.ts";
import { count } from "../output/text.ts";
import { withManager } from "../session.ts";
import type { Session } from "../session.ts";
import { askDecision } from "./ask-decision.ts";

interface Walk {
  readonly session: Session;
  readonly pair: Pair;
  readonly manager: SyncManager;
}

/** Shows each open conflict in turn and asks for a decision, which takes effect at once. */
export async function walkThrough(session: Session, pair: Pair): Promise<Outcome> {
  return withManager(session, async (manager) => {
    const walk = { session, pair, manager };
    const { signal, terminal } = session;
    const entries = await manager.conflicts(pair, { signal });
    for (const [index, { id }] of entries.entries()) {
      if (signal.aborted) break;
      // Decided meanwhile, by an earlier decision or by somebody else.
      const conflict = await manager.conflict(pair, id, { signal });
      if (conflict === null) continue;
      terminal.tell(terminal.errorColors.dim(`\n${index + 1} of ${entries.length}`));
      if ((await decide(walk, conflict)) === "stop") break;
    }
    const open = (await manager.conflicts(pair)).length;
    await terminal.print(
      open === 0
        ? "No conflict waits."
        : `${count(open, "conflict still waits", "conflicts still wait")}.`,
    );
    return open > 0 ? "findings" : "clean";
  });
}

/** Asks until the decision is carried out, the conflict is left for later, or the walk is over. */
async function decide(walk: Walk, conflict: InboxConflict): Promise<"next" | "stop"> {
  const { session, pair, manager } = walk;
  await session.terminal.print(await conflictText(conflict, pair, session.terminal));
  for (;;) {
    const answer = await askDecision(conflict);
    if (answer === "later" || session.signal.aborted) return "next";
    if (answer === "stop") return "stop";
    const { rows } = await manager.resolve(pair, [{ id: conflict.id, decision: answer }], {
      signal: session.signal,
    });
    const [outcome] = rows;
    if (outcome !== undefined) await session.terminal.print(outcomeLine(outcome, session.terminal));
    if (outcome?.outcome !== "refused") return "next";
  }
}
