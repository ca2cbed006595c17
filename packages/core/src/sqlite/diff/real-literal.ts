/** Integers up to here are doubles without rounding: 2^53. */
const LARGEST_EXACT = 2 ** 53;

/** `1 << 62` is the largest power of two that a 64-bit integer holds. */
const LARGEST_SHIFT = 62;

/** 10^18 is the largest power of ten that every version reads as an integer before it becomes a real. */
const MOST_DECIMALS = 18;

/**
 * A double as an SQL expression that every SQLite on a machine with IEEE 754 arithmetic computes to the
 * same 64 bits: `19.99`, `1234567/1e7`, `1351079888211149.0/(1<<52)`, `9e999`. Minus zero becomes zero.
 *
 * Decimal notation alone will not do. Before 3.43 SQLite read it in 80-bit arithmetic, rounding twice;
 * later versions each have another algorithm. With at most four decimals and 15 digits no number comes
 * near enough to the middle between two doubles for that to matter: its distance is at least
 * 2^-54 / 5^4 of its value, more than the 2^-64 that 80 bits can be wrong by. A quotient of two integers
 * that are doubles themselves is rounded once, as IEEE 754 demands; so is a quotient by a power of two,
 * which is exact. Rejected: `%!.17g`, wrong in one of some thousand values under 3.40.
 */
export function realLiteral(value: number): string {
  if (value === 0) return "0.0";
  if (!Number.isFinite(value)) return value > 0 ? "9e999" : "-9e999";
  if (Number.isInteger(value) && Math.abs(value) < LARGEST_EXACT) return `${value}.0`;
  return decimalLiteral(value) ?? binaryLiteral(value);
}

/** By the shortest decimal that means this double, if it has few enough digits. */
function decimalLiteral(value: number): string | null {
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  if (parts === null) return null;
  const [, sign = "", first = "", rest = "", exponent = ""] = parts;
  const digits = first + rest;
  const decimals = rest.length - Number(exponent);
  if (digits.length > 15 || decimals <= 0 || decimals > MOST_DECIMALS) return null;
  if (decimals > 4) return `${sign}${digits}/1e${decimals}`;
  const padded = digits.padStart(decimals + 1, "0");
  return `${sign}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}

/** By the smallest integer and the powers of two that make it the value. */
function binaryLiteral(value: number): string {
  let mantissa = value;
  let exponent = 0;
  // Multiplying by two is exact, also out of the denormal range; so is halving an even integer.
  for (; !Number.isInteger(mantissa); exponent--) mantissa *= 2;
  for (; Math.abs(mantissa) >= LARGEST_EXACT; exponent++) mantissa /= 2;
  const operator = exponent < 0 ? "/" : "*";
  let literal = `${mantissa}.0`;
  for (let left = Math.abs(exponent); left > 0; left -= LARGEST_SHIFT) {
    literal += `${operator}(1<<${Math.min(left, LARGEST_SHIFT)})`;
  }
  return literal;
}
