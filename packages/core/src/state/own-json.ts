import { SyncError } from "@sync/model";

/**
 * Reads JSON that we wrote into the state ourselves. It is looked at all the same: a state can be damaged
 * in a way that SQLite does not see.
 *
 * @throws SyncError SYNC_STATE_DAMAGED
 */
export function readOwnJson<Value>(
  text: string,
  isWhole: (value: unknown) => value is Value,
): Value {
  const value = parse(text);
  if (isWhole(value)) return value;
  throw damaged();
}

/** Whether {@link readOwnJson} would read it. */
export function isOwnJson(text: string, isWhole: (value: unknown) => boolean): boolean {
  try {
    return isWhole(JSON.parse(text));
  } catch {
    return false;
  }
}

export function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(cause);
  }
}

function damaged(cause?: unknown): SyncError {
  return new SyncError(
    "SYNC_STATE_DAMAGED",
    "The state of this pair is damaged: a note in it cannot be read.",
    cause === undefined ? {} : { cause },
  );
}
