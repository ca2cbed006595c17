import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Bytes to put over those of a file. */
export interface Patch {
  readonly at: number;
  readonly hex: string;
}

/** What is done to one file, as plain text: it survives JSON. */
export interface Damage {
  readonly kind: string;
  readonly patches: readonly Patch[];
  /** The file is cut off or filled up with zeros to so many bytes, before anything is patched. */
  readonly length?: number;
}

/** @returns false where there is no such file: then nothing was done */
export function damageFile(path: string, damage: Damage): boolean {
  if (!existsSync(path)) return false;
  writeFileSync(path, damaged(readFileSync(path), damage));
  return true;
}

export function damaged(bytes: Buffer, { patches, length = bytes.length }: Damage): Buffer {
  const result = Buffer.alloc(length);
  bytes.copy(result);
  for (const { at, hex } of patches) Buffer.from(hex, "hex").copy(result, at);
  return result;
}

export function patch(at: number, bytes: Uint8Array): Patch {
  return { at, hex: Buffer.from(bytes).toString("hex") };
}
