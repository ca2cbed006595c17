/** `digits × 10^exponent`, without trailing zeros in `digits`; zero is `0 × 10^0`. So equal numbers look equal. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Reads a number exactly as it is written, as JSON and JavaScript write them: `-12.50e3`; `null` for anything else. */
export function parseDecimal(text: string): Decimal | null {
  const match = NUMBER.exec(text);
  // A power of more digits than a double counts exactly is nobody's number.
  if (match === null || (match[4]?.length ?? 0) > 15) return null;
  const [, sign = "", whole = "", fraction = "", power = "0"] = match;
  const all = `${whole}${fraction}`;
  const significant = all.replace(/0+$/, "");
  if (/^0*$/.test(significant)) return { digits: 0n, exponent: 0 };
  const exponent = Number(power) - fraction.length + (all.length - significant.length);
  return { digits: BigInt(`${sign}${significant}`), exponent };
}

/** `x + y - z`, exactly. */
export function addSubtract(x: Decimal, y: Decimal, z: Decimal): Decimal {
  const exponent = Math.min(x.exponent, y.exponent, z.exponent);
  const scaled = (value: Decimal): bigint =>
    value.digits * 10n ** BigInt(value.exponent - exponent);
  return { digits: scaled(x) + scaled(y) - scaled(z), exponent };
}

/** The nearest double. */
export function decimalToNumber({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}

/** Orders decimals by size, whatever their exponents: 1e999999 is not written out for it. */
export function compareDecimals(x: Decimal, y: Decimal): number {
  const signs = signOf(x.digits) - signOf(y.digits);
  if (signs !== 0 || x.digits === 0n) return signs;
  const sign = signOf(x.digits);
  const [left, right] = [magnitude(x), magnitude(y)];
  if (left.power !== right.power) return sign * (left.power - right.power);
  // Equal powers of ten: as fractions of one they compare digit by digit, left to right.
  if (left.digits === right.digits) return 0;
  return left.digits < right.digits ? -sign : sign;
}

function signOf(digits: bigint): number {
  return Number(digits > 0n) - Number(digits < 0n);
}

function magnitude({ digits, exponent }: Decimal): { digits: string; power: number } {
  const text = String(digits < 0n ? -digits : digits);
  return { digits: text, power: text.length + exponent };
}
