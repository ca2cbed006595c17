import type { BrokenConstraint, Conflict, Rival, Row, SqlValue } from "@sync/model";

/** A conflict that somebody else's function may hold and keep: it can change nothing that others see. */
export function frozenCopy(conflict: Conflict): Conflict {
  return Object.freeze({
    ...conflict,
    key: frozenRow(conflict.key),
    base: conflict.base && frozenRow(conflict.base),
    a: conflict.a && frozenRow(conflict.a),
    b: conflict.b && frozenRow(conflict.b),
    disputed: Object.freeze([...conflict.disputed]),
    constraint: conflict.constraint && frozenConstraint(conflict.constraint),
  });
}

function frozenConstraint(constraint: BrokenConstraint): BrokenConstraint {
  return Object.freeze({ ...constraint, rival: constraint.rival && frozenRival(constraint.rival) });
}

function frozenRival(rival: Rival): Rival {
  return Object.freeze({
    ...rival,
    key: frozenRow(rival.key),
    base: rival.base && frozenRow(rival.base),
    a: rival.a && frozenRow(rival.a),
    b: rival.b && frozenRow(rival.b),
  });
}

/** A blob cannot be frozen; it is copied, so that writing into it stays without effect. */
function frozenRow(row: Row): Row {
  const copy: Record<string, SqlValue> = { ...row };
  for (const [column, value] of Object.entries(copy)) {
    if (value instanceof Uint8Array) copy[column] = Uint8Array.from(value);
  }
  return Object.freeze(copy);
}
