import type { ConflictKind, ConflictOutcome } from "@sync/model";
import { NOTHING, markup } from "../html/markup.ts";
import { visibleText } from "../html/visible-text.ts";
import { listText, sentence } from "../html/words.ts";
import { keyHtml } from "../value/key.ts";
import type { RowKind, ShownRow } from "../rows/row-kind.ts";
import type { ValueLimits } from "../value/limits.ts";

/** What became of the conflicts of a run: those that wait first. */
export function outcomeKinds(values: ValueLimits): readonly RowKind<ConflictOutcome>[] {
  return [
    kindOf("p", "Waiting for a decision", { outcome: "parked", values }),
    kindOf("l", "Decided, and a value lost", { outcome: "skip", values }),
    kindOf("s", "Decided without a loss", { outcome: "resolved", values }),
  ];
}

function kindOf(
  letter: string,
  title: string,
  { outcome, values }: { outcome: ConflictOutcome["outcome"]; values: ValueLimits },
): RowKind<ConflictOutcome> {
  return {
    letter,
    word: "conflict",
    title,
    includes: (one) => one.outcome === outcome,
    head: () =>
      markup`<colgroup><col class="key"><col class="key"><col></colgroup><thead><tr><th scope="col">row</th><th scope="col">what was in dispute</th><th scope="col">outcome</th></tr></thead>`,
    row: (one) => outcomeRow(one, values),
  };
}

const KINDS: Readonly<Record<ConflictKind, string>> = {
  "update/update": "both sides changed",
  "insert/insert": "both sides have it, with different values in",
  "update/delete": "changed on one side, deleted on the other",
  unique: "its copy would break a UNIQUE constraint",
  "foreign-key": "carrying it over would leave a reference to a row that does not exist",
  check: "its copy would break a CHECK constraint",
  "not-null": "its copy would be NULL where that is not allowed",
  type: "its copy would have a type that is not allowed",
};

function outcomeRow(one: ConflictOutcome, values: ValueLimits): ShownRow {
  const { key, kind, disputed, winner, policy, reason } = one;
  const hasColumns = kind === "update/update" || kind === "insert/insert";
  const columns = hasColumns ? markup` <b>${visibleText(listText(disputed))}</b>` : NOTHING;
  const won =
    winner === null ? NOTHING : markup`<span class="side ${winner}">${winner}</span> won. `;
  return {
    body: markup`<tbody class="r"><tr><th scope="row">${keyHtml(key, values)}</th><td>${KINDS[kind]}${columns}</td><td>${won}${visibleText(sentence(reason))} <small>${visibleText(policy)}</small></td></tr></tbody>\n`,
    lines: 2,
  };
}
