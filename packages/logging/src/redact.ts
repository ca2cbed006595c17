/** What belongs to an event. */
export type Fields = Readonly<Record<string, unknown>>;

const HIDDEN = "***";
const LEFT_OUT = "[row left out]";
/** Deeper than any event of ours: a list of tables holds objects that hold counts. */
const MAX_DEPTH = 6;

/** Fields that never say what they hold, whoever put them there. */
const SECRET_NAME =
  /password|passwd|passphrase|secret|token|api_?key|authorization|cookie|credential/i;

/** Where events speak of rows; as texts, `a` and `b` are paths, and stay. */
const ROW_NAMES: readonly string[] = ["base", "a", "b", "row", "rows", "values", "result"];

// RFC 3986 §3.2.1: what stands before the last @ of the authority.
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;
const SECRET_PARAMETER =
  /(^|[\s?&;#"'(,])([\w-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|signature)[\w-]*=)[^&\s#"']+/gi;
// SQLite's encryption extensions take their key so. Only in an address: `key=7` is also the key of a row.
const ADDRESS_KEY = /([?&](?:hex|text)?key=)[^&\s#"']+/gi;
const AUTHORIZATION = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;

/**
 * Fields as they may stand in a log: no credentials, no row contents, only what JSON can hold.
 *
 * The events of these packages hold keys of rows and nothing else of them; this is the second line of
 * defence, for what a policy or a driver puts into a message.
 */
export function redact(fields: Fields): Fields {
  return redactObject(fields, 0);
}

/** A text without credentials: `https://ann:pw@host/x?token=7` is `https://***@host/x?token=***`. */
export function redactText(text: string): string {
  return text
    .replace(URL_CREDENTIALS, `$1${HIDDEN}@`)
    .replace(SECRET_PARAMETER, `$1$2${HIDDEN}`)
    .replace(ADDRESS_KEY, `$1${HIDDEN}`)
    .replace(AUTHORIZATION, `$1 ${HIDDEN}`);
}

function redactObject(object: object, depth: number): Fields {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]: [string, unknown]) => [
      name,
      redactNamed(name, value, depth),
    ]),
  );
}

function redactNamed(name: string, value: unknown, depth: number): unknown {
  if (SECRET_NAME.test(name) && value !== null && value !== undefined) return HIDDEN;
  if (ROW_NAMES.includes(name) && typeof value === "object" && value !== null) return LEFT_OUT;
  return redactValue(value, depth + 1);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return bigintToJson(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return "[too deep]";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) return redactText(value.message);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactObject(value, depth);
}

function bigintToJson(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
