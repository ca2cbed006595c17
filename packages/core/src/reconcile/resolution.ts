import { otherSide, sameValue } from "@sync/model";
import type { Conflict, Decision, ParkCause, Row, Side, SqlValue } from "@sync/model";

/**
 * Where each column of the decided row comes from, one letter per column in the table's order:
 * the image of side `a`, of side `b`, of the base (`0`), or a row that the policy wrote (`w`).
 * `?` is a column in dispute. So `take` moves values by SQL, exactly, whatever they are.
 */
export type Sources = string;

/** A decision made ready to be carried out. */
export type Resolution =
  | {
      readonly type: "row";
      readonly sources: Sources;
      /** The values behind `w`. */
      readonly written: Row | null;
      readonly winner: Side | null;
      /** Sides whose values do not stand in the result: they go to the ledger. */
      readonly lost: readonly Side[];
      /** The side whose row is kept too, under a fresh key. */
      readonly rekey: Side | null;
      readonly reason: string;
    }
  | {
      readonly type: "gone";
      readonly winner: Side | null;
      readonly lost: readonly Side[];
      readonly reason: string;
    }
  | {
      readonly type: "park";
      readonly reason: string;
      readonly cause: ParkCause | null;
    };

/** What a policy was asked, with what the answer is to be held against. */
export interface Question {
  readonly conflict: Conflict;
  /** The table's synced columns in order. */
  readonly columns: readonly string[];
  /** What is undisputed already has its letter, e.g. `"aab?"`. */
  readonly sources: Sources;
}

/**
 * Carries a policy's decision over to columns. An answer that makes no sense (an unknown column, another key,
 * a disputed column left open) parks the conflict with the reason; it never throws and nothing is lost by it.
 */
export function resolve(
  question: Question,
  decision: Decision | undefined,
  policy: string,
): Resolution {
  const { conflict, sources } = question;
  if (decision === undefined) return park(`${policy} gave no answer`);
  if (!isDecision(decision)) return park(`${policy} gave an answer that is none`);
  const reason = decision.reason ?? `${policy} decided`;
  switch (decision.type) {
    case "park":
      return park(decision.reason ?? `${policy} leaves this to you`, decision.cause);
    case "rekey":
      return rekey(question, decision.side, reason);
    case "delete":
      return { type: "gone", winner: null, lost: sidesPresent(conflict), reason };
    case "take":
      return take(conflict, sources, decision.side, reason);
    case "write":
      return write(question, decision.row, reason);
  }
}

function park(reason: string, cause: ParkCause | null = null): Resolution {
  return { type: "park", reason, cause };
}

/** A policy may be plain JavaScript, with no compiler to hold it to its type. */
function isDecision(answer: unknown): answer is Decision {
  if (typeof answer !== "object" || answer === null) return false;
  const { type, side, row, reason } = answer as Readonly<Record<string, unknown>>;
  if (reason !== undefined && typeof reason !== "string") return false;
  if (type === "take" || type === "rekey") return side === "a" || side === "b";
  if (type === "write") return typeof row === "object" && row !== null && !Array.isArray(row);
  return type === "delete" || type === "park";
}

function take(conflict: Conflict, sources: Sources, side: Side, reason: string): Resolution {
  const other = otherSide(side);
  if (conflict[side] === null) return { type: "gone", winner: side, lost: [other], reason };
  const lost = conflict[other] === null ? [] : [other];
  return {
    type: "row",
    sources: sources.replaceAll("?", side),
    written: null,
    winner: side,
    lost,
    rekey: null,
    reason,
  };
}

/** Under the disputed key stands the other side's row; this one's goes under a fresh key (see rekey.ts). */
function rekey({ conflict, columns }: Question, side: Side, reason: string): Resolution {
  if (conflict.kind !== "insert/insert" || !conflict.generatedKey)
    return park("only two rows that were inserted under one generated key can both be kept");
  return {
    type: "row",
    sources: otherSide(side).repeat(columns.length),
    written: null,
    winner: null,
    lost: [],
    rekey: side,
    reason,
  };
}

function write({ conflict, columns, sources }: Question, row: Row, reason: string): Resolution {
  const unknown = Object.keys(row).find((name) => !columns.includes(name));
  if (unknown !== undefined)
    return park(`the policy wrote a column \`${unknown}\` that the table has not`);
  const movedKey = Object.keys(conflict.key).find(
    (name) => Object.hasOwn(row, name) && !sameValue(row[name] ?? null, conflict.key[name] ?? null),
  );
  if (movedKey !== undefined) return park(`the policy changed the key column \`${movedKey}\``);
  const letters = columns.map((name, index) =>
    sourceOf(conflict, name, row, sources[index] ?? "?"),
  );
  const open = letters.indexOf("?");
  if (open >= 0)
    return park(
      `the policy gave the column \`${columns[open] ?? ""}\` no value, or one that SQLite has not`,
    );
  const result = letters.join("");
  const lost = sidesPresent(conflict).filter(
    (side) => !standsIn({ conflict, columns, sources: result }, row, side),
  );
  return {
    type: "row",
    sources: result,
    written: result.includes("w") ? row : null,
    winner: null,
    lost,
    rekey: null,
    reason,
  };
}

/** A value that some image holds is taken from there, so that it is moved by SQL. */
function sourceOf(conflict: Conflict, name: string, row: Row, undisputed: string): string {
  if (!Object.hasOwn(row, name)) return undisputed;
  const value = row[name];
  if (!isSqlValue(value)) return "?";
  const holds = (image: Row | null): boolean =>
    image !== null && sameValue(image[name] ?? null, value);
  if (undisputed !== "?" && holds(imageOf(conflict, undisputed))) return undisputed;
  if (holds(conflict.a)) return "a";
  if (holds(conflict.b)) return "b";
  return holds(conflict.base) ? "0" : "w";
}

/** The side's disputed values all stand in the result. */
function standsIn({ conflict, columns, sources }: Question, row: Row, side: Side): boolean {
  return conflict.disputed.every((name) => {
    const source = sources[columns.indexOf(name)] ?? "w";
    const result = source === "w" ? row[name] : imageOf(conflict, source)?.[name];
    return sameValue(result ?? null, conflict[side]?.[name] ?? null);
  });
}

function imageOf(conflict: Conflict, source: string): Row | null {
  if (source === "a") return conflict.a;
  return source === "b" ? conflict.b : conflict.base;
}

function sidesPresent(conflict: Conflict): Side[] {
  return (["a", "b"] as const).filter((side) => conflict[side] !== null);
}

function isSqlValue(value: unknown): value is SqlValue {
  if (value === null || value instanceof Uint8Array || typeof value === "string") return true;
  // SQLite has integers of 64 bits, and makes NULL of NaN.
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value;
  return typeof value === "number" && !Number.isNaN(value);
}
