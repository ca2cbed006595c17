import { otherSide } from "@sync/model";
import type { Row, Side, SqlValue } from "@sync/model";
import type { Sources } from "./resolution.ts";

/** Whose values a person takes: a side's, or those of when both last agreed. */
export type TakeFrom = Side | "base";

/** What a person decides about one row. */
export type HandDecision =
  /** What is in dispute comes from there; where nothing is, the whole row, or its absence. */
  | { readonly type: "take"; readonly from: TakeFrom }
  /**
   * These columns get these values. What else is in dispute comes from `rest`; where that is left out
   * and something else is, the decision is refused.
   */
  | { readonly type: "set"; readonly columns: Row; readonly rest?: TakeFrom }
  /** The row goes from both sides. */
  | { readonly type: "delete" }
  /**
   * The sides gave one generated key to two rows: both stay, and the row of `side` gets a fresh key.
   * Left out, it is the side whose path sorts last, whichever of them is called a.
   */
  | { readonly type: "keep-both"; readonly side?: Side };

/** The row that was decided about: nothing but what is there, never its values. */
export interface HandQuestion {
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** One letter per column, `?` where in dispute. */
  readonly sources: Sources;
  readonly has: Readonly<Record<TakeFrom, boolean>>;
  /** Two rows under one key that SQLite handed out on each side. */
  readonly isGeneratedTwice: boolean;
}

/** A person's decision made ready to be carried out: where each column comes from. */
export type HandResolution =
  | {
      readonly type: "row";
      readonly sources: Sources;
      /** The values behind `w`. */
      readonly written: Row | null;
      readonly winner: Side | null;
    }
  | { readonly type: "gone"; readonly winner: Side | null }
  /** Both rows are kept: that is carried out as a policy's decision would be. */
  | { readonly type: "keep-both" }
  | { readonly type: "refused"; readonly reason: string };

/**
 * Carries a person's decision over to columns. Values are named by where they stand, so that SQL moves
 * them as they are; only typed ones come along. Never throws: what makes no sense is refused in words.
 */
export function resolveByHand(question: HandQuestion, decision: HandDecision): HandResolution {
  switch (decision.type) {
    case "delete":
      return { type: "gone", winner: null };
    case "take":
      return take(question, decision.from);
    case "set":
      return set(question, decision.columns, decision.rest);
    case "keep-both":
      return keepBoth(question);
  }
}

function take({ sources, has }: HandQuestion, from: TakeFrom): HandResolution {
  const winner = from === "base" ? null : from;
  if (!has[from]) return { type: "gone", winner };
  const letter = from === "base" ? "0" : from;
  const taken = sources.includes("?")
    ? sources.replaceAll("?", letter)
    : letter.repeat(sources.length);
  return { type: "row", sources: taken, written: null, winner };
}

function set(question: HandQuestion, values: Row, from: TakeFrom | undefined): HandResolution {
  const { columns, key, has } = question;
  const unknown = Object.keys(values).find((name) => !columns.includes(name));
  if (unknown !== undefined) return refused(`the table has no column \`${unknown}\``);
  const invalid = Object.keys(values).find((name) => !isSqlValue(values[name]));
  if (invalid !== undefined)
    return refused(`column \`${invalid}\` got a value that SQLite has not`);
  const keyColumn = Object.keys(values).find((name) => key.includes(name));
  if (keyColumn !== undefined)
    return refused(`\`${keyColumn}\` is part of the key, by which the row is known on both sides`);
  const rest = from ?? onlySide(has);
  const start = rest === null ? question.sources : sourcesOf(take(question, rest));
  if (start === null) return refused("there is no row whose columns could be set");
  const sources = columns
    .map((name, index) => (Object.hasOwn(values, name) ? "w" : start.charAt(index)))
    .join("");
  const open = sources.indexOf("?");
  if (open >= 0)
    return refused(
      `column \`${columns[open] ?? ""}\` is in dispute as well: set it, too, or say which side the rest comes from`,
    );
  return { type: "row", sources, written: values, winner: null };
}

/** Where one side has no row, there is only one whose other columns can be meant. */
function onlySide({ a, b }: HandQuestion["has"]): Side | null {
  if (a === b) return null;
  return a ? "a" : "b";
}

function sourcesOf(resolution: HandResolution): Sources | null {
  return resolution.type === "row" ? resolution.sources : null;
}

function keepBoth({ isGeneratedTwice }: HandQuestion): HandResolution {
  return isGeneratedTwice
    ? { type: "keep-both" }
    : refused("only two rows that were inserted under one generated key can both be kept");
}

function refused(reason: string): HandResolution {
  return { type: "refused", reason };
}

function isSqlValue(value: SqlValue | undefined): boolean {
  if (value === null || value instanceof Uint8Array || typeof value === "string") return true;
  // SQLite has integers of 64 bits, and makes NULL of NaN.
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value;
  return typeof value === "number" && !Number.isNaN(value);
}

/** A decision as the other view of the pair sees it. */
export function swapHandDecision(decision: HandDecision): HandDecision {
  switch (decision.type) {
    case "delete":
      return decision;
    case "take":
      return { ...decision, from: swapFrom(decision.from) };
    case "set":
      return decision.rest === undefined
        ? decision
        : { ...decision, rest: swapFrom(decision.rest) };
    case "keep-both":
      return decision.side === undefined
        ? decision
        : { ...decision, side: otherSide(decision.side) };
  }
}

function swapFrom(from: TakeFrom): TakeFrom {
  return from === "base" ? from : otherSide(from);
}
